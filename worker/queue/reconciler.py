"""The worker's rounds: takes back lost judgings and chores, and reports that the worker is alive.

It is a thread in the main process. That process forks its children, and a fork in the middle of a
round would copy held locks that no thread in the child ever releases. So forks wait for the end of
a round, and rounds for the end of a fork.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial

import structlog

from judge import background_jobs, events, leases, workers
from judge.accounts import guests, retention
from judge.boards.timing import next_to_time
from judge.boards.windows import DAY_S
from judge.db.session import Database
from judge.errors import ShousiError, UnavailableError
from judge.labels import queue_of, served_with
from judge.operating import is_held
from judge.queue import enqueue, enqueue_chores, enqueue_timing
from judge.settings import Settings
from judge.states import QUEUES, Purpose
from judge.submissions import lifecycle as submissions
from judge.teams import events as team_events
from judge.webhooks import deliveries
from judge.workers import LanguageView
from worker.sandbox.base import SandboxError

log = structlog.get_logger(__name__)

_PRESENCE_S = 10.0
_SWEEP_S = 600.0
_SURVEY_AGAIN_S = 10.0


def reconcile(db: Database, settings: Settings, *, is_held: bool) -> int:
    """Make one round; return how many judgings were sent again. Raises UnavailableError.

    If the broker takes no message, the round ends: unsent judgings become stale again later. While
    this worker is held back (`is_held`), the round doesn't repeat the messages of judgings that
    wait for long, since they would pile up.
    """
    leases.bring_near(db, settings.lease_s)
    workers.bring_near(db)
    served = () if is_held else served_with(settings.labels)
    waiting = submissions.requeue_stale(
        db,
        max_attempts=settings.max_attempts,
        stale_s=settings.stale_s,
        stale_per_queued_s=settings.stale_per_queued_s,
        queues=[queue_of(base, each) for base in QUEUES for each in served],
    )
    sent = 0
    for requires in background_jobs.take_back(
        db, max_attempts=settings.max_attempts, stale_s=settings.stale_s, served=served
    ):
        enqueue_chores(settings, requires)
    for each in waiting:
        if not enqueue(settings, each.judging_id, each.purpose, each.requires):
            break
        sent += 1
    if waiting:
        log.warning("sent again", judgings=sent, found=len(waiting))
    return sent


class Reconciler:
    """Makes rounds from `start` to `stop`. `survey` yields the languages that work here; it may
    take seconds, and is called until it succeeds. `trouble` returns why nothing can run now; while
    it returns a reason, the worker offers no language and is not ready. The worker also reports
    `jails`, the counts of how runs got their jails, and `wear`, how worn each runtime's fork
    servers are."""

    def __init__(
        self,
        db: Database,
        settings: Settings,
        worker_id: str,
        survey: Callable[[], Iterator[LanguageView]],
        trouble: Callable[[], str],
        jails: Callable[[], Mapping[str, int]],
        wear: Callable[[], Mapping[str, Mapping[str, float]]],
    ) -> None:
        self._db = db
        self._settings = settings
        self._worker_id = worker_id
        self._survey = survey
        self._trouble = trouble
        self._jails = jails
        self._wear = wear
        self._surveyed = False
        self._survey_at = float("-inf")
        self._can_run = True
        self._seen_at = float("-inf")
        self._swept_at = float("-inf")
        self._to_clean: list[Callable[[], object]] = []
        self._ended = threading.Event()
        self._between_rounds = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="rounds", daemon=True)

    def start(self) -> None:
        """Start the thread. Call it once, in the process that forks."""
        os.register_at_fork(
            before=self._between_rounds.acquire,
            after_in_parent=self._between_rounds.release,
            after_in_child=self._between_rounds.release,
        )
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread, and remove the worker from the list of workers."""
        self._ended.set()
        self._thread.join()
        try:
            workers.gone(self._db, self._worker_id)
        except UnavailableError as error:
            log.warning("not removed from the list of workers", error=str(error))

    def _run(self) -> None:
        self._guarded(lambda: self._register([]))
        self._guarded(self._tell_languages, forks_wait=False)
        while not self._ended.wait(self._settings.reconcile_s):
            self._guarded(self._round)
            if time.monotonic() - self._swept_at > _SWEEP_S:
                self._to_clean, self._swept_at = self._cleaners(), time.monotonic()
            # Each guarded by itself: one that fails doesn't keep the others from their work.
            for clean in self._to_clean.copy():
                self._guarded(partial(self._clean, clean))
            self._guarded(self._look_at_sandbox)
            if not self._surveyed and self._can_run and time.monotonic() >= self._survey_at:
                self._guarded(self._tell_languages, forks_wait=False)

    def _guarded(self, step: Callable[[], None], *, forks_wait: bool = True) -> None:
        try:
            if not forks_wait:
                step()
                return
            with self._between_rounds:
                step()
        except (ShousiError, SandboxError) as error:
            log.warning("round cut short", error=str(error))
        except Exception:  # a worker without rounds would lose submissions silently
            log.exception("round failed")

    def _round(self) -> None:
        with self._db.read() as session:
            held = is_held(session, self._worker_id)
        reconcile(self._db, self._settings, is_held=held)
        # When nothing waits, each round has one accepted submission timed again.
        rested_s = 0.0 if held else self._settings.retime_after_s
        judging_id = next_to_time(self._db, rested_s) if rested_s else None
        if judging_id is not None:
            enqueue_timing(self._settings, judging_id)
        if time.monotonic() - self._seen_at > _PRESENCE_S:
            if not workers.seen(self._db, self._worker_id, self._jails(), self._wear()):
                self._surveyed = False  # our row was removed: register again
            self._seen_at = time.monotonic()

    def _cleaners(self) -> list[Callable[[], object]]:
        """What deletes old rows. Each deletes a limited number, so that neither forks nor other
        writers wait long, and returns whether there may be more."""
        db, settings = self._db, self._settings
        for_days: list[tuple[float, Callable[[Database, float], object]]] = [
            (settings.audit_kept_days, retention.forget_acts),
            (settings.events_kept_days, team_events.forget_old),
            (settings.events_kept_days, events.forget_old),
            (settings.runs_kept_days, partial(retention.forget_sent, purpose=Purpose.RUN)),
            (settings.batches_kept_days, partial(retention.forget_sent, purpose=Purpose.BATCH)),
        ]
        return [
            partial(guests.sweep, db),
            partial(deliveries.forget_old, db),
            *(partial(forget, db, days * DAY_S) for days, forget in for_days if days),
        ]

    def _clean(self, clean: Callable[[], object]) -> None:
        # Removed first: one that fails is called again only at the next sweep.
        self._to_clean.remove(clean)
        if clean():
            self._to_clean.append(clean)

    def _look_at_sandbox(self) -> None:
        trouble = self._trouble()
        if trouble and self._can_run:
            log.warning("no sandbox", error=trouble)
            self._register([])
            self._surveyed = False
            self._survey_at = float("-inf")
        self._can_run = not trouble

    def _tell_languages(self) -> None:
        found: list[LanguageView] = []
        try:
            for each in self._survey():
                found.append(each)
                with self._between_rounds:
                    self._register(found)
        except SandboxError:
            # Without torch it fails every time: don't run all languages in each round.
            self._survey_at = time.monotonic() + _SURVEY_AGAIN_S
            raise
        self._surveyed = True

    def _register(self, found: Sequence[LanguageView]) -> None:
        workers.register(
            self._db,
            id=self._worker_id,
            host=socket.gethostname(),
            pid=os.getpid(),
            languages=found,
            labels=self._settings.labels,
        )
