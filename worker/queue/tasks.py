"""The task of a message about a judging: take it, judge it, write down what came of it.

It runs in a Celery child, one judging at a time, and never lets an exception out: what becomes
of the row is decided here, and the message has done its duty once it was read.

- The message is a hint: what is claimed is the judging whose turn it is
  (`judge.submissions.fair_queue`).
- All workers pause, or this one is drained: the message is sent on, and the process waits.
- A batch has to wait for people: its message goes to the end of its queue, and the process is free.
- No sandbox: the message is dropped, and the row left to the reconciler's next one.
- Nothing to claim (another delivery was faster, or it is done): the message is dropped.
- The claim is lost while judging: the sandbox is killed and the result discarded.
- A fault of ours: the row goes back to the queue; the reconciler sends its message again after
  a while, which gives the fault time to pass. At the last attempt the verdict is JE.
- SIGTERM: the row goes back at once, its attempt refunded, and so does a message.
- The child dies: the main process sees it and releases the row (`worker.queue.celery_app`).
- All of it dies: the lease runs out, and a reconciler takes the row back.
"""

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial

import structlog

from judge.errors import UnavailableError
from judge.job import JudgeJob
from judge.mistakes import bundled, mutants
from judge.operating import WorkHeldError
from judge.queue import enqueue, enqueue_chores
from judge.states import Purpose
from judge.submissions import lifecycle as submissions
from judge.submissions.fair_queue import BatchHeldBackError, HeldBackError, Share
from judge.submissions.lifecycle import Claim, Progress
from judge.submissions.transitions import SHUTTING_DOWN
from worker.judging.diagnosis import Observer, diagnose
from worker.judging.judging import Compiling, Judged, JudgeEvent, TestDone
from worker.queue.background_jobs import Flag, Slot
from worker.queue.child_context import Workplace
from worker.queue.heartbeat import Hold
from worker.queue.recording import Recorder
from worker.queue.timing import time_again

log = structlog.get_logger(__name__)

_LOOK_AGAIN_S = 0.1
_HELD_LOOK_AGAIN_S = 1.0


class JudgingProcess:
    """What a Celery child judges with; made before the fork, its workplace opened after it."""

    def __init__(self, place: Workplace, claiming: Slot, stopping: Flag) -> None:
        """`claiming` is held by the one process of the worker that claims."""
        self._place = place
        self._settings = place.settings
        self._claiming = claiming
        self._stopping = stopping
        self._last_served: str | None = None

    def judge_submission(self, judging_id: str, delivery: str) -> None:
        """Judge the one whose turn it is, where `judging_id` waited. `delivery` is the message's
        id."""
        claim = self._claim(judging_id, delivery) if self._place.can_run() else None
        if claim is None:
            return
        self._last_served = claim.user_id
        place, lease_s = self._place, self._settings.lease_s
        bound = structlog.contextvars.bound_contextvars(
            submission_id=claim.submission_id, judging_id=claim.judging_id
        )
        with (
            bound,
            place.cores.used(),
            Hold(place.beats, claim.lease, lease_s, place.drop_sandbox) as hold,
        ):
            failed = self._judge_or_release(claim, hold)
        if failed and claim.judging_id != judging_id:
            # The message's own judging was not begun; the failed one has a message of its own.
            enqueue(self._settings, judging_id, claim.purpose, claim.requires)

    def time_submission(self, judging_id: str) -> None:
        """Measure an accepted submission once more; see `worker.queue.timing`."""
        place = self._place
        try:
            with place.cores.used():
                time_again(place.db, place.parts, place.sandbox(), place.data, judging_id)
        except Exception:  # nothing waits for it, and the next judging must go on
            log.exception("not timed", judging_id=judging_id)
            place.drop_sandbox()

    def _claim(self, judging_id: str, delivery: str) -> Claim | None:
        """The judging whose turn it is. Where one user holds all other processes, this one waits
        for somebody else's, or for one of theirs to end; while an admin holds the worker back it
        waits for that to end."""
        passed_on = False
        place, settings = self._place, self._settings
        while not self._stopping.is_set():
            try:
                with self._claiming:
                    return submissions.claim(
                        place.db,
                        judging_id,
                        worker=place.name_for(delivery),
                        lease_s=settings.lease_s,
                        max_attempts=settings.max_attempts,
                        in_turn=True,
                        last_served=self._last_served,
                        share=Share(place.name_for(""), settings.workers),
                    )
            except HeldBackError:
                # Not in the slot: meanwhile another process may claim for somebody else.
                time.sleep(_LOOK_AGAIN_S)
            except BatchHeldBackError as held:
                time.sleep(_LOOK_AGAIN_S)
                # What a person has sent meanwhile lies in a queue that is emptied before.
                enqueue(settings, judging_id, Purpose.BATCH, held.requires)
                return None
            except WorkHeldError as held:
                # A worker that holds all the messages it may hold is sent no further ones. What
                # this one stands for is another worker's to take.
                if not passed_on:
                    enqueue(settings, judging_id, held.purpose, held.requires)
                    passed_on = True
                time.sleep(_HELD_LOOK_AGAIN_S)
            except UnavailableError as error:
                # The row is queued as before, and the reconciler looks after it.
                log.warning("not claimed", error=str(error))
                return None
        return None

    def _judge_or_release(self, claim: Claim, hold: Hold) -> bool:
        """Whether it failed by a fault of ours and was released."""
        try:
            self._judge(claim, hold)
        except SystemExit:
            self._put_back(claim)
            raise
        except Exception as error:  # whatever it was, the row must not be left behind
            if hold.lost.is_set():
                return False  # the sandbox was killed under the judging
            log.exception("judging failed")
            self._place.drop_sandbox()
            reason = f"{type(error).__name__}: {error}"
            return hold.insist(lambda: submissions.release(self._place.db, claim, reason))
        return False

    def _judge(self, claim: Claim, hold: Hold) -> None:
        place = self._place
        job = submissions.load_job(place.db, claim, place.bases)
        hold.expect(len(job.tests) * job.limits.wall_s)
        observer = Observer()
        judging = place.parts.judge(job, place.sandbox(), place.data, place.cores)
        # Whatever ends it, a test that was begun ahead of its turn ends with it.
        with closing(judging) as events, Recorder(partial(self._keep, claim, hold)) as recorder:
            for event in events:
                if isinstance(event, Judged):
                    if claim.purpose is not Purpose.RUN:
                        event = self._diagnosed(event, job, observer)
                    verdict = event.result.verdict
                    kept = recorder.finish(event)
                    log.info("judged" if kept else "result discarded", verdict=verdict)
                    if kept and event.result.undiagnosed:
                        enqueue_chores(self._settings, claim.requires)
                    return
                if not recorder.put(event):
                    log.info("result discarded")
                    return
                if isinstance(event, TestDone):
                    observer.see(event)
        raise RuntimeError("The judging ended without a verdict")

    def _diagnosed(self, judged: Judged, job: JudgeJob, observer: Observer) -> Judged:
        """`judged` with the line of the known mistake, if it is one.

        The verdict doesn't depend on it: without a diagnosis it stands as well. As long as not
        all mistakes are known, a chore looks for it later.
        """
        db = self._place.db
        known = partial(mutants.known, db, job.problem, job.version)
        try:
            if observer.failure().outputs:
                package = mutants.missing(db, job.problem, job.version)
                folder = self._settings.problems / job.problem
                # Some mistakes aren't known yet: what fits one alone may fit two then.
                if package is not None and not bundled.install(db, folder, package):
                    later = self._settings.run_mutants
                    return Judged(replace(judged.result, undiagnosed=later))
            line = diagnose(job, observer, self._place.data, known)
        except Exception:
            log.exception("no diagnosis")
            return judged
        return Judged(replace(judged.result, diagnosis=line))

    def _keep(self, claim: Claim, hold: Hold, events: Sequence[JudgeEvent]) -> bool:
        tests = [event for event in events if isinstance(event, TestDone)]
        progress = Progress(
            compiling=isinstance(events[0], Compiling),
            total=tests[-1].total if tests else 0,
            results={test.index: test.result for test in tests},
        )
        db, last = self._place.db, events[-1]
        if isinstance(last, Judged):
            return hold.insist(partial(submissions.finish, db, claim, last.result, progress))
        return hold.insist(partial(submissions.record, db, claim, progress))

    def _put_back(self, claim: Claim) -> None:
        try:
            released = submissions.release(self._place.db, claim, SHUTTING_DOWN, refund=True)
        except UnavailableError as error:
            log.warning("left to the reconciler", error=str(error))
            return
        if released:
            enqueue(self._settings, claim.judging_id, claim.purpose, claim.requires)
