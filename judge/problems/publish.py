"""Stores a valid package in the database as a problem's new version, in one transaction.

Versions are kept: verdicts stay with the version that they were given for, and blobs are shared
between versions by their hash. Publishing the package of the newest version changes nothing.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from judge import background_jobs, blobs
from judge.background_jobs import ChoreKind
from judge.boards.keeping import problem_changed
from judge.db.models import Problem, ProblemVersion, StoredTest
from judge.db.session import Database
from judge.db.upsert import insert_new
from judge.ids import new_id
from judge.job import BlobRef
from judge.labels import joined
from judge.problem_package.complaints import PackageComplaint, PackageError
from judge.problem_package.package import ProblemPackage
from judge.problem_package.statements import render
from judge.problems.prerequisites import wrong_prerequisites
from judge.problems.quizzes import stored_question
from judge.problems.stored import MODEL, QUESTIONS, put_files, test_settings, version_columns


def publish(db: Database, package: ProblemPackage) -> int:
    """Store `package` and return its version's number, from 1.

    If the newest version has the same hash, nothing is stored and its number is returned. Raises
    UnavailableError, with nothing stored.
    """
    # Before the transaction: rendering takes long, and on SQLite it would block other writers.
    prepared = prepare(package)
    with db.write() as session:
        return publish_in(db, session, prepared).number


@dataclass(frozen=True, slots=True)
class Prepared:
    """A package with its rendered statements, HTML by language tag, and a quiz's questions as
    they are stored; see `judge.problems.quizzes`."""

    package: ProblemPackage
    pages: Mapping[str, str]
    questions: Sequence[Mapping[str, Any]] = ()


def prepare(package: ProblemPackage) -> Prepared:
    """Do the slow part, which needs no transaction: render the statements."""
    pages = {tag: render(text, package.images) for tag, text in package.statements.items()}
    return Prepared(package, pages, [stored_question(one) for one in package.questions])


def publish_in(db: Database, session: Session, prepared: Prepared) -> ProblemVersion:
    """Do what `publish` does in the caller's transaction; return the newest version.

    Adds a chore that finds out how the package's wrong submissions fail, unless there is one for
    this very package.
    """
    package = prepared.package
    problem = lock_problem(db, session, package.slug)
    newest = session.scalar(
        select(ProblemVersion).where(
            ProblemVersion.problem_id == problem.id, ProblemVersion.number == problem.version
        )
    )
    requires = joined(package.requires)
    background_jobs.add(db, session, ChoreKind.MUTANTS, package.sha256, requires=requires)
    if newest is not None and newest.sha256 == package.sha256:
        return newest
    problem.version += 1
    version = _store(db, session, problem, prepared)
    # A new version may have another difficulty, and with it other points.
    problem_changed(db, session, problem.id)
    return version


def install(db: Database, package: ProblemPackage) -> None:
    """Publish a package that comes with Shousi, unless this very package was ever published.

    So a start changes nothing if nothing is new, and a newer version by an admin stays. Raises
    PackageError if the prerequisites are wrong, UnavailableError.
    """
    with db.read() as session:
        known = session.scalar(
            select(ProblemVersion.id)
            .join(Problem, Problem.id == ProblemVersion.problem_id)
            .where(Problem.slug == package.slug, ProblemVersion.sha256 == package.sha256)
        )
    if known is None:
        with db.write() as session:
            wrong = wrong_prerequisites(db, session, package)
        if wrong:
            raise PackageError((PackageComplaint("judge.yaml", None, wrong),))
        publish(db, package)


def lock_problem(db: Database, session: Session, slug: str) -> Problem:
    """The problem's row, created if there is none, and locked until the transaction ends."""
    values = {"id": new_id(), "slug": slug, "version": 0, "created_at": db.now(session)}
    insert_new(session, Problem, values)
    # Locked, so that two uploads of one problem at once get two numbers.
    query = select(Problem).where(Problem.slug == slug)
    return session.scalars(query.with_for_update(key_share=True)).one()


def drop_unpublished(session: Session, slug: str) -> None:
    """Delete the row that `lock_problem` has created, if nothing was published there after all."""
    session.execute(delete(Problem).where(Problem.slug == slug, Problem.version == 0))


def _store(
    db: Database,
    session: Session,
    problem: Problem,
    prepared: Prepared,
) -> ProblemVersion:
    package = prepared.package
    columns = version_columns(db, session, package)
    if prepared.questions:
        columns["extras"][QUESTIONS] = prepared.questions
    version = ProblemVersion(
        id=new_id(),
        problem_id=problem.id,
        number=problem.version,
        created_at=db.now(session),
        statements_html=dict(prepared.pages),
        # By language, all files beside a submission in it: `default` is merged in.
        support={
            language: {
                name: _ref(blobs.put(db, session, content))
                for name, content in package.support(language).items()
            }
            for language in package.languages
        },
        submissions=_submissions(db, session, package),
        **_plain_columns(package),
        **columns,
    )
    session.add(version)
    session.flush()
    # Tests refer to the version's row, so it is written before them.
    for position, test in enumerate(package.tests):
        session.add(
            StoredTest(
                version_id=version.id,
                position=position,
                name=test.name,
                sample=test.sample,
                input_sha256=blobs.put(db, session, test.input).sha256,
                answer_sha256=blobs.put(db, session, test.answer).sha256,
                hint=dict(test.hint),
                settings=test_settings(db, session, test),
            )
        )
    return version


def _plain_columns(package: ProblemPackage) -> dict[str, Any]:
    """The columns of a version that are the package's own values."""
    return {
        "sha256": package.sha256,
        "kind": package.kind.value,
        "difficulty": package.difficulty,
        "entry": package.entry,
        "title": dict(package.names),
        "tags": list(package.tags),
        "limits": dataclasses.asdict(package.limits),
        "languages": list(package.languages),
        "checker": {
            "name": package.checker.name,
            "arguments": list(package.checker.arguments),
        },
        "statements_markdown": dict(package.statements),
        "templates": dict(package.templates),
        "hints": {test.name: dict(test.hint) for test in package.tests if test.hint},
        "mistakes": {name: dict(text) for name, text in package.mistakes.items()},
    }


def _submissions(db: Database, session: Session, package: ProblemPackage) -> list[Any]:
    return [
        {
            "path": submission.path,
            "name": submission.name,
            "language": submission.language,
            "expected": sorted(verdict.value for verdict in submission.expected),
            MODEL: submission.model,
            "files": put_files(db, session, submission.files),
            **_ref(blobs.put(db, session, submission.text.encode())),
        }
        for submission in package.submissions
    ]


def _ref(ref: BlobRef) -> dict[str, Any]:
    return {"sha256": ref.sha256, "size_bytes": ref.size_bytes}
