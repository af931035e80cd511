"""Boards that are updated verdict by verdict equal boards that are computed at once from all
data.
"""

import itertools
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)
from sqlalchemy import select

from judge.boards.keeping import list_user, problem_changed
from judge.boards.rebuild import rebuild
from judge.boards.views import read_board
from judge.boards.windows import Period, window_of
from judge.db.board_models import BoardCell, BoardRow, FastestSolve, Judged
from judge.db.models import Problem, ProblemVersion, User
from judge.db.session import Database
from judge.limits import Usage
from judge.result import JudgingResult
from judge.submissions import lifecycle as submissions
from judge.submissions import rejudges
from judge.submissions.lifecycle import Submitted
from judge.verdict import Verdict
from tests.support.content import add_problem, add_user, claim, submit
from tests.support.migrated import write_database

DAY_S = 86400.0
PROBLEMS = ("alpha", "beta")
PEOPLE = ("ann", "bob", "cyd")


def contents(db: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the boards' tables, sorted, so that they can be compared."""
    with db.read() as session:
        return {
            table.__tablename__: sorted(
                tuple(row) for row in session.execute(select(*table.__table__.columns))
            )
            for table in (Judged, BoardCell, BoardRow, FastestSolve)
        }


class Boards(RuleBasedStateMachine):
    """Everything that may happen to a board, in any order."""

    sent = Bundle("sent")

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.time = 1_790_000_000.0
        path = Path(self.folder.name, "db")
        write_database(path)
        self.db = Database(f"sqlite:///{path}", clock=lambda: self.time)
        for slug in PROBLEMS:
            add_problem(self.db, slug)
        self.people = [add_user(self.db, name) for name in PEOPLE]

    @rule(target=sent, who=st.integers(0, 2), slug=st.sampled_from(PROBLEMS))
    def submits(self, who: int, slug: str) -> Submitted | MultipleResults[Submitted]:
        with self.db.read() as session:
            withdrawn = session.get_one(Problem, slug).withdrawn_at is not None
            banned = session.get_one(User, self.people[who]).banned_at is not None
        return multiple() if withdrawn or banned else submit(self.db, self.people[who], slug=slug)

    @rule(
        one=sent,
        verdict=st.sampled_from([Verdict.AC, Verdict.AC, Verdict.WA, Verdict.CE, Verdict.JE]),
        cpu_s=st.sampled_from([0.01, 0.0101, 0.5]),
    )
    def is_judged(self, one: Submitted, verdict: Verdict, cpu_s: float) -> None:
        view = submissions.read_submission(self.db, one.id)
        assert view is not None
        held = claim(self.db, view.judging_id)
        if held is not None:
            result = JudgingResult(verdict, Usage(cpu_s, cpu_s, 1), 0.0)
            assert submissions.finish(self.db, held, result)

    @rule(one=sent)
    def is_rejudged(self, one: Submitted) -> None:
        submissions.rejudge(self.db, one.id)

    @rule(
        slug=st.sampled_from(PROBLEMS),
        verdict=st.sampled_from([Verdict.AC, Verdict.WA, Verdict.JE]),
        applied=st.booleans(),
    )
    def is_rejudged_with_a_look_first(self, slug: str, verdict: Verdict, applied: bool) -> None:
        rejudge_id, waiting = rejudges.begin(self.db, slug, user_id=self.people[0])
        for each in waiting:
            held = claim(self.db, each.judging_id)
            assert held is not None
            assert submissions.finish(
                self.db, held, JudgingResult(verdict, Usage(0.2, 0.2, 1), 0.0)
            )
        if applied:
            rejudges.apply(self.db, rejudge_id)

    @rule(days=st.sampled_from([0.5, 3.0, 40.0]))
    def time_passes(self, days: float) -> None:
        self.time += days * DAY_S

    @rule(slug=st.sampled_from(PROBLEMS), withdrawn=st.booleans())
    def withdraws(self, slug: str, withdrawn: bool) -> None:
        with self.db.write() as session:
            problem = session.get_one(Problem, slug)
            problem.withdrawn_at = self.time if withdrawn else None
            problem_changed(self.db, session, slug)

    @rule(slug=st.sampled_from(PROBLEMS), difficulty=st.sampled_from(["easy", "hard"]))
    def difficulty_changes(self, slug: str, difficulty: str) -> None:
        with self.db.write() as session:
            session.get_one(ProblemVersion, f"{slug}-1").difficulty = difficulty
            problem_changed(self.db, session, slug)

    @rule(who=st.integers(0, 2), banned=st.booleans())
    def bans(self, who: int, banned: bool) -> None:
        with self.db.write() as session:
            session.get_one(User, self.people[who]).banned_at = self.time if banned else None
            list_user(session, self.people[who])

    @invariant()
    def a_board_is_in_order(self) -> None:
        for period in Period:
            rows = read_board(self.db, window_of(period, self.time)).rows
            for earlier, later in itertools.pairwise(rows):
                assert (earlier.rank == later.rank) == (earlier.score == later.score)
                assert earlier.score >= later.score
            for row in rows:
                assert row.rank == 1 + sum(other.score > row.score for other in rows)
                assert row.num_solved <= sum(cell.solved for cell in row.problems)

    def teardown(self) -> None:
        try:
            kept = contents(self.db)
            rebuild(self.db)
            assert contents(self.db) == kept
        finally:
            self.db.close()
            self.folder.cleanup()


TestBoards = Boards.TestCase
TestBoards.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
