"""Tests that need a part which not every machine has."""

import os
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip the test and say why; with SHOUSI_REQUIRE_ALL=1, fail it."""
    if os.environ.get("SHOUSI_REQUIRE_ALL") == "1":
        pytest.fail(f"left out: {what} (SHOUSI_REQUIRE_ALL=1)")
    pytest.skip(f"left out: {what}")


def optional(what: str) -> NoReturn:
    """Skip the test and say why, unless SHOUSI_REQUIRE_DOCKER=1 makes the part a must."""
    if os.environ.get("SHOUSI_REQUIRE_DOCKER") == "1":
        pytest.fail(f"left out: {what} (SHOUSI_REQUIRE_DOCKER=1)")
    pytest.skip(f"left out: {what}")
