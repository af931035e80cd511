"""Uploads as readers see them: frozen views, never rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from judge.background_jobs import ChoreKind
from judge.db.background_models import Chore, Upload, UploadEvent, UploadPart
from judge.db.models import Problem, ProblemVersion, User
from judge.db.session import Database
from judge.uploads.outcome import UploadState


@dataclass(frozen=True, slots=True)
class UploadSummary:
    """A line of the list. Times in epoch seconds; `version` is set once it is published."""

    id: str
    user: str
    file_name: str
    size_bytes: int
    dry_run: bool
    state: UploadState
    problem: str | None
    version: int | None
    created_at: float
    finished_at: float | None


@dataclass(frozen=True, slots=True)
class UploadView(UploadSummary):
    """Everything about one upload. While it is checked, `submissions` holds those already judged.

    errors, warnings: {file, line, message}. submissions: the fields of
    `judge.uploads.outcome.CheckedSubmission`; `total_submissions` is how many there will be, None
    until the package is read. `becomes_version` is the number that it would get if it were
    published now, None if it can't be or already is. `attempt` counts how often the check was
    begun; `last_event_id` is the newest event that this view includes.
    """

    errors: Sequence[Mapping[str, Any]]
    warnings: Sequence[Mapping[str, Any]]
    submissions: Sequence[Mapping[str, Any]]
    total_submissions: int | None
    becomes_version: int | None
    attempt: int
    last_event_id: int


@dataclass(frozen=True, slots=True)
class UploadPage:
    """A page of the list, newest first; `next` is the cursor of the next page, None at the end."""

    items: tuple[UploadSummary, ...]
    next: str | None


def read_upload(db: Database, upload_id: str) -> UploadView | None:
    """One upload, or None. Raises UnavailableError."""
    with db.read() as session:
        row = session.execute(_joined().where(Upload.id == upload_id)).one_or_none()
        if row is None:
            return None
        upload, chore, *_ = row
        newest = select(func.max(UploadEvent.id)).where(UploadEvent.upload_id == upload_id)
        report = upload.report or {}
        # What the last check that was begun has read in the package, and what it has judged.
        query = select(UploadEvent).where(
            UploadEvent.upload_id == upload_id,
            UploadEvent.kind.in_(("checking", "package", "submission")),
        )
        package: Mapping[str, Any] = {}
        so_far: list[Mapping[str, Any]] = []
        for event in session.scalars(query.order_by(UploadEvent.id)):
            match event.kind:
                case "checking":
                    # The check was begun again, so results of earlier attempts don't count.
                    package, so_far = {}, []
                case "package":
                    package = event.data
                case _:
                    so_far.append(event.data)
        return UploadView(
            **_summary_fields(*row),
            errors=report.get("errors", ()),
            warnings=report.get("warnings", ()),
            submissions=report.get("submissions", ()) if report else so_far,
            total_submissions=package.get("submissions"),
            becomes_version=_next_number(session, upload, package),
            attempt=chore.attempt,
            last_event_id=session.scalar(newest) or 0,
        )


def list_uploads(db: Database, cursor: str | None = None, limit: int = 50) -> UploadPage:
    """The uploads of all users, newest first. Raises UnavailableError."""
    query = _joined().order_by(Upload.id.desc()).limit(limit + 1)
    if cursor is not None:
        query = query.where(Upload.id < cursor)
    with db.read() as session:
        rows = session.execute(query).all()
        items = tuple(UploadSummary(**_summary_fields(*row)) for row in rows[:limit])
    return UploadPage(items, items[-1].id if len(rows) > limit else None)


def _joined() -> Select[Upload, Chore, User, int | None]:
    return (
        select(Upload, Chore, User, ProblemVersion.number)
        .join(Chore, (Chore.subject == Upload.id) & (Chore.kind == ChoreKind.UPLOAD))
        .join(User, User.id == Upload.user_id)
        .outerjoin(ProblemVersion, ProblemVersion.id == Upload.version_id)
    )


def _summary_fields(
    upload: Upload, chore: Chore, user: User, version: int | None
) -> dict[str, Any]:
    return {
        "id": upload.id,
        "user": user.name,
        "file_name": upload.file_name,
        "size_bytes": upload.size_bytes,
        "dry_run": upload.dry_run,
        "state": UploadState(upload.outcome or UploadState.CHECKING),
        "problem": upload.slug,
        "version": version,
        "created_at": upload.created_at,
        "finished_at": chore.finished_at,
    }


_OPEN = (None, UploadState.CHECKED)


def _next_number(session: Session, upload: Upload, package: Mapping[str, Any]) -> int | None:
    """The number of the version that the package would become."""
    if upload.outcome not in _OPEN or upload.slug is None:
        return None
    # A dry run's archive is kept for a week, and can be published once.
    kept = select(UploadPart.position).where(UploadPart.upload_id == upload.id).limit(1)
    if session.scalar(kept) is None:
        return None
    query = (
        select(ProblemVersion.number, ProblemVersion.sha256)
        .join(Problem, Problem.id == ProblemVersion.problem_id)
        .where(Problem.slug == upload.slug, ProblemVersion.number == Problem.version)
    )
    number, sha256 = session.execute(query).one_or_none() or (0, "")
    # Publishing the newest version again changes nothing.
    return number if number and sha256 == package.get("sha256") else number + 1
