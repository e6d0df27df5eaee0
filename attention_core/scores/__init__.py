"""Score functions: one file each, found by its SPEC."""
