"""For tests that need something that not every machine has."""

import os
from typing import NoReturn

import pytest

ALL = "SHOUSI_REQUIRE_ALL"
DOCKER = "SHOUSI_REQUIRE_DOCKER"
"""Separate from `ALL`, because a machine may have everything else but no container engine."""


def missing(what: str, promise: str = ALL) -> NoReturn:
    """Skip the test and say why; fail it if the variable `promise` is 1: `what` must be there."""
    if os.environ.get(promise) == "1":
        pytest.fail(f"left out: {what} ({promise}=1)")
    pytest.skip(f"left out: {what}")
