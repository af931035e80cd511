"""From the database's rows to the frozen job that a worker judges."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from judge import blobs
from judge.db.models import Blob, Judging, Problem, ProblemVersion, StoredTest, Submission
from judge.db.session import Database
from judge.errors import NotFoundError
from judge.job import BlobRef, JudgeJob, Source, TestCase
from judge.problems.stored import case_settings, read_files, read_rules
from judge.states import Purpose
from judge.verdict import Verdict

OWN_TEST = "own"


class HasJudging(Protocol):
    """Something that has a judging's id, e.g. a claim."""

    @property
    def judging_id(self) -> str:
        """The judging's id."""


@dataclass(frozen=True, slots=True)
class NamedJudging:
    """The id of a finished judging that is judged once more, for its time or a diagnosis."""

    judging_id: str


def load_job(db: Database, claim: HasJudging) -> JudgeJob:
    """Everything that judging `claim` needs; tests by reference, drivers by value.

    A submission is judged against all tests of its version, a run against the samples, or
    against one test `own` whose answer is made by an accepted submission of the package.
    Raises NotFoundError, CorruptBlobError, UnavailableError.
    """
    query = (
        select(Judging, Submission, ProblemVersion, Problem)
        .join(Submission, Submission.id == Judging.submission_id)
        .join(ProblemVersion, ProblemVersion.id == Judging.version_id)
        .join(Problem, Problem.id == ProblemVersion.problem_id)
        .where(Judging.id == claim.judging_id)
    )
    with db.read() as session:
        row = session.execute(query).one_or_none()
        if row is None:
            raise NotFoundError(f"No judging {claim.judging_id}")
        judging, submission, version, problem = row
        own = submission.own_input_sha256
        reference = _reference(version, submission.language) if own else None
        is_run = submission.purpose == Purpose.RUN
        support = support_of(session, version, submission.language)
        # Only a driver counts on the file's name; programs get their language's usual one.
        name = _expected_name(version, submission.language) if support else ""
        return read_rules(session, problem.slug, version).job(
            judging.id,
            Source(submission.language, submission.source, name),
            support,
            (TestCase(OWN_TEST, sample=True, input=_refs(session, {own})[own], answer=None),)
            if own
            else stored_tests(session, version, samples_only=is_run),
            # A run is of samples or own input: nothing that has a score.
            graded=not is_run,
            reference=program_of(session, reference) if reference else None,
            reference_support=support_of(session, version, reference["language"])
            if reference
            else {},
        )


def stored_tests(
    session: Session, version: ProblemVersion, *, samples_only: bool = False
) -> tuple[TestCase, ...]:
    """A version's tests in their order, by reference."""
    query = select(StoredTest).where(StoredTest.version_id == version.id)
    if samples_only:
        query = query.where(StoredTest.sample)
    rows = session.scalars(query.order_by(StoredTest.position)).all()
    refs = _refs(session, {row.input_sha256 for row in rows} | {row.answer_sha256 for row in rows})
    return tuple(
        TestCase(
            name=row.name,
            sample=row.sample,
            input=refs[row.input_sha256],
            answer=refs[row.answer_sha256] if row.answer_sha256 else None,
            hint=row.hint,
            **case_settings(row.settings),
        )
        for row in rows
    )


def _refs(session: Session, hashes: set[str | None] | set[str]) -> dict[str, BlobRef]:
    query = select(Blob.sha256, Blob.size_bytes).where(Blob.sha256.in_(hashes - {None}))
    return {sha256: BlobRef(sha256, size) for sha256, size in session.execute(query)}


def _reference(version: ProblemVersion, language: str) -> Mapping[str, Any] | None:
    """The package's first accepted submission, one in `language` if there is any."""
    accepted: Sequence[Mapping[str, Any]] = [
        each for each in version.submissions if each["expected"] == [Verdict.AC]
    ]
    # One in the user's language needs no other toolchain.
    same = [each for each in accepted if each["language"] == language]
    return next(iter([*same, *accepted]), None)


def _expected_name(version: ProblemVersion, language: str) -> str:
    """What an included driver may count on the submission's file to be called: as all accepted
    ones of the package are; else empty."""
    names = {
        each.get("name", "")
        for each in version.submissions
        if each["language"] == language and each["expected"] == [Verdict.AC]
    }
    return names.pop() if len(names) == 1 else ""


def program_of(session: Session, stored: Mapping[str, Any]) -> Source:
    """The source of one of the package's own submissions."""
    text = blobs.get(session, stored["sha256"]).decode()
    files = read_files(session, stored.get("files", {}))
    return Source(stored["language"], text, stored.get("name", ""), files)


def support_of(session: Session, version: ProblemVersion, language: str) -> dict[str, bytes]:
    """What is put beside a submission in `language`, by file name."""
    # pytorch is python3 with torch loaded, so that the one driver serves both.
    fallback = "python3" if language == "pytorch" else language
    files = version.support.get(language) or version.support.get(fallback) or {}
    data = blobs.get_many(session, {ref["sha256"] for ref in files.values()})
    return {name: data[ref["sha256"]] for name, ref in files.items()}
