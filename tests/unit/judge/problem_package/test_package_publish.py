"""Publishing: versions, blobs, and all or nothing. On SQLite and PostgreSQL."""

import dataclasses

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import StatementError

from judge import blobs
from judge.db.models import Blob, Problem, ProblemVersion, StoredTest
from judge.db.session import Database
from judge.problem_package.package import ProblemPackage
from judge.problems.publish import publish
from judge.problems.views import read_problem
from tests.unit.judge.problem_package.making import FUNCTION, changed, loaded


def package(answer: str = "11\n") -> ProblemPackage:
    hint = "kind: function\nentry: add\nhints: {'01-*': {en: Large., zh: 大。}}\n"
    return loaded(
        changed({"judge.yaml": hint, "data/secret/01-large.ans": answer}, FUNCTION), slug="sum"
    )


def counts(db: Database) -> list[int]:
    with db.read() as session:
        models = (Problem, ProblemVersion, StoredTest, Blob)
        found = [session.scalar(select(func.count()).select_from(model)) for model in models]
    return [count or 0 for count in found]


def test_published_problem_can_be_read(db: Database) -> None:
    assert publish(db, package()) == 1
    view = read_problem(db, "sum")
    assert view is not None
    assert (view.title, view.version, view.entry) == ({"en": "Sum"}, 1, "add")
    assert view.statement_html == {"en": "<p>Add two numbers.</p>\n"}
    assert view.limits == package().limits
    assert view.sha256 == package().sha256
    assert [(s.name, s.input, s.output) for s in view.samples] == [("sample/1", "1 2\n", "3\n")]


def test_tests_and_programs_are_stored(db: Database) -> None:
    publish(db, package())
    with db.read() as session:
        version = session.scalars(select(ProblemVersion)).one()
        tests = session.scalars(select(StoredTest).order_by(StoredTest.position)).all()
        assert [(t.name, t.sample, t.hint) for t in tests] == [
            ("sample/1", True, {}),
            ("secret/01-large", False, {"en": "Large.", "zh": "大。"}),
        ]
        assert blobs.get(session, tests[1].input_sha256) == b"5 6\n"
        driver = version.support["python3"]["main.py"]
        assert blobs.get(session, driver["sha256"]) == b"from runner import harness\n"
        assert version.support["cpp"] == {}
        (submission,) = version.submissions
        assert (submission["path"], submission["expected"]) == ("accepted/sum.py", ["AC"])
        assert blobs.get(session, submission["sha256"]).startswith(b"print(")


def test_same_package_is_not_published_twice(db: Database) -> None:
    assert publish(db, package()) == 1
    before = counts(db)
    assert publish(db, package()) == 1
    assert counts(db) == before


def test_changed_package_is_a_new_version_and_the_old_one_stays(db: Database) -> None:
    publish(db, package())
    blobs_before = counts(db)[3]
    assert publish(db, package("12\n")) == 2
    assert publish(db, package()) == 3, "an old version that comes again is new"
    assert counts(db) == [1, 3, 6, blobs_before + 1]


def test_failure_stores_nothing(db: Database) -> None:
    publish(db, package())
    before = counts(db)
    # Blobs come first; then the version's row fails, because bytes are no JSON.
    unstorable = dataclasses.replace(package("12\n"), tags=(b"x",))  # type: ignore[arg-type]
    with pytest.raises((StatementError, TypeError), match="JSON"):
        publish(db, unstorable)
    assert counts(db) == before
    view = read_problem(db, "sum")
    assert view is not None
    assert view.version == 1
