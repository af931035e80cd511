"""Uploads as readers see them: frozen views, never rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from judge.background_jobs import ChoreKind
from judge.db.background_models import Chore, Upload, UploadEvent
from judge.db.models import ProblemVersion, User
from judge.db.session import Database
from judge.uploads.outcome import UploadState


@dataclass(frozen=True, slots=True)
class UploadSummary:
    """A line of the list. Times in epoch seconds; `version` once it is published."""

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
    """Everything about one upload. While it is checked, `submissions` holds those that are done.

    errors, warnings: {file, line, message}. submissions: the fields of
    `judge.uploads.outcome.CheckedSubmission`. `attempt` counts how often the check was begun;
    `last_event_id` is the newest event that this view reflects.
    """

    errors: Sequence[Mapping[str, Any]]
    warnings: Sequence[Mapping[str, Any]]
    submissions: Sequence[Mapping[str, Any]]
    attempt: int
    last_event_id: int


@dataclass(frozen=True, slots=True)
class UploadPage:
    """Part of the list, newest first; `next` is the cursor of what follows, None at the end."""

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
        return UploadView(
            **_summary_fields(*row),
            errors=report.get("errors", ()),
            warnings=report.get("warnings", ()),
            submissions=report.get("submissions", ()) if report else _so_far(session, upload_id),
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


def _so_far(session: Session, upload_id: str) -> list[Mapping[str, Any]]:
    """The submissions that the running check has judged since it was last begun."""
    query = select(UploadEvent).where(UploadEvent.upload_id == upload_id)
    found: list[Mapping[str, Any]] = []
    for event in session.scalars(query.order_by(UploadEvent.id)):
        # The check was begun again: what an earlier attempt has judged counts no more.
        if event.kind == "checking":
            found = []
        elif event.kind == "submission":
            found.append(event.data)
    return found
