"""Runs `tests.chaos.main`."""

from tests.chaos.main import main

main()
