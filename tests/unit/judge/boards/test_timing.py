"""The fastest submissions are timed while nothing waits, until there are enough timings for a
narrow interval.
"""

from judge.boards.problem_views import SolverLine, read_problem_board
from judge.boards.rebuild import rebuild
from judge.boards.rules import ENOUGH_TIMINGS, interval_of
from judge.boards.timing import MOST_TRIES, add_timing, next_to_time
from judge.db.session import Database
from judge.limits import Usage
from judge.result import JudgingResult
from judge.submissions import lifecycle as submissions
from judge.verdict import Verdict
from tests.support.content import add_problem, add_user, submit, sure_claim


def solve(db: Database, user_id: str, cpu_s: float) -> str:
    """Store an accepted submission with this CPU time; return its judging's id."""
    held = sure_claim(db, submit(db, user_id).judging_id)
    assert submissions.finish(db, held, JudgingResult(Verdict.AC, Usage(cpu_s, cpu_s, 1), 100.0))
    return held.judging_id


def board(db: Database) -> dict[str, SolverLine]:
    return {row.user: row for row in read_problem_board(db, "sum").rows}


def test_the_fastest_of_each_is_timed_until_there_are_enough(db: Database) -> None:
    add_problem(db)
    ann, bob = add_user(db, "ann"), add_user(db, "bob")
    solve(db, ann, 0.5)
    fast, slow = solve(db, ann, 0.1), solve(db, bob, 0.107)
    assert {row.rank for row in board(db).values()} == {1}
    assert next_to_time(db, 3600) is None
    for _ in range(2 * (ENOUGH_TIMINGS - 1)):
        found = next_to_time(db, 0)
        assert found in (fast, slow)
        add_timing(db, found, 0.1 if found == fast else 0.107)
    assert next_to_time(db, 0) is None
    rows = board(db)
    assert [rows[name].rank for name in ("ann", "bob")] == [1, 2]
    assert [rows[name].num_timings for name in ("ann", "bob")] == [ENOUGH_TIMINGS] * 2
    rebuild(db)
    assert board(db) == rows


def test_nothing_is_timed_while_somebody_waits(db: Database) -> None:
    add_problem(db)
    ann = add_user(db)
    solve(db, ann, 0.1)
    assert next_to_time(db, 0) is not None
    submit(db, ann)
    assert next_to_time(db, 0) is None


def test_what_gives_no_time_is_given_up(db: Database) -> None:
    add_problem(db)
    judging_id = solve(db, add_user(db), 0.1)
    for _ in range(MOST_TRIES):
        assert next_to_time(db, 0) == judging_id
        add_timing(db, judging_id, None)
    assert next_to_time(db, 0) is None
    assert board(db)["ann"].num_timings == 1


def test_no_chain_of_overlaps_makes_a_slow_one_first(db: Database) -> None:
    add_problem(db)
    for number, cpu_s in enumerate((0.100, 0.115, 0.130, 0.145)):
        solve(db, add_user(db, f"user{number}"), cpu_s)
    ranks = [row.rank for row in read_problem_board(db, "sum").rows]
    assert ranks == [1, 1, 3, 3]


def test_an_interval_holds_its_timings() -> None:
    assert interval_of([0.0]).low_s == 0.0
    few, enough = interval_of([1.0]), interval_of([1.0] * ENOUGH_TIMINGS)
    assert few.low_s < enough.low_s < enough.median_s == 1.0 < enough.high_s < few.high_s
    wide = interval_of([1.0, 1.0, 1.0, 1.0, 3.0])
    assert (wide.median_s, wide.high_s) == (1.0, 3.0)
