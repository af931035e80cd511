"""Builds a Python script that reproduces, with torch alone, how a sample or a run failed."""
