"""Hostile inputs through the real pages: `python -m tests.fuzz` gives them as visitors do and looks at what shows."""
