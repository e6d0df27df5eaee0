"""Many visitors at once, without a browser: `python -m tests.benchmarks.load`."""
