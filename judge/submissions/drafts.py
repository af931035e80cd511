"""What users were writing when they left the editor: one draft a user, problem and language."""

from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from judge.db import models
from judge.db.session import Database
from judge.db.upsert import put
from judge.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Draft:
    """`updated_at` is when it was last kept, in epoch seconds."""

    problem: str
    language: str
    source: str
    updated_at: float


def keep_draft(db: Database, user_id: str, slug: str, language: str, source: str) -> Draft:
    """Keep `source` in place of what was kept before. Raises NotFoundError, UnavailableError."""
    with db.write() as session:
        at = db.now(session)
        key = {"user_id": user_id, "problem_id": _problem_id(session, slug), "language": language}
        put(session, models.Draft, {**key, "source": source, "updated_at": at})
    return Draft(slug, language, source, at)


def read_drafts(db: Database, user_id: str, slug: str) -> dict[str, Draft]:
    """What the user was writing for one problem, by language. Raises UnavailableError."""
    with db.read() as session:
        rows = session.scalars(
            select(models.Draft)
            .join(models.Problem, models.Problem.id == models.Draft.problem_id)
            .where(models.Problem.slug == slug, models.Draft.user_id == user_id)
        )
        return {row.language: Draft(slug, row.language, row.source, row.updated_at) for row in rows}


def drop_draft(db: Database, user_id: str, slug: str, language: str) -> None:
    """Forget it, if there is one. Raises NotFoundError where there is no such problem."""
    with db.write() as session:
        session.execute(
            delete(models.Draft).where(
                models.Draft.user_id == user_id,
                models.Draft.problem_id == _problem_id(session, slug),
                models.Draft.language == language,
            )
        )


def _problem_id(session: Session, slug: str) -> str:
    offered = select(models.Problem.id).where(
        models.Problem.slug == slug, models.Problem.withdrawn_at.is_(None)
    )
    found = session.scalar(offered)
    if found is None:
        raise NotFoundError(f"There is no problem {slug!r}; GET /api/v1/problems lists them.")
    return found
