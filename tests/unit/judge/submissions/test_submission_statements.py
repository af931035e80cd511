"""A judging sends a bounded number of statements to the database, for any problem."""

import pytest
from sqlalchemy import event

from judge.db.session import Database
from judge.submissions import lifecycle as submissions
from judge.submissions.jobs import Bases
from judge.submissions.lifecycle import Progress
from tests.support.content import add_problem, add_user, one_result, submit, sure_claim, verdict


@pytest.fixture
def user(db: Database) -> str:
    add_problem(db)
    return add_user(db)


def statements_of(db: Database, user: str, tests: int, bases: Bases) -> list[str]:
    """The statements of a judging of so many tests."""
    sent = submit(db, user)
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        # Asked now and then, whatever is judged.
        if "clock_timestamp" not in statement:
            # Of many rows the values are part of the statement.
            seen.append(statement.partition(" VALUES ")[0])

    event.listen(db.engine, "before_cursor_execute", note)
    claim = sure_claim(db, sent.judging_id)
    submissions.load_job(db, claim, bases)
    results = {index: one_result(f"{index:02}") for index in range(1, tests + 1)}
    assert submissions.finish(db, claim, verdict(), Progress(True, tests, results))
    event.remove(db.engine, "before_cursor_execute", note)
    return seen


def test_many_tests_take_no_more_statements_than_few(db: Database, user: str) -> None:
    bases = Bases()
    statements_of(db, user, 1, bases)  # which reads the version
    few = statements_of(db, user, 2, bases)
    assert statements_of(db, user, 40, bases) == few
