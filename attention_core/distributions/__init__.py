"""Distributions: maps from energies to weights, one file each, found by its SPEC."""
