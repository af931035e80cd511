r"""The worker's main process: Celery's prefork pool, the sandbox's host, the reconciler.

    main process ---- sandbox host (a process of its own; see worker.sandbox)
      | |\---------- heartbeat (a process of its own; see worker.queue.heartbeat_process)
      |  \---------- rounds (a thread: worker.queue.reconciler)
      +-- children, one judging at a time each (worker.queue.tasks), one of them a chore
          (worker.queue.background_jobs)

The main process judges nothing and keeps no connection open that a child could inherit. When a
child dies, the main process releases its judging. SIGTERM lets running judgings end; SIGQUIT ends
the children, which first put their judgings back; after SIGKILL the leases run out.
"""

import gc
import logging
import os
import secrets
import socket
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from billiard.exceptions import WorkerLostError
from celery import Task, signals
from celery.exceptions import SecurityWarning

from judge import background_jobs
from judge.db.session import Database
from judge.descriptors import raise_descriptor_limit
from judge.errors import UnavailableError
from judge.events import Publisher
from judge.labels import queue_of, served_with
from judge.logs import set_up_logs
from judge.private_home import keep_private
from judge.queue import CHORES_TASK, TASK, TIMING_TASK, enqueue, enqueue_chores, make_app
from judge.readiness import tell_ready
from judge.settings import Settings
from judge.startup import warn_of_unknown_variables
from judge.states import SERVED, TIMING_QUEUE
from judge.submissions import lifecycle as submissions
from judge.submissions.transitions import PROCESS_DIED
from judge.workers import LanguageView
from worker.queue.background_jobs import ChoreProcess, Flag, Slot
from worker.queue.celery_workarounds import LostAcks, LostChildren, shorten_farewells
from worker.queue.child_context import Workplace, delivery_name
from worker.queue.heartbeat_process import HeartbeatProcess
from worker.queue.reconciler import Reconciler
from worker.queue.tasks import JudgingProcess
from worker.queue.wiring import Parts, SandboxHost, real_parts

log = structlog.get_logger(__name__)

_WORKER_SETTINGS = {
    # How long Celery waits for a dead child's result before WorkerLostError releases its row.
    "worker_lost_wait": 0.5,
    "worker_proc_alive_timeout": 30.0,
    # Running tasks may finish while the broker is away: the verdict goes to the row.
    "worker_cancel_long_running_tasks_on_connection_loss": False,
}


def main(settings: Settings, arguments: Sequence[str] = ()) -> None:
    """Run a worker until it is told to stop; `arguments` are passed to Celery."""
    set_up_logs(settings.log_level)
    warn_of_unknown_variables()
    keep_private(settings.home)
    raise_descriptor_limit()
    # Celery warns of running as root. The sandbox is strongest as root, and we don't use pickle.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    # The objects loaded by now stay for ever. Without `freeze`, a full garbage collection in a
    # child would visit all of them, and so copy most of the memory shared with this process.
    gc.collect()
    gc.freeze()
    gc.enable()
    run_worker(settings, real_parts(), arguments)


def run_worker(settings: Settings, parts: Parts, arguments: Sequence[str] = ()) -> None:
    """Run a worker made of `parts` in this process until it is told to stop."""
    shorten_farewells()
    main_process = MainProcess(settings, parts)
    for noisy in ("celery.worker.strategy", "celery.app.trace"):
        # They log a line for each message and task; the task itself logs the outcome.
        logging.getLogger(noisy).setLevel(logging.WARNING)
    served = served_with(settings.labels)
    labelled = [queue_of(base, each) for base in SERVED for each in served]
    main_process.app.worker_main(
        [
            "--quiet",
            "worker",
            # In the order in which the worker empties them.
            f"--queues={','.join([*labelled, TIMING_QUEUE])}",
            # One process more, so that a chore doesn't delay judgings; see `background_jobs`.
            f"--concurrency={settings.workers + 1}",
            f"--hostname={main_process.worker_id}",
            f"--loglevel={settings.log_level}",
            "--pool=prefork",
            # Workers don't need each other's events: the database says which are alive. Without
            # all three options Celery sends an event for each step of each task.
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
            *arguments,
        ]
    )


class MainProcess:
    """Owns the main process's parts, and handles Celery's signals."""

    def __init__(self, settings: Settings, parts: Parts) -> None:
        # A random part, because a container's host name and process id repeat after a restart.
        self.worker_id = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(2)}"
        self.app = make_app(settings)
        self.app.conf.update(_WORKER_SETTINGS)
        self.app.steps["consumer"].update((LostAcks, LostChildren))
        self._settings = settings
        self._parts = parts
        self._running: _Running | None = None
        self._stopping = Flag()

        @self.app.task(name=TASK, bind=True, shared=False)
        def judge_submission(task: Task[Any, Any], judging_id: str) -> None:
            assert self._running is not None
            self._running.judging.judge_submission(judging_id, str(task.request.id))

        @self.app.task(name=CHORES_TASK, bind=True, shared=False)
        def do_chores(task: Task[Any, Any]) -> None:
            assert self._running is not None
            self._running.chores.do_chores(str(task.request.id))

        @self.app.task(name=TIMING_TASK, bind=True, shared=False)
        def time_submission(_task: Task[Any, Any], judging_id: str) -> None:
            assert self._running is not None
            self._running.judging.time_submission(judging_id)

        # By default Celery holds weak references, and a bound method has no other reference.
        signals.worker_init.connect(self._start, weak=False)
        signals.worker_ready.connect(self._tell_ready, weak=False)
        signals.worker_process_init.connect(self._open_child, weak=False)
        signals.task_failure.connect(self._release_lost, weak=False)
        signals.worker_shutting_down.connect(self._tell_to_stop, weak=False)
        signals.worker_shutdown.connect(self._stop, weak=False)

    def _start(self, **_: Any) -> None:
        host = self._parts.start_host(self._settings)
        heartbeats = HeartbeatProcess()
        announce = Publisher(self._settings.broker_url)
        db = Database(self._settings.database_url, announce=announce, keep_connections=False)
        # No child may use another process's connections.
        ours, place = (
            Workplace(self._settings, self._parts, host, self.worker_id, heartbeats.address)
            for _ in range(2)
        )
        rounds = Reconciler(
            db,
            self._settings,
            self.worker_id,
            survey=lambda: _survey(self._parts, host),
            trouble=ours.trouble,
            jails=host.tally.counts,
            wear=host.wear,
        )
        judging = JudgingProcess(place, Slot(), self._stopping)
        doing_chores = ChoreProcess(place, Slot(), self._stopping)
        self._running = _Running(host, heartbeats, db, rounds, ours, place, judging, doing_chores)
        rounds.start()

    def _tell_ready(self, **_: Any) -> None:
        tell_ready()

    def _open_child(self, **_: Any) -> None:
        assert self._running is not None
        self._running.place.open()

    def _tell_to_stop(self, **_: Any) -> None:
        # A running judging may finish first; a chore would take minutes.
        self._stopping.set()

    def _release_lost(
        self, task_id: str, exception: BaseException, args: Sequence[str], **_: Any
    ) -> None:
        if not isinstance(exception, WorkerLostError) or self._running is None:
            return
        # Chores' messages have no arguments.
        if not args:
            self._release_lost_chore(task_id)
            return
        try:
            lost = submissions.release_lost(
                self._running.db,
                worker=delivery_name(self.worker_id, task_id),
                reason=PROCESS_DIED,
                max_attempts=self._settings.max_attempts,
            )
        except UnavailableError as error:
            log.warning("left to the reconciler", hinted=args[0], error=str(error))
            return
        if lost is not None:
            enqueue(self._settings, lost.judging_id, lost.purpose, lost.requires)

    def _release_lost_chore(self, task_id: str) -> None:
        assert self._running is not None
        try:
            released = background_jobs.release_lost(
                self._running.db,
                worker=delivery_name(self.worker_id, task_id),
                reason="the process that ran it died",
                max_attempts=self._settings.max_attempts,
            )
        except UnavailableError as error:
            log.warning("left to the reconciler", error=str(error))
            return
        if released:
            # The row says which labels it needs; superfluous hints are dropped.
            for requires in served_with(self._settings.labels):
                enqueue_chores(self._settings, requires)

    def _stop(self, **_: Any) -> None:
        if self._running is not None:
            self._running.rounds.stop()
            self._running.ours.drop_sandbox()
            self._running.host.close()
            self._running.heartbeats.stop()


@dataclass(frozen=True, slots=True)
class _Running:
    host: SandboxHost
    heartbeats: HeartbeatProcess
    db: Database
    rounds: Reconciler
    ours: Workplace
    place: Workplace
    judging: JudgingProcess
    chores: ChoreProcess


def _survey(parts: Parts, host: SandboxHost) -> Iterator[LanguageView]:
    sandbox = host.connect()
    try:
        yield from parts.survey(sandbox)
    finally:
        sandbox.close()
