"""Requests that come twice: the answer that was given under an idempotency key.

A key is reserved before the work begins and keeps the answer afterwards, for a day. What failed
is forgotten, so that it can be tried again. An answer that holds a secret, shown once, is not
kept: repeating that request does nothing and says so.
"""

from dataclasses import dataclass

from sqlalchemy import delete, update

from judge.db.session import Database
from judge.db.team_models import RepeatedRequest
from judge.db.upsert import changed, insert_new
from judge.errors import ConflictError

KEPT_S = 86400.0
BEGUN_S = 120.0
"""After this time without an answer, the process that began it must have died."""


class OtherBodyError(ConflictError):
    """The key was used for something else."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """A stored answer: the status and the JSON (None where it held a secret)."""

    status: int
    location: str | None
    body: bytes | None


def begin(db: Database, key_hash: str, body_sha256: str) -> KeptAnswer | None:
    """Reserve a key; or the answer that was given under it.

    Raises OtherBodyError, ConflictError (it is being answered), UnavailableError.
    """
    with db.write() as session:
        now = db.now(session)
        # Old keys are dropped on the way, so that it needs no job of its own.
        old = RepeatedRequest.created_at < now - KEPT_S
        dead = RepeatedRequest.status.is_(None) & (RepeatedRequest.created_at < now - BEGUN_S)
        session.execute(delete(RepeatedRequest).where(old | dead))
        values = {"key_hash": key_hash, "body_sha256": body_sha256, "created_at": now}
        # The insert decides who is first: of two equal requests at once, one goes on.
        if insert_new(session, RepeatedRequest, values):
            return None
        row = session.get_one(RepeatedRequest, key_hash)
        if row.body_sha256 != body_sha256:
            raise OtherBodyError("This idempotency key was used for another request.")
        if row.status is None:
            raise ConflictError("The request with this idempotency key is being answered.")
        return KeptAnswer(row.status, row.location, row.body)


def end(db: Database, key_hash: str, answer: KeptAnswer | None) -> None:
    """Store the answer, or forget the key where it is None. Raises UnavailableError."""
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
