"""Repeated requests: the stored answer to a request with an idempotency key.

A key is reserved before the work begins and keeps the answer afterwards, for a day. A failed
request is forgotten, so that it can be tried again. An answer with a secret, which is shown only
once, is not stored: repeating that request does nothing and says so.
"""

from dataclasses import dataclass

from sqlalchemy import delete, update

from judge.db.session import Database
from judge.db.team_models import RepeatedRequest
from judge.db.upsert import changed, insert_new
from judge.errors import ConflictError

KEPT_S = 86400.0
BEGUN_S = 120.0
"""A request that has no answer after this time was begun by a process that has died."""


class OtherBodyError(ConflictError):
    """The key was used for another request."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """A stored answer: the status and the JSON (None if it contained a secret)."""

    status: int
    location: str | None
    body: bytes | None


def begin(db: Database, key_hash: str, body_sha256: str) -> KeptAnswer | None:
    """Reserve a key and return None, or return the answer that is stored under it.

    Raises OtherBodyError, ConflictError (the first request is still being answered),
    UnavailableError.
    """
    with db.write() as session:
        now = db.now(session)
        # Old keys are deleted here, so no separate job is needed.
        old = RepeatedRequest.created_at < now - KEPT_S
        dead = RepeatedRequest.status.is_(None) & (RepeatedRequest.created_at < now - BEGUN_S)
        session.execute(delete(RepeatedRequest).where(old | dead))
        values = {"key_hash": key_hash, "body_sha256": body_sha256, "created_at": now}
        # The insert decides which of two equal requests at once goes on.
        if insert_new(session, RepeatedRequest, values):
            return None
        row = session.get_one(RepeatedRequest, key_hash)
        if row.body_sha256 != body_sha256:
            raise OtherBodyError("This idempotency key was used for another request.")
        if row.status is None:
            raise ConflictError("The request with this idempotency key is being answered.")
        return KeptAnswer(row.status, row.location, row.body)


def end(db: Database, key_hash: str, answer: KeptAnswer | None) -> None:
    """Store the answer; None forgets the key. Raises UnavailableError."""
    mine = RepeatedRequest.key_hash == key_hash
    with db.write() as session:
        if answer is None:
            session.execute(delete(RepeatedRequest).where(mine))
            return
        changed(
            session,
            update(RepeatedRequest)
            .where(mine)
            .values(status=answer.status, location=answer.location, body=answer.body),
        )
