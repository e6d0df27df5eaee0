"""All figures in one run: `python -m tests.benchmarks`."""

import sys

from tests.benchmarks import additive, inspector, learning, redraw, startup, transformers, writing

for benchmark in (redraw, inspector, startup, additive, learning, writing, transformers):
    sys.argv[1:] = []
    benchmark.main()
