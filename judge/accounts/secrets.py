"""This service's secrets: random tokens that it hands out, and keys that it signs with."""

import hashlib
import secrets

from judge.db.session import Database
from judge.db.team_models import Secret
from judge.db.upsert import insert_new

_KEY_BYTES = 32


def new_secret(prefix: str) -> str:
    """A random secret of 256 bits after `prefix`, which makes a leaked one recognisable."""
    return prefix + secrets.token_urlsafe(_KEY_BYTES)


def hash_secret(word: str) -> str:
    """The SHA-256 of a secret in hex; only this is stored. Not argon2: 256 random bits can't be
    guessed, and this runs for each request."""
    return hashlib.sha256(word.encode("utf-8", "surrogatepass")).hexdigest()


def signing_key(db: Database, name: str) -> bytes:
    """The key called `name`, created by the first call. Raises UnavailableError."""
    with db.write() as session:
        # If two processes ask first, one of them inserts; both read the same key back.
        insert_new(session, Secret, {"name": name, "value": secrets.token_bytes(_KEY_BYTES)})
        return session.get_one(Secret, name).value
