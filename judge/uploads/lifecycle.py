"""The whole life of an uploaded package, from its bytes to its outcome.

    store ---> chore queued --> checking --> publish (published) | publish (checked: a dry run)
                                   |           | refuse (refused)
                                   +-- given up: refused, by judge.background_jobs

Check and publication belong to the upload's chore: its claim's token guards every write here, so
that an upload is published at most once, whichever process is killed. The archive is stored in the
database in parts, so that a worker on any machine can check it. Once the upload has its outcome,
the archive is deleted, and of a refused upload only the report is left. The archive of a checked
dry run is kept for a week: `publish_checked` moves it to another upload, which is checked and then
published.

Of two uploads of one problem at once the first to be published wins. The other is refused and told
so (`_overtaken`), unless both are by the same user and end in the order in which they came.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import IO, Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from judge import background_jobs, blobs
from judge.background_jobs import ChoreClaim, ChoreKind
from judge.db.background_models import Upload, UploadPart
from judge.db.models import Problem, ProblemVersion, User
from judge.db.session import Database
from judge.db.upsert import changed, insert_new
from judge.errors import ConflictError, NotFoundError
from judge.ids import new_id
from judge.limits import MIB
from judge.mistakes import mutants
from judge.mistakes.failures import Failure
from judge.problem_package.complaints import PackageComplaint
from judge.problem_package.package import ProblemPackage
from judge.problems.identity import another_problem, copies
from judge.problems.prerequisites import wrong_prerequisites
from judge.problems.publish import drop_unpublished, lock_problem, prepare, publish_in
from judge.uploads.outcome import UploadReport, UploadState, append_event, end, refusal

# How many bytes of an archive are in memory at a time, at most.
_PART_BYTES = MIB
KEPT_S = 7 * 86400.0
"""How long a checked dry run can be published."""
_LONGEST_NAME = 100
_UNPLAIN = re.compile(r"[^A-Za-z0-9._-]")


def store(db: Database, *, user_id: str, file_name: str, dry_run: bool, archive: IO[bytes]) -> str:
    """Store an archive, read from its beginning, and queue its check; return the upload's id.

    In one transaction: all of it is stored or nothing. The caller sends the hint afterwards.
    Raises UnavailableError.
    """
    archive.seek(0)
    digest, size = hashlib.sha256(), 0
    while part := archive.read(_PART_BYTES):
        digest.update(part)
        size += len(part)
    # A safe file name, from the one that an unknown client sent. If `problem.yaml` is at the top
    # of the archive, the name's stem names the problem.
    name = _UNPLAIN.sub("_", re.split(r"[/\\\\]", file_name)[-1])[-_LONGEST_NAME:].lstrip("._-")
    upload = Upload(
        id=new_id(),
        user_id=user_id,
        file_name=name or "package.zip",
        dry_run=dry_run,
        size_bytes=size,
        sha256=digest.hexdigest(),
    )
    with db.write() as session:
        upload.created_at = db.now(session)
        session.add(upload)
        session.flush()
        # Old archives of dry runs that nobody has published are deleted here, without a job.
        old = select(Upload.id).where(
            Upload.outcome == UploadState.CHECKED, Upload.created_at < upload.created_at - KEPT_S
        )
        session.execute(delete(UploadPart).where(UploadPart.upload_id.in_(old)))
        archive.seek(0)
        position = 0
        while part := archive.read(_PART_BYTES):
            values = {"upload_id": upload.id, "position": position, "data": part}
            insert_new(session, UploadPart, values)
            position += 1
        background_jobs.add(db, session, ChoreKind.UPLOAD, upload.id)
        append_event(db, session, upload.id, "queued", {})
    return upload.id


def publish_checked(db: Database, upload_id: str, user_id: str) -> str:
    """Move a checked dry run's archive to a new upload, to be published; return the new id.

    It is checked again, because this service or the problem may have changed meanwhile. The caller
    sends the hint afterwards. Raises NotFoundError, ConflictError if it is no checked dry run or
    its archive is deleted, UnavailableError.
    """
    with db.write() as session:
        checked = session.get(Upload, upload_id, with_for_update={"key_share": True})
        if checked is None:
            raise NotFoundError(f"There is no upload {upload_id!r}.")
        if checked.outcome != UploadState.CHECKED:
            raise ConflictError("Only an upload that passed its check can be published.")
        again = Upload(
            id=new_id(),
            user_id=user_id,
            file_name=checked.file_name,
            dry_run=False,
            size_bytes=checked.size_bytes,
            sha256=checked.sha256,
            created_at=db.now(session),
        )
        session.add(again)
        session.flush()
        # The parts are moved: the dry run has none any more, and can't be published twice.
        taken = update(UploadPart).where(UploadPart.upload_id == upload_id)
        if not changed(session, taken.values(upload_id=again.id)):
            raise ConflictError(
                "The archive is no longer kept: it was sent to be published, or a week has passed."
            )
        background_jobs.add(db, session, ChoreKind.UPLOAD, again.id)
        append_event(db, session, again.id, "queued", {})
    return again.id


def copy_archive(db: Database, upload_id: str, sink: IO[bytes]) -> None:
    """Write the upload's archive to `sink`, a part at a time."""
    position = 0
    while True:
        with db.read() as session:
            part = session.get(UploadPart, (upload_id, position))
        if part is None:
            return
        sink.write(part.data)
        position += 1


def file_name_of(db: Database, upload_id: str) -> str:
    """The name under which the archive was sent."""
    with db.read() as session:
        return session.get_one(Upload, upload_id).file_name


def note(db: Database, claim: ChoreClaim, kind: str, data: Mapping[str, Any]) -> bool:
    """Append an event about the check. False if the claim is lost: then stop."""

    def step(session: Session, upload: Upload) -> None:
        upload.slug = data.get("problem", upload.slug)
        append_event(db, session, upload.id, kind, data)

    return _under(db, claim, step)


def refuse(db: Database, claim: ChoreClaim, report: UploadReport) -> bool:
    """checking -> refused. False if the claim is lost."""

    def step(session: Session, upload: Upload) -> None:
        end(db, session, upload, UploadState.REFUSED, report)

    return _under(db, claim, step, closes=True)


def publish(
    db: Database,
    claim: ChoreClaim,
    package: ProblemPackage,
    failures: Mapping[str, Failure],
    report: UploadReport,
) -> bool:
    """checking -> published; -> checked, for a dry run; -> refused, if another upload was faster.

    `failures` is how the package's wrong submissions fail, by path. False if the claim is lost;
    then nothing is published.
    """
    prepared = prepare(package)
    with db.read() as session:
        upload = session.get_one(Upload, claim.subject)
        may_publish = not upload.dry_run and not _overtaken(session, upload, package.slug)
    if may_publish:
        # Slow, so before the transaction; a process that stops in between leaves unused blobs.
        blobs.put_all(db, (data for test in package.tests for data in (test.input, test.answer)))

    def step(session: Session, upload: Upload) -> None:
        upload.slug = package.slug
        if not upload.dry_run:
            # From here on nobody else publishes it: the problem's row is locked, or created.
            lock_problem(db, session, package.slug)
        # Checked once more in this transaction: another upload may have ended meanwhile.
        complaint = another_problem(session, package.slug, package.uuid)
        complaint = complaint or _overtaken(session, upload, package.slug)
        complaint = complaint or wrong_prerequisites(db, session, package)
        whole = report
        if others := copies(session, package.slug, package.uuid):
            message = (
                f"the same UUID as that of {', '.join(others)}, of which this becomes a copy; "
                "withdraw the other if the problem has a new name, or give this one a UUID of its "
                "own"
            )
            warning = PackageComplaint("problem.yaml", None, message)
            whole = replace(report, warnings=(*report.warnings, warning))
        if complaint:
            drop_unpublished(session, package.slug)
            end(db, session, upload, UploadState.REFUSED, refusal(complaint))
        elif upload.dry_run:
            end(db, session, upload, UploadState.CHECKED, whole)
        else:
            for path, failure in failures.items():
                mutants.store(db, session, package.sha256, path, failure)
            # The mutants are known: with a chore that is done already, `publish_in` adds none.
            background_jobs.add(db, session, ChoreKind.MUTANTS, package.sha256, done=True)
            version = publish_in(db, session, prepared)
            upload.version_id = version.id
            end(db, session, upload, UploadState.PUBLISHED, whole, version.number)

    return _under(db, claim, step, closes=True)


def identity_problem(db: Database, slug: str, uuid: str | None) -> str:
    """Why a package must not be published at `slug`, found out before it is judged; empty if it
    may. `publish` checks it again."""
    with db.read() as session:
        return another_problem(session, slug, uuid)


def _under(
    db: Database,
    claim: ChoreClaim,
    step: Callable[[Session, Upload], None],
    *,
    closes: bool = False,
) -> bool:
    """Run `step` in one transaction under the claim; with `closes`, this also ends the claim."""
    with db.write() as session:
        row = background_jobs.locked(session, claim)
        if row is None:
            return False
        step(session, session.get_one(Upload, claim.subject))
        if closes:
            background_jobs.close(db, session, row)
    return True


def _overtaken(session: Session, upload: Upload, slug: str) -> str:
    """Why this upload must not become the newest version; empty if it may."""
    query = (
        select(ProblemVersion.number, Upload.user_id, Upload.created_at, User.name)
        .join(Problem, Problem.id == ProblemVersion.problem_id)
        # Versions that came with Shousi have no upload.
        .outerjoin(Upload, Upload.version_id == ProblemVersion.id)
        .outerjoin(User, User.id == Upload.user_id)
        .where(Problem.slug == slug, ProblemVersion.created_at > upload.created_at)
        .order_by(ProblemVersion.number)
    )
    for number, user_id, created_at, name in session.execute(query):
        if user_id == upload.user_id and created_at <= upload.created_at:
            continue  # the sender's own, sent before this one
        who = f" by {name}" if name else ""
        return (
            f"Version {number} of {slug} was published{who} while this upload was checked; "
            "look at what it changed, then upload again"
        )
    return ""
