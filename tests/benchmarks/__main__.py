"""All figures in one run: `python -m tests.benchmarks`."""

import sys

from tests.benchmarks import additive, redraw, startup

for benchmark in (redraw, startup, additive):
    sys.argv[1:] = []
    benchmark.main()
