"""Passwords as argon2id hashes. Their length is limited, and so is how many are computed at
once."""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from pwdlib import PasswordHash

from judge.errors import InvalidError, UnavailableError

MIN_PASSWORD_LENGTH = 8
MAX_PASSWORD_BYTES = 1024

# One hash takes 64 MiB and a core, so only two run at once; the others queue. The queue is limited
# too, or it would hold every thread that answers requests.
_turns = threading.BoundedSemaphore(2)
_places = threading.BoundedSemaphore(12)


@cache
def _hasher() -> PasswordHash:
    return PasswordHash.recommended()


def _as_bytes(password: str) -> bytes:
    """The bytes that are hashed: the same for every way to type the same letters."""
    # Normalising takes time in the square of the length, and shortens a text to a quarter at most:
    # what is cut here is too long in any case.
    password = password[: 4 * MAX_PASSWORD_BYTES]
    # surrogatepass: JSON allows lone surrogates, which must be a wrong password, not an error.
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")


@contextmanager
def _turn() -> Iterator[None]:
    if not _places.acquire(blocking=False):
        raise UnavailableError("Too many people sign in at this moment; try again")
    try:
        with _turns:
            yield
    finally:
        _places.release()


def checked_password(password: str) -> str:
    """Return `password`. Raises InvalidError(field="password") if it is too short or too long."""
    if len(password) < MIN_PASSWORD_LENGTH:
        raise InvalidError(f"A password has at least {MIN_PASSWORD_LENGTH} characters.", "password")
    if len(_as_bytes(password)) > MAX_PASSWORD_BYTES:
        raise InvalidError(f"A password has at most {MAX_PASSWORD_BYTES} bytes.", "password")
    return password


def hash_password(password: str) -> str:
    """An argon2id hash in the PHC string format. Raises UnavailableError."""
    with _turn():
        return _hasher().hash(_as_bytes(password))


def verify_password(password: str, stored: str | None) -> bool:
    """Whether `password` is the one that `stored` was made from.

    Without a stored hash, `password` is compared with a fixed one: an unknown user takes as long
    as a wrong password. Raises UnavailableError.
    """
    data = _as_bytes(password)
    # No password of this length was ever accepted, so it need not be hashed.
    if len(data) > MAX_PASSWORD_BYTES:
        return False
    # Outside `_turn`: its first call computes a hash, which takes a turn of its own.
    decoy = _decoy()
    with _turn():
        right = _hasher().verify(data, stored or decoy)
    # An empty `stored` (a guest, an admin who signs in by token only) fits no password.
    return right and bool(stored)


@cache
def _decoy() -> str:
    return hash_password("nobody's password")
