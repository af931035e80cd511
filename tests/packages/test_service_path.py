"""Packages of every kind, from the database to a verdict: what a worker is given to judge."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from judge import blobs
from judge.accounts import users
from judge.db.migrate import upgrade
from judge.db.session import Database
from judge.problems.publish import publish
from judge.problems.views import read_download, read_problem
from judge.result import JudgingResult
from judge.states import Purpose
from judge.submissions import lifecycle as submissions
from judge.submissions.lifecycle import Progress, Submittal
from tests.packages.data import OWN_PROBLEMS, package
from tests.support.content import store
from worker.judging.judging import Judged, TestDone, judge
from worker.judging.test_data import BlobCache
from worker.sandbox.base import Sandbox


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'test.sqlite3'}")
    upgrade(opened)
    yield opened
    opened.engine.dispose()


def judged(
    db: Database,
    sandbox: Sandbox,
    cache: Path,
    slug: str,
    path: str,
    purpose: Purpose = Purpose.SUBMISSION,
    own_input: str | None = None,
) -> tuple[JudgingResult, submissions.Claim]:
    """Publish, submit one of the package's own, claim and judge it as a worker does."""
    whole = package(OWN_PROBLEMS / slug)
    publish(db, whole)
    one = next(each for each in whole.submissions if each.path == path)
    user = users.create_user(db, f"user-{purpose}", "a long password")
    sent = store(
        db,
        Submittal(
            user_id=user.id,
            slug=slug,
            language=one.language,
            source=one.text,
            purpose=purpose,
            own_input=own_input,
        ),
    )
    claim = submissions.claim(db, sent.judging_id, worker="w", lease_s=60, max_attempts=3)
    assert claim is not None
    job = submissions.load_job(db, claim)
    for event in judge(job, sandbox, BlobCache(partial(blobs.fetch, db), cache)):
        if isinstance(event, TestDone):
            assert submissions.record(
                db,
                claim,
                Progress(total=event.total, results={event.index: event.result}),
            )
        elif isinstance(event, Judged):
            assert submissions.finish(db, claim, event.result)
            return event.result, claim
    raise AssertionError("no verdict")


@pytest.mark.parametrize(
    ("slug", "path", "verdict", "score"),
    [
        ("anysum", "accepted/halves.py", "AC", 100),
        ("anysum", "wrong_answer/three.py", "WA", 0),
        ("hilo", "accepted/binary.py", "AC", 100),
        ("hilo", "wrong_answer/linear.py", "WA", 0),
        ("relay", "accepted/digits.py", "AC", 100),
        ("relay", "run_time_error/second_pass.py", "RTE", 0),
        ("shares", "partially_accepted/half_of_large.py", "AC", 60),
        ("shares", "partially_accepted/small_only.py", "WA", 20),
    ],
)
def test_from_the_database_to_a_verdict(
    db: Database, sandbox: Sandbox, tmp_path: Path,
    slug: str, path: str, verdict: str, score: float,
) -> None:  # fmt: skip
    _, claim = judged(db, sandbox, tmp_path, slug, path)
    view = submissions.read_submission(db, claim.submission_id)
    assert view is not None
    assert view.verdict == verdict
    assert view.score == pytest.approx(score)


def test_points_of_tests_are_kept(db: Database, sandbox: Sandbox, tmp_path: Path) -> None:
    _, claim = judged(db, sandbox, tmp_path, "shares", "accepted/all.py")
    view = submissions.read_submission(db, claim.submission_id)
    assert view is not None
    assert [test.score for test in view.tests] == [0, None, None, 40, 40]


def test_own_input_in_a_conversation(db: Database, sandbox: Sandbox, tmp_path: Path) -> None:
    result, claim = judged(db, sandbox, tmp_path, "hilo", "accepted/binary.py", Purpose.RUN, "75\n")
    view = submissions.read_submission(db, claim.submission_id)
    assert view is not None
    assert result.verdict == "AC"
    assert view.tests[0].output == "50\n75\n"


def test_conversations_stand_in_the_statement(db: Database) -> None:
    publish(db, package(OWN_PROBLEMS / "hilo"))
    view = read_problem(db, "hilo")
    assert view is not None
    assert [(one.name, one.interaction) for one in view.samples] == [
        ("sample/1", ">50\n<lower\n>7\n<right\n")
    ]
    assert read_download(db, "hilo", "problem.en.pdf") is None
