"""All problems, withdrawn ones too, and their versions, as admins see them."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select, and_, select

from judge.db.background_models import Upload
from judge.db.models import Problem, ProblemVersion, User
from judge.db.session import Database
from judge.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class KnownProblem:
    """A problem's newest version; `title` is by language tag. Times in epoch seconds."""

    slug: str
    title: Mapping[str, str]
    kind: str
    version: int
    published_at: float
    withdrawn_at: float | None


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version. `user` sent it as the file `file_name`; both are empty for a version that comes
    with Shousi."""

    number: int
    sha256: str
    created_at: float
    user: str
    file_name: str


def known_problems(db: Database, limit: int | None = None, offset: int = 0) -> list[KnownProblem]:
    """All problems by slug, or `limit` of them after the first `offset`. Raises
    UnavailableError."""
    query = _known().order_by(Problem.slug).limit(limit).offset(offset)
    with db.read() as session:
        return [KnownProblem(*row) for row in session.execute(query)]


def find_withdrawn(db: Database, slug: str) -> KnownProblem | None:
    """The problem, if it is withdrawn. Raises UnavailableError."""
    query = _known().where(Problem.slug == slug, Problem.withdrawn_at.is_not(None))
    with db.read() as session:
        row = session.execute(query).one_or_none()
    return None if row is None else KnownProblem(*row)


def _known() -> Select[str, Mapping[str, str], str, int, float, float | None]:
    """The fields of a `KnownProblem`."""
    newest = and_(ProblemVersion.problem_id == Problem.id, ProblemVersion.number == Problem.version)
    return select(
        Problem.slug,
        ProblemVersion.title,
        ProblemVersion.kind,
        ProblemVersion.number,
        ProblemVersion.created_at,
        Problem.withdrawn_at,
    ).join(ProblemVersion, newest)


def list_versions(db: Database, slug: str) -> list[VersionView]:
    """A problem's versions, newest first. Raises NotFoundError, UnavailableError."""
    query = (
        select(
            ProblemVersion.number,
            ProblemVersion.sha256,
            ProblemVersion.created_at,
            User.name,
            Upload.file_name,
        )
        .join(Problem, Problem.id == ProblemVersion.problem_id)
        .outerjoin(Upload, Upload.version_id == ProblemVersion.id)
        .outerjoin(User, User.id == Upload.user_id)
        .where(Problem.slug == slug)
        .order_by(ProblemVersion.number.desc(), Upload.id)
    )
    with db.read() as session:
        # Uploading the newest version again adds none: of its several uploads, show the first.
        found = {row[0]: row for row in reversed(session.execute(query).all())}
    if not found:
        raise NotFoundError(f"There is no problem {slug[:100]!r}.")
    return [
        VersionView(number, sha256, at, user or "", file_name or "")
        for number, sha256, at, user, file_name in reversed(found.values())
    ]
