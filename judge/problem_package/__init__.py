"""Reads problem packages from folders and archives: Kattis's format, and our `judge.yaml`."""
