"""Drafts: what users were writing when they left the editor, by user, problem and language."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from judge.accounts.closed import keep_open
from judge.db import models
from judge.db.session import Database
from judge.db.upsert import insert_new
from judge.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Draft:
    """A stored draft; `updated_at` is when it was last stored, in epoch seconds."""

    problem: str
    language: str
    source: str
    updated_at: float

    @property
    def version(self) -> str:
        """A hash that is different for each draft that was ever stored."""
        return hashlib.sha256(f"{self.updated_at}\0{self.source}".encode()).hexdigest()[:32]


Check = Callable[[Draft | None], None]
"""Gets the stored draft, in the transaction that would change it; raises to prevent the change."""


def keep_draft(
    db: Database, user_id: str, slug: str, language: str, source: str, check: Check | None = None
) -> Draft:
    """Store `source` in place of the draft before. Raises NotFoundError, UnavailableError,
    ForbiddenError (the account was closed meanwhile), and what `check` raises."""
    with db.write() as session:
        keep_open(session, user_id)
        problem_id = _problem_id(session, slug)
        key = {"user_id": user_id, "problem_id": problem_id, "language": language}
        while True:
            row = session.get(
                models.Draft, tuple(key.values()), with_for_update={"key_share": True}
            )
            kept = None if row is None else _draft(slug, row)
            # The same text, whoever sent it: there is no conflict to resolve.
            if kept is not None and kept.source == source:
                return kept
            if check is not None:
                check(kept)
            at = db.now(session)
            if row is not None:
                row.source, row.updated_at = source, at
                return _draft(slug, row)
            values = {**key, "source": source, "updated_at": at}
            if insert_new(session, models.Draft, values):
                return Draft(slug, language, source, at)
            # Another browser has stored the first draft since we looked: check that one.


def read_drafts(db: Database, user_id: str, slug: str) -> dict[str, Draft]:
    """The user's drafts for one problem, by language. Raises UnavailableError."""
    with db.read() as session:
        rows = session.scalars(
            select(models.Draft)
            .join(models.Problem, models.Problem.id == models.Draft.problem_id)
            .where(models.Problem.slug == slug, models.Draft.user_id == user_id)
        )
        return {row.language: _draft(slug, row) for row in rows}


def drop_draft(
    db: Database, user_id: str, slug: str, language: str, check: Check | None = None
) -> None:
    """Delete the draft, if there is one. Raises NotFoundError if there is no such problem, and what
    `check` raises."""
    with db.write() as session:
        key = (user_id, _problem_id(session, slug), language)
        row = session.get(models.Draft, key, with_for_update={"key_share": True})
        if row is None:
            return
        if check is not None:
            check(_draft(slug, row))
        session.delete(row)


def _draft(slug: str, row: models.Draft) -> Draft:
    return Draft(slug, row.language, row.source, row.updated_at)


def _problem_id(session: Session, slug: str) -> str:
    offered = select(models.Problem.id).where(
        models.Problem.slug == slug, models.Problem.withdrawn_at.is_(None)
    )
    found = session.scalar(offered)
    if found is None:
        raise NotFoundError(f"There is no problem {slug!r}; GET /api/v1/problems lists them.")
    return found
