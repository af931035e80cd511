"""Runs it: see `main`."""

from tests.chaos.main import main

main()
