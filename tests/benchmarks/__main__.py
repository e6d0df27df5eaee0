"""All figures in one run: `python -m tests.benchmarks`."""

import sys

from tests.benchmarks import additive, learning, redraw, startup

for benchmark in (redraw, startup, additive, learning):
    sys.argv[1:] = []
    benchmark.main()
