"""How a package's wrong submissions fail, stored in the database by the package's hash.

The worker finds out how they fail (`worker.judging.diagnosis`), and compares submissions with them.
"""

import base64
import json
import zlib
from collections.abc import Callable

from sqlalchemy import select
from sqlalchemy.orm import Session

from judge.background_jobs import ChoreClaim, locked
from judge.db.background_models import StoredMutant
from judge.db.models import Problem, ProblemVersion
from judge.db.session import Database
from judge.db.upsert import insert_new
from judge.job import JudgeJob
from judge.mistakes.failures import (
    Failure,
    Mutant,
    decode_failure,
    encode_verdicts,
    is_mutant,
    line_of,
)
from judge.problems.stored import read_rules
from judge.submissions.jobs import program_of, stored_tests, support_of


def store(db: Database, session: Session, package: str, path: str, failure: Failure) -> None:
    """Store a failure in the caller's transaction, unless it is stored already."""
    outputs = {test: base64.b64encode(data).decode() for test, data in failure.outputs.items()}
    values = {
        "package_sha256": package,
        "path": path,
        "verdicts": encode_verdicts(failure),
        # A first start stores hundreds: the default level takes 3.5 times as long for 10% less.
        "outputs": zlib.compress(json.dumps(outputs).encode(), zlib.Z_BEST_SPEED),
        "created_at": db.now(session),
    }
    insert_new(session, StoredMutant, values)


def record(db: Database, claim: ChoreClaim, package: str, path: str, failure: Failure) -> bool:
    """Do what `store` does under a chore's claim. False if the claim is lost."""
    with db.write() as session:
        if locked(session, claim) is None:
            return False
        store(db, session, package, path, failure)
    return True


def recorded(db: Database, package: str) -> set[str]:
    """The paths of the mutants that are stored for a package."""
    query = select(StoredMutant.path).where(StoredMutant.package_sha256 == package)
    with db.read() as session:
        return set(session.scalars(query))


def wanting(db: Database, package: str) -> list[tuple[str, JudgeJob]]:
    """The wrong submissions of a published package that are not stored yet, as (path, job).

    Empty if no version has that package. Raises UnavailableError.
    """
    kept = recorded(db, package)
    query = (
        select(ProblemVersion, Problem.slug)
        .join(Problem, Problem.id == ProblemVersion.problem_id)
        .where(ProblemVersion.sha256 == package)
        # The same package may have been published more than once: any of these versions will do.
        .order_by(ProblemVersion.id)
    )
    with db.read() as session:
        row = session.execute(query).first()
        if row is None:
            return []
        version, slug = row
        tests = stored_tests(session, version)
        jobs = []
        for each in version.submissions:
            if is_mutant(each["expected"]) and each["path"] not in kept:
                job = read_rules(session, slug, version).job(
                    each["path"],
                    program_of(session, each),
                    support_of(session, version, each["language"]),
                    tests,
                    graded=False,  # to see how it fails on every test
                )
                jobs.append((each["path"], job))
        return jobs


def missing(db: Database, problem: str, version: int) -> str | None:
    """The package (hash) of a problem's version, if some of its mutants are not known yet. Until
    all mutants have run, a match may not be the only one."""
    query = (
        select(ProblemVersion.sha256, ProblemVersion.submissions)
        .join(Problem, Problem.id == ProblemVersion.problem_id)
        .where(Problem.slug == problem, ProblemVersion.number == version)
    )
    with db.read() as session:
        row = session.execute(query).one_or_none()
    if row is None:
        return None
    package, submissions = row
    mutants = {each["path"] for each in submissions if is_mutant(each["expected"])}
    return package if mutants - recorded(db, package) else None


def known(
    db: Database, problem: str, version: int, fits: Callable[[Failure], bool]
) -> list[Mutant]:
    """The known mistakes of a problem's version whose failures (without outputs) `fits` accepts."""
    with db.read() as session:
        row = session.scalar(
            select(ProblemVersion)
            .join(Problem, Problem.id == ProblemVersion.problem_id)
            .where(Problem.slug == problem, ProblemVersion.number == version)
        )
        if row is None:
            return []
        of_package = StoredMutant.package_sha256 == row.sha256
        # The verdicts first, which are short: outputs are read only for those that fit.
        failing = session.execute(
            select(StoredMutant.path, StoredMutant.verdicts).where(of_package)
        )
        paths = [path for path, verdicts in failing if fits(decode_failure(verdicts, {}))]
        query = select(StoredMutant).where(of_package, StoredMutant.path.in_(paths))
        found = session.scalars(query.order_by(StoredMutant.path))
        mutants = []
        for each in found:
            kept: dict[str, str] = json.loads(zlib.decompress(each.outputs))
            outputs = {test: base64.b64decode(data) for test, data in kept.items()}
            failure = decode_failure(each.verdicts, outputs)
            mutants.append(Mutant(each.path, line_of(row.mistakes, each.path), failure))
        return mutants
