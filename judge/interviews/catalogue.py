"""The interviews that can be started: stores them from their files, and lists them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from judge.db.interview_models import Interview
from judge.db.models import Problem
from judge.db.session import Database
from judge.db.upsert import put
from judge.errors import NotFoundError
from judge.interviews.files import read_interview
from judge.problem_package.complaints import PackageError

Texts = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RoundPlan:
    """A round of an interview; `tasks` are slugs in their order."""

    title: Texts
    minutes: int
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class InterviewPlan:
    """An interview that can be started. Texts by language tag. `lacking` are those of its tasks
    that are withdrawn: while there is one, the interview can't be started."""

    name: str
    title: Texts
    description: Texts
    rounds: tuple[RoundPlan, ...]
    lacking: tuple[str, ...]

    @property
    def minutes(self) -> int:
        """How long all rounds take together."""
        return sum(one.minutes for one in self.rounds)


def install_interviews(db: Database, folder: Path) -> dict[str, PackageError]:
    """Store each interview in `folder`, and withdraw those whose file is gone. Return the errors of
    broken files by name; the stored version of such an interview stays.

    Raises UnavailableError, OSError.
    """
    refused: dict[str, PackageError] = {}
    with db.read() as session:
        known = set(session.scalars(select(Problem.slug)))
    paths = sorted(folder.glob("*.yaml"))
    for path in paths:
        try:
            file = read_interview(path, known)
        except PackageError as error:
            refused[path.stem] = error
            continue
        with db.read() as session:
            row = session.get(Interview, file.name)
        if row is not None and row.sha256 == file.sha256 and row.withdrawn_at is None:
            continue
        values: dict[str, Any] = {
            "name": file.name,
            "sha256": file.sha256,
            **file.yaml.model_dump(include={"title", "description", "rounds"}),
            "withdrawn_at": None,
        }
        with db.write() as session:
            put(session, Interview, values)
    gone = Interview.name.not_in([path.stem for path in paths]) & Interview.withdrawn_at.is_(None)
    with db.write() as session:
        session.execute(update(Interview).where(gone).values(withdrawn_at=db.now(session)))
    return refused


def list_interviews(db: Database) -> list[InterviewPlan]:
    """All interviews that are not withdrawn, sorted by name. Raises UnavailableError."""
    query = select(Interview).where(Interview.withdrawn_at.is_(None)).order_by(Interview.name)
    with db.read() as session:
        rows = session.scalars(query).all()
        tasks = {slug for row in rows for one in row.rounds for slug in one["tasks"]}
        there = select(Problem.slug).where(Problem.slug.in_(tasks), Problem.withdrawn_at.is_(None))
        offered = set(session.scalars(there))
    found = []
    for row in rows:
        rounds: Sequence[Mapping[str, Any]] = row.rounds
        plans = tuple(
            RoundPlan(one["title"], one["minutes"], tuple(one["tasks"])) for one in rounds
        )
        lacking = tuple(slug for one in plans for slug in one.tasks if slug not in offered)
        found.append(InterviewPlan(row.name, row.title, row.description, plans, lacking))
    return found


def find_interview(db: Database, name: str) -> InterviewPlan:
    """The interview called `name`. Raises NotFoundError, UnavailableError."""
    for one in list_interviews(db):
        if one.name == name:
            return one
    raise NotFoundError(f"There is no interview {name[:100]!r}; GET /api/v1/interviews lists them.")
