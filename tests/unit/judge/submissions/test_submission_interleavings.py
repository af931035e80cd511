"""The state machine keeps its promises for random events in any order."""

import tempfile
from pathlib import Path

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule
from sqlalchemy import func, select

from judge import leases
from judge.db.models import Event, Judging, StoredResult, Submission
from judge.db.session import Database
from judge.states import State
from judge.submissions import lifecycle as submissions
from judge.submissions.lifecycle import Claim, Progress, Submitted
from judge.verdict import Verdict
from tests.support.content import (
    LEASE_S,
    MAX_ATTEMPTS,
    add_problem,
    add_user,
    claim,
    one_result,
    requeue_stale,
    submit,
    verdict,
)
from tests.support.migrated import write_database

VERDICTS = st.sampled_from([Verdict.AC, Verdict.WA, Verdict.TLE])


class Life(RuleBasedStateMachine):
    """Clients, workers that freeze and come back, and reconcilers, on a clock of ours."""

    sent = Bundle("sent")
    claims = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.time = 1000.0
        path = Path(self.folder.name, "test.db")
        write_database(path)
        self.db = Database(f"sqlite:///{path}", clock=lambda: self.time)
        add_problem(self.db)
        self.user = add_user(self.db)
        self.accepted: dict[str, Verdict] = {}
        self.newest: dict[str, Claim] = {}

    def teardown(self) -> None:
        self.db.close()
        self.folder.cleanup()

    @rule(target=sent, key=st.sampled_from([None, "a", "b"]))
    def client_submits(self, key: str | None) -> Submitted:
        return submit(self.db, self.user, key=key)

    @rule(target=claims, submitted=sent)
    def message_arrives(self, submitted: Submitted) -> Claim | None:
        claimed = claim(self.db, self._newest(submitted))
        if claimed is not None:
            self.newest[claimed.judging_id] = claimed
        return claimed

    @rule(held=claims)
    def worker_beats(self, held: Claim | None) -> None:
        if held is not None and leases.renew(self.db, held.lease, LEASE_S):
            self._must_be_newest(held)

    @rule(held=claims, index=st.integers(1, 2))
    def worker_records(self, held: Claim | None, index: int) -> None:
        if held is None or self._recorded(held, index):
            return
        if submissions.record(self.db, held, Progress(total=2, results={index: one_result()})):
            self._must_be_newest(held)

    @rule(held=claims, found=VERDICTS)
    def worker_finishes(self, held: Claim | None, found: Verdict) -> None:
        if held is not None and submissions.finish(self.db, held, verdict(found)):
            self._must_be_newest(held)
            assert held.judging_id not in self.accepted
            self.accepted[held.judging_id] = found

    @rule(held=consumes(claims), refund=st.booleans())
    def worker_releases(self, held: Claim | None, refund: bool) -> None:
        if held is not None and submissions.release(self.db, held, "a fault", refund=refund):
            self._must_be_newest(held)

    @rule(held=claims)
    def main_process_sees_a_child_die(self, held: Claim | None) -> None:
        if held is not None:
            submissions.release_lost(self.db, worker="w", reason="died", max_attempts=MAX_ATTEMPTS)

    @rule(seconds=st.sampled_from([1.0, LEASE_S / 2, LEASE_S + 1]))
    def time_passes(self, seconds: float) -> None:
        self.time += seconds

    @rule()
    def reconciler_comes(self) -> None:
        for judging_id in requeue_stale(self.db):
            with self.db.read() as session:
                assert session.get_one(Judging, judging_id).state == State.QUEUED

    @rule(submitted=sent)
    def admin_rejudges(self, submitted: Submitted) -> None:
        submissions.rejudge(self.db, submitted.id)

    @invariant()
    def each_judging_is_in_order(self) -> None:
        with self.db.read() as session:
            for row in session.scalars(select(Judging)):
                done = row.state == State.DONE
                assert 0 <= row.attempt <= MAX_ATTEMPTS
                assert (row.verdict is not None) == done
                assert (row.token is not None) == (row.state == State.RUNNING)
                assert (row.lease_until is not None) == (row.state == State.RUNNING)
                assert self._done_events(row.id) == int(done)
                if done:
                    assert row.verdict == self.accepted.get(row.id, Verdict.JE)
                if row.state == State.QUEUED:
                    assert row.attempt < MAX_ATTEMPTS

    @invariant()
    def every_submission_has_one_judging_under_way_at_most(self) -> None:
        open_ = select(func.count()).where(Judging.state != State.DONE)
        with self.db.read() as session:
            for row in session.scalars(select(Submission)):
                mine = open_.where(Judging.submission_id == row.id)
                assert (session.scalar(mine) or 0) <= 1

    @invariant()
    def results_are_of_the_attempt_that_counts(self) -> None:
        with self.db.read() as session:
            query = select(StoredResult, Judging).join(
                Judging, Judging.id == StoredResult.judging_id
            )
            for result, judging in session.execute(query):
                assert result.attempt == judging.attempt

    def _must_be_newest(self, held: Claim) -> None:
        assert self.newest[held.judging_id] == held, "an overtaken claim was listened to"

    def _done_events(self, judging_id: str) -> int:
        query = select(func.count()).where(Event.judging_id == judging_id, Event.kind == "done")
        with self.db.read() as session:
            return session.scalar(query) or 0

    def _newest(self, submitted: Submitted) -> str:
        with self.db.read() as session:
            return session.get_one(Submission, submitted.id).judging_id

    def _recorded(self, held: Claim, index: int) -> bool:
        with self.db.read() as session:
            return session.get(StoredResult, (held.judging_id, index)) is not None


TestLife = Life.TestCase
# Shrinking takes minutes here, and the steps are printed as they are.
TestLife.settings = settings(
    max_examples=25, stateful_step_count=40, deadline=None, phases=(Phase.generate,)
)
