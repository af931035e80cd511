"""Checks by its UUID whether a package is the problem that its short name says.

"The `uuid` is meant to track a problem, even if its package name and/or `name` changes" (2025-09).
So a package with another UUID under a taken name is another problem. It must not silently replace
the first, or that one's submissions would be shown with it. The same UUID under another name is a
copy.
"""

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from judge.db.models import Problem, ProblemVersion
from judge.problems.stored import UUID


def another_problem(session: Session, slug: str, uuid: str | None) -> str:
    """Why a package with `uuid` is another problem than the one at `slug`. Empty if it is the same
    problem, or if one of them has no UUID."""
    if uuid is None:
        return ""
    known = session.scalar(
        select(ProblemVersion.extras[UUID].as_string())
        .join(Problem, Problem.id == ProblemVersion.problem_id)
        # The newest version that has a UUID: packages of older formats have none.
        .where(Problem.slug == slug, ProblemVersion.extras[UUID].as_string().is_not(None))
        .order_by(ProblemVersion.number.desc())
        .limit(1)
    )
    if known is None or known == uuid:
        return ""
    return (
        f"The problem {slug} has the UUID {known}, and this package has {uuid}: it is another "
        "problem. Give the package another short name, or, if it is the same problem, that UUID"
    )


def copies(session: Session, slug: str, uuid: str | None) -> list[str]:
    """The slugs of the other problems, not withdrawn, whose newest version has the same UUID."""
    if uuid is None:
        return []
    newest = and_(ProblemVersion.problem_id == Problem.id, ProblemVersion.number == Problem.version)
    query = (
        select(Problem.slug)
        .join(ProblemVersion, newest)
        .where(
            ProblemVersion.extras[UUID].as_string() == uuid,
            Problem.slug != slug,
            Problem.withdrawn_at.is_(None),
        )
        .order_by(Problem.slug)
    )
    return list(session.scalars(query))
