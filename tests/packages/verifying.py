"""Verifies packages that tests make in memory."""

from collections.abc import Mapping

from tests.unit.judge.problem_package.making import SMALL, changed, loaded
from worker.packages.verification import Verified, verify
from worker.sandbox.base import Sandbox


def verified(
    sandbox: Sandbox, changes: Mapping[str, str | None], base: Mapping[str, str] = SMALL
) -> Verified:
    """What `shousi problem verify` finds in the package `base` with these changes."""
    *_, last = verify(loaded(changed(changes, base)), sandbox, 2)
    assert isinstance(last, Verified)
    return last
