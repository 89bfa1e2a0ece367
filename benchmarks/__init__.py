"""Timings: each module prints one table."""
