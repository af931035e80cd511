"""The single steps of an upload, in the caller's transaction; `lifecycle` decides when."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from judge.db.background_models import Upload, UploadEvent, UploadPart
from judge.db.session import Database, announce_after_commit
from judge.events import EventView
from judge.problem_package.complaints import PackageComplaint
from judge.webhooks.hooks import EventKind
from judge.webhooks.telling import tell, told_uploads


class UploadState(StrEnum):
    """An upload's state as a person sees it. All but the first are final."""

    CHECKING = "checking"
    CHECKED = "checked"
    """A dry run that would have been published."""
    PUBLISHED = "published"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class CheckedSubmission:
    """One of the package's own submissions in an upload's report.

    `path` is inside the package; `verdict` is None if its language is not available here;
    `killed_by` names the tests that rejected it; `diagnosis` is by language tag.
    """

    path: str
    language: str
    expected: tuple[str, ...]
    verdict: str | None
    ok: bool | None
    time_s: float
    memory_bytes: int
    killed_by: tuple[str, ...]
    message: str
    diagnosis: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UploadReport:
    """Why an upload ended as it did. Without a complaint in `errors`, nothing was wrong."""

    errors: tuple[PackageComplaint, ...] = ()
    warnings: tuple[PackageComplaint, ...] = ()
    submissions: tuple[CheckedSubmission, ...] = ()


def append_event(
    db: Database, session: Session, upload_id: str, kind: str, data: Mapping[str, Any]
) -> None:
    """Append an event. The caller must have locked or created a row of this upload before, so that
    the ids of one upload's events grow in commit order."""
    session.add(UploadEvent(upload_id=upload_id, kind=kind, data=dict(data), at=db.now(session)))
    session.flush()
    announce_after_commit(session, upload_id)


def replay(db: Database, upload_id: str, after_id: int = 0) -> list[EventView]:
    """The events of `upload_id` with an id greater than `after_id`, oldest first."""
    query = (
        select(UploadEvent)
        .where(UploadEvent.upload_id == upload_id, UploadEvent.id > after_id)
        .order_by(UploadEvent.id)
    )
    with db.read() as session:
        return [EventView(e.id, e.kind, e.data, e.at) for e in session.scalars(query)]


def end(
    db: Database,
    session: Session,
    upload: Upload,
    outcome: UploadState,
    report: UploadReport,
    version: int | None = None,
) -> None:
    """Set the upload's outcome, delete its archive, append the event `done`, and tell admins'
    webhooks. The archive of a checked upload is kept, to be published later."""
    upload.outcome = outcome
    upload.report = asdict(report)
    if outcome is not UploadState.CHECKED:
        session.execute(delete(UploadPart).where(UploadPart.upload_id == upload.id))
    data = {
        "state": outcome,
        "problem": upload.slug,
        "version": version,
        "errors": upload.report["errors"],
    }
    append_event(db, session, upload.id, "done", data)
    named = {"upload": upload.id, "file_name": upload.file_name}
    tell(db, session, told_uploads(session), EventKind.UPLOAD, named | data, about=upload.user_id)


def refusal(message: str) -> UploadReport:
    """A report with one complaint about the package as a whole."""
    return UploadReport(errors=(PackageComplaint("", None, message),))
