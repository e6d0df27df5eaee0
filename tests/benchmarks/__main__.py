"""All figures in one run: `python -m tests.benchmarks`."""

import sys

from tests.benchmarks import additive, inspector, learning, redraw, startup, writing

for benchmark in (redraw, inspector, startup, additive, learning, writing):
    sys.argv[1:] = []
    benchmark.main()
