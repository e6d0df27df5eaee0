"""Commands that measure. None of them is a test: a time is no pass or fail."""
