"""Boards are rebuilt while verdicts are counted, and from rows that are wrong."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, update

from judge.boards.rebuild import rebuild
from judge.db.board_models import BoardCell, BoardRow, FastestSolve, Judged
from judge.db.models import Event, Judging, Submission
from judge.db.session import Database
from judge.ids import first_id
from judge.limits import Usage
from judge.result import JudgingResult
from judge.submissions import lifecycle as submissions
from judge.submissions import rejudges
from judge.submissions.lifecycle import Submitted
from judge.verdict import Verdict
from tests.support.content import add_problem, add_user, submit, sure_claim, verdict
from tests.unit.judge.boards.test_keeping import contents

PEOPLE = 6


def judge(db: Database, sent: Submitted, number: int) -> None:
    found = (Verdict.AC, Verdict.WA, Verdict.AC, Verdict.CE)[number % 4]
    cpu_s = 0.01 * (1 + number % 7)
    result = JudgingResult(found, Usage(cpu_s, cpu_s, 1), 0.0)
    assert submissions.finish(db, sure_claim(db, sent.judging_id), result)


def test_verdicts_go_on_while_boards_are_made_again(db: Database) -> None:
    for slug in ("alpha", "beta"):
        add_problem(db, slug)
    people = [add_user(db, f"user{number}") for number in range(PEOPLE)]
    sent = [submit(db, who, slug=slug) for who in people for slug in ("alpha", "beta") * 4]
    over = threading.Event()

    def keep_rebuilding() -> int:
        rounds = 0
        while not over.is_set():
            rebuild(db, at_a_time=10)
            rounds += 1
        return rounds

    with ThreadPoolExecutor(4) as pool:
        rounds = pool.submit(keep_rebuilding)
        try:
            list(pool.map(judge, [db] * len(sent), sent, range(len(sent))))
        finally:
            over.set()
        assert rounds.result() > 0
    kept = contents(db)
    assert len(kept["judged"]) == len(sent)
    assert rebuild(db, at_a_time=1) == len(sent)
    assert contents(db) == kept


def test_lines_that_are_wrong_are_mended(db: Database) -> None:
    add_problem(db, "alpha")
    ann, bob, cyd = (add_user(db, name) for name in ("ann", "bob", "cyd"))
    for number, who in enumerate((ann, bob, ann, bob)):
        judge(db, submit(db, who, slug="alpha"), number)
    right = contents(db)
    with db.write() as session:
        session.execute(update(BoardRow).where(BoardRow.user_id == ann).values(deficit=-99))
        session.execute(delete(BoardCell).where(BoardCell.user_id == bob))
        session.execute(delete(Judged).where(Judged.user_id == bob))
        session.execute(delete(FastestSolve))
        stray = {"user_id": cyd, "listed": True, "deficit": -9, "num_solved": 9, "last_gain_at": 1}
        session.add(BoardRow(board="all", **stray))
    assert contents(db) != right
    rebuild(db, at_a_time=3)
    assert contents(db) == right


def ahead(db: Database, sent: Submitted) -> str:
    """Store the submission as a host would whose clock is an hour ahead; return its judging's
    id.
    """
    judging_id = first_id(time.time() + 3600)
    with db.write() as session:
        session.execute(delete(Event).where(Event.judging_id == sent.judging_id))
        for table, column in ((Judging, Judging.id), (Submission, Submission.judging_id)):
            mine = update(table).where(column == sent.judging_id)
            session.execute(mine.values({column: judging_id}))
    return judging_id


@pytest.mark.parametrize("looked_at_first", [True, False])
def test_the_newest_judging_counts_whatever_the_clocks_say(
    db: Database, looked_at_first: bool
) -> None:
    add_problem(db, "alpha")
    ann = add_user(db, "ann")
    sent = submit(db, ann, slug="alpha")
    before = ahead(db, sent)
    assert submissions.finish(db, sure_claim(db, before), verdict(Verdict.AC))
    if looked_at_first:
        rejudge_id, (waiting,) = rejudges.begin(db, "alpha", ann)
    else:
        waiting = submissions.rejudge(db, sent.id)
    assert submissions.finish(db, sure_claim(db, waiting.judging_id), verdict(Verdict.WA))
    if looked_at_first:
        rejudges.apply(db, rejudge_id)
    kept = contents(db)
    assert [row[1] for row in kept["judged"]] == [waiting.judging_id]
    rebuild(db)
    assert contents(db) == kept
