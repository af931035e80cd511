"""The Celery task for a judging: claims it, judges it, and records the result.

It runs in a Celery child, one judging at a time, and lets no exception out: the task itself decides
what happens to the row, and the message is not needed after it is read.

- The message is only a hint: the task claims the judging whose turn it is
  (`judge.submissions.fair_queue`).
- All workers pause, or this one is drained: the message is sent again, and the process waits.
- A batch has to wait for users: its message goes to the end of its queue, and the process is free.
- No sandbox: the message is dropped, and the reconciler sends another one later.
- Nothing to claim (another delivery was faster, or it is done): the message is dropped.
- The claim is lost while judging: the sandbox is killed and the result discarded.
- An internal error: the row goes back to the queue; the reconciler sends its message again after
  a while, so that the fault has time to pass. At the last attempt the verdict is JE.
- SIGTERM: the row goes back at once, its attempt isn't counted, and a new message is sent.
- The child dies: the main process notices it and releases the row (`worker.queue.celery_app`).
- The whole worker dies: the lease runs out, and a reconciler takes the row back.
"""

import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import count

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
    """Judges in a Celery child; made before the fork, its workplace opened after it."""

    def __init__(self, place: Workplace, claiming: Slot, stopping: Flag) -> None:
        """`claiming` lets only one process of the worker claim at a time."""
        self._place = place
        self._settings = place.settings
        self._claiming = claiming
        self._stopping = stopping
        self._last_served: str | None = None

    def judge_submission(self, judging_id: str, delivery: str) -> None:
        """Judge the judging whose turn it is in the queue of `judging_id`. `delivery` is the
        message's id."""
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
            # The judging in the message was not begun; the failed one has its own message.
            enqueue(self._settings, judging_id, claim.purpose, claim.requires)

    def time_submission(self, judging_id: str) -> None:
        """Time an accepted submission again; see `worker.queue.timing`."""
        place = self._place
        try:
            with place.cores.used():
                time_again(place.db, place.parts, place.sandbox(), place.data, judging_id)
        except Exception:  # no user waits for it, and the next judging must not fail
            log.exception("not timed", judging_id=judging_id)
            place.drop_sandbox()

    def _claim(self, judging_id: str, delivery: str) -> Claim | None:
        """Claim the judging whose turn it is. If one user's judgings occupy all other processes,
        wait for another user's, or for the end of one of theirs; while an admin holds the worker
        back, wait for that to end."""
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
                # Sleep outside the slot, so that another process may claim for another user.
                time.sleep(_LOOK_AGAIN_S)
            except BatchHeldBackError as held:
                time.sleep(_LOOK_AGAIN_S)
                # A user's submission that came meanwhile is in a queue that is emptied first.
                enqueue(settings, judging_id, Purpose.BATCH, held.requires)
                return None
            except WorkHeldError as held:
                # Send the message again, for another worker. This worker keeps its own copy: with
                # all the messages that it may hold, the broker sends it no further ones.
                if not passed_on:
                    enqueue(settings, judging_id, held.purpose, held.requires)
                    passed_on = True
                time.sleep(_HELD_LOOK_AGAIN_S)
            except UnavailableError as error:
                # The row is still queued, and the reconciler sends its message again.
                log.warning("not claimed", error=str(error))
                return None
        return None

    def _judge_or_release(self, claim: Claim, hold: Hold) -> bool:
        """Judge; return whether it failed by an internal error and was released."""
        try:
            self._judge(claim, hold)
        except SystemExit:
            self._put_back(claim)
            raise
        except Exception as error:  # after any error the row must go back
            if hold.lost.is_set():
                return False  # the error comes from the killed sandbox
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
        # `closing` ends the tests that were begun ahead of their turn, in any case.
        with closing(judging) as events, Recorder(partial(self._keep, claim, hold)) as recorder:
            for event in events:
                if isinstance(event, Judged):
                    if claim.purpose is not Purpose.RUN:
                        event = self._diagnosed(event, job, observer)
                    verdict = event.result.verdict
                    kept = recorder.finish(event)
                    log.info("judged" if kept else "result discarded", verdict=verdict)
                    if kept and place.traces is not None:
                        place.traces.send(place.db, claim.submission_id, claim.judging_id)
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
        """Return `judged` with the line of the known mistake, if there is one.

        The verdict doesn't depend on it: if the diagnosis fails, the verdict stays. While some
        mutants' failures are unknown, a chore makes the diagnosis later.
        """
        db = self._place.db
        known = partial(mutants.known, db, job.problem, job.version)
        try:
            if observer.failure().outputs:
                package = mutants.missing(db, job.problem, job.version)
                folder = self._settings.problems / job.problem
                # Some failures are unknown: a submission that fits one mutant now may fit two then.
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
        tries = count()
        return hold.insist(lambda: submissions.record(db, claim, progress, again=next(tries) > 0))

    def _put_back(self, claim: Claim) -> None:
        try:
            released = submissions.release(self._place.db, claim, SHUTTING_DOWN, refund=True)
        except UnavailableError as error:
            log.warning("left to the reconciler", error=str(error))
            return
        if released:
            enqueue(self._settings, claim.judging_id, claim.purpose, claim.requires)
