"""Checks a package's prerequisites: the problems must exist, and none of them may require this
one."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from judge.boards.keeping import lock_exclusive
from judge.db.models import Problem, ProblemVersion
from judge.db.session import Database
from judge.problem_package.package import ProblemPackage
from judge.problems.stored import PREREQUISITES


def wrong_prerequisites(db: Database, session: Session, package: ProblemPackage) -> str:
    """What is wrong with a package's prerequisites; empty if it may be published in this
    transaction."""
    if not package.prerequisites:
        return ""
    # Every change of a problem takes this lock: of two that close a cycle, one sees the other.
    lock_exclusive(db, session)
    newest = (ProblemVersion.problem_id == Problem.id) & (ProblemVersion.number == Problem.version)
    query = select(Problem.slug, ProblemVersion.extras[PREREQUISITES]).join(ProblemVersion, newest)
    before = {slug: tuple(wanted or ()) for slug, wanted in session.execute(query)}
    before[package.slug] = package.prerequisites
    for slug in package.prerequisites:
        if slug not in before:
            return f"`prerequisites`: there is no problem `{slug}`; publish it first"
    circle = _circle(before, package.slug)
    if circle:
        return f"`prerequisites`: a circle, {' -> '.join(circle)}; take one of them out"
    return ""


def _circle(before: Mapping[str, Sequence[str]], start: str) -> tuple[str, ...]:
    """A path from a problem through its prerequisites back to itself; empty if there is none."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while ways:
        way = ways.pop()
        for slug in before.get(way[-1], ()):
            if slug == start:
                return (*way, slug)
            if slug not in seen:
                seen.add(slug)
                ways.append((*way, slug))
    return ()
