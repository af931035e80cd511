"""Builds the frozen job that a worker judges from the database's rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from judge import blobs
from judge.bounded_cache import BoundedCache
from judge.db.models import Blob, Judging, Problem, ProblemVersion, StoredTest, Submission
from judge.db.session import Database
from judge.errors import NotFoundError
from judge.job import BlobRef, JudgeJob, JudgingRules, Source, TestCase
from judge.limits import MIB
from judge.problems.stored import case_settings, read_files, read_rules
from judge.states import Purpose
from judge.verdict import Verdict

OWN_TEST = "own"
_TEST_BYTES = 1024
"""About how much memory one test takes."""


class HasJudging(Protocol):
    """Something that has a judging's id, e.g. a claim."""

    @property
    def judging_id(self) -> str:
        """The judging's id."""


@dataclass(frozen=True, slots=True)
class NamedJudging:
    """The id of a finished judging that is judged once more, for its time or a diagnosis."""

    judging_id: str


@dataclass(frozen=True, slots=True)
class Basis:
    """What all judgings against one version of a problem, in one language, share.

    `name` is the file name of the submission, empty for its language's usual name.
    """

    rules: JudgingRules
    tests: tuple[TestCase, ...]
    support: Mapping[str, bytes]
    name: str


class Bases:
    """A cache of bases. A version never changes, and reading what a judging needs of it takes
    longer than the rest of `load_job`. The most recently used ones are kept, at most `most_bytes`
    of files and tests."""

    def __init__(self, most_bytes: int = 64 * MIB) -> None:
        self._kept = BoundedCache[tuple[str, str], Basis](most_bytes, _size_of)

    def get(self, session: Session, version_id: str, language: str) -> Basis:
        """The basis, from memory or the database. Raises CorruptBlobError, NotFoundError."""
        key = version_id, language
        basis = self._kept.get(key)
        if basis is None:
            query = (
                select(ProblemVersion, Problem.slug)
                .join(Problem, Problem.id == ProblemVersion.problem_id)
                .where(ProblemVersion.id == version_id)
            )
            version, slug = session.execute(query).one()
            support = support_of(session, version, language)
            # Only a driver relies on the file's name; programs get their language's usual one.
            name = _expected_name(version, language) if support else ""
            tests = stored_tests(session, version)
            basis = Basis(read_rules(session, slug, version), tests, support, name)
            self._kept.put(key, basis)
        return basis


def _size_of(basis: Basis) -> int:
    files = [*basis.support.values()]
    if basis.rules.validator is not None:
        files += basis.rules.validator.files.values()
    return sum(map(len, files)) + _TEST_BYTES * len(basis.tests)


# Built once, not for each judging: building a statement takes longer than running it.
_judging, _submission = Judging.__table__, Submission.__table__
_SUBMITTED = (
    select(
        _judging.c.version_id,
        _submission.c.purpose,
        _submission.c.language,
        _submission.c.source,
        _submission.c.own_input_sha256,
    )
    .join_from(_judging, _submission, _submission.c.id == _judging.c.submission_id)
    .where(_judging.c.id == bindparam("judging_id"))
)


def load_job(db: Database, claim: HasJudging, bases: Bases | None = None) -> JudgeJob:
    """Everything needed to judge `claim`; tests by reference, drivers by value. A caller that loads
    many jobs passes the same `bases`.

    A submission is judged against all tests of its version, a run against the samples, or
    one test `own`, whose answer an accepted submission of the package makes.
    Raises NotFoundError, CorruptBlobError, UnavailableError.
    """
    bases = bases or Bases()
    with db.read() as session:
        row = session.execute(_SUBMITTED, {"judging_id": claim.judging_id}).one_or_none()
        if row is None:
            raise NotFoundError(f"No judging {claim.judging_id}")
        own, is_run = row.own_input_sha256, row.purpose == Purpose.RUN
        basis = bases.get(session, row.version_id, row.language)
        version = session.get_one(ProblemVersion, row.version_id) if own else None
        reference = _reference(version, row.language) if version else None
        return basis.rules.job(
            claim.judging_id,
            Source(row.language, row.source, basis.name),
            basis.support,
            (TestCase(OWN_TEST, sample=True, input=_refs(session, {own})[own], answer=None),)
            if own
            else tuple(test for test in basis.tests if test.sample or not is_run),
            # A run has only samples or own input, which have no score.
            graded=not is_run,
            reference=program_of(session, reference) if reference else None,
            reference_support=support_of(session, version, reference["language"])
            if version and reference
            else {},
        )


def stored_tests(session: Session, version: ProblemVersion) -> tuple[TestCase, ...]:
    """A version's tests in their order, by reference."""
    query = select(StoredTest).where(StoredTest.version_id == version.id)
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
    # A reference in the user's language needs no other toolchain.
    same = [each for each in accepted if each["language"] == language]
    return next(iter([*same, *accepted]), None)


def _expected_name(version: ProblemVersion, language: str) -> str:
    """The file name of the submission that an included driver may rely on: the one that all
    accepted submissions of the package have; else empty."""
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
    """The files that lie beside a submission in `language`, by name."""
    # pytorch is python3 with torch loaded, so one driver serves both.
    fallback = "python3" if language == "pytorch" else language
    files = version.support.get(language) or version.support.get(fallback) or {}
    data = blobs.get_many(session, {ref["sha256"] for ref in files.values()})
    return {name: data[ref["sha256"]] for name, ref in files.items()}
