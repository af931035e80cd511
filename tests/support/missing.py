"""Tests that need a part which not every machine has."""

import os
from typing import NoReturn

import pytest

ALL = "SHOUSI_REQUIRE_ALL"
DOCKER = "SHOUSI_REQUIRE_DOCKER"
"""Apart, because whoever asks for everything else may well have no container engine."""


def missing(what: str, promise: str = ALL) -> NoReturn:
    """Skip the test and say why; fail it where the environment promises the part: `promise`=1."""
    if os.environ.get(promise) == "1":
        pytest.fail(f"left out: {what} ({promise}=1)")
    pytest.skip(f"left out: {what}")
