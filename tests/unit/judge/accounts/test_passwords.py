"""Passwords: hashes, bounds, and how many at a time."""

import pytest

from judge.accounts import passwords
from judge.accounts.passwords import hash_password, verify_password
from judge.errors import UnavailableError

# The tests' own processes hash at a lower cost (tests/conftest.py).
REAL = passwords._hasher


def test_a_hash_costs_what_owasp_asks_for() -> None:
    # Password Storage Cheat Sheet, argon2id: at least 19 MiB, with two rounds.
    _, kind, version, costs, *_ = REAL().hash("correct horse").split("$")
    memory, rounds, _lanes = (int(each.partition("=")[2]) for each in costs.split(","))
    assert (kind, version) == ("argon2id", "v=19")
    assert memory >= 19 * 1024
    assert rounds >= 2


def test_each_hash_has_its_own_salt() -> None:
    first, second = hash_password("correct horse"), hash_password("correct horse")
    assert first != second
    assert verify_password("correct horse", first)
    assert not verify_password("correct horsf", first)


@pytest.mark.parametrize("stored", [None, ""])
def test_without_a_hash_no_password_is_right(stored: str | None) -> None:
    assert not verify_password("nobody's password", stored)
    assert not verify_password("", stored)


def test_a_crowd_is_sent_away_rather_than_queued_for_ever() -> None:
    taken = 0
    while passwords._places.acquire(blocking=False):
        taken += 1
    try:
        assert taken > 2
        with pytest.raises(UnavailableError):
            hash_password("correct horse")
    finally:
        for _ in range(taken):
            passwords._places.release()
    assert verify_password("correct horse", hash_password("correct horse"))
