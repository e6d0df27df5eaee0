"""Tasks: one use of attention each, a file or a folder, found by its SPEC."""
