"""Broker, database and real workers, started for a test and stopped after it."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cli.launcher.broker import EmbeddedValkey
from judge.db.migrate import upgrade
from judge.db.session import Database
from judge.queue import enqueue
from judge.settings import Settings
from judge.states import Purpose
from judge.submissions.lifecycle import Submittal, Submitted, read_submission
from judge.submissions.views import SubmissionView
from tests.support import tiny_worker
from tests.support.content import add_problem, add_user, store
from tests.support.forked import Forked

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0


class Stack:
    """A broker, a migrated database with a problem and a user, and workers on demand."""

    def __init__(self, home: Path, database_url: str, **settings: Any) -> None:
        # A lease long enough not to expire on a busy machine: many tests count the attempts.
        quick: dict[str, Any] = {"lease_s": 6.0, "stale_s": 1.0, "reconcile_s": 0.2, "workers": 2}
        values = quick | {"retime_after_s": 0} | settings
        self.settings = Settings(home=home, database_url=database_url, **values)
        self.broker = EmbeddedValkey(home)
        self.db = Database(database_url)
        self.workers: list[Forked] = []
        self.retired: list[Forked] = []
        self._started = 0

    def start(self) -> None:
        """Start everything except workers."""
        self.broker.start_and_wait()
        upgrade(self.db)
        add_problem(self.db)
        self.user_id = add_user(self.db)

    def stop(self) -> None:
        """Stop everything; workers that don't end in time get SIGKILL."""
        workers = [*self.workers, *self.retired]
        for worker in workers:
            if worker.poll() is None:
                worker.send_signal(signal.SIGCONT)
                worker.send_signal(signal.SIGTERM)
        for worker in workers:
            try:
                worker.wait(20)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
        self.broker.stop()
        self.db.close()

    def start_worker(self, labels: str = "") -> Forked:
        """Start a worker, which logs to `worker-N.log` in the home; return its main process."""
        environment = {"PATH": os.environ["PATH"]} | {
            f"SHOUSI_{name.upper()}": str(value)
            for name, value in self.settings.model_dump(exclude_none=True).items()
        }
        environment["SHOUSI_WORKER_LABELS"] = labels
        name = f"worker-{self._started}.log"
        self._started += 1
        worker = Forked(tiny_worker.main, environment, self.settings.home / name)
        self.workers.append(worker)
        return worker

    def store(
        self,
        source: str = "",
        key: str | None = None,
        user_id: str | None = None,
        slug: str = "sum",
    ) -> Submitted:
        """Store a submission in the database without sending its message."""
        return store(
            self.db,
            Submittal(
                user_id=user_id or self.user_id,
                slug=slug,
                language="python3",
                source=source,
                purpose=Purpose.SUBMISSION,
                idempotency_key=key,
            ),
        )

    def submit(self, source: str = "", user_id: str | None = None, slug: str = "sum") -> Submitted:
        """Store a submission in the database and send its message."""
        sent = self.store(source, user_id=user_id, slug=slug)
        enqueue(self.settings, sent.judging_id, Purpose.SUBMISSION, sent.requires)
        return sent

    def view(self, submission_id: str) -> SubmissionView:
        """Return the submission in its current state."""
        view = read_submission(self.db, submission_id)
        assert view is not None
        return view

    def done(self, submission_id: str) -> SubmissionView:
        """Wait until the submission is done and return it. Raises AssertionError, with the workers'
        logs, if that takes too long."""
        try:
            wait_until(lambda: self.view(submission_id).state == "done", "a verdict")
        except AssertionError as error:
            for file in sorted(self.settings.home.glob("worker-*.log")):
                error.add_note("\n".join([file.name, *file.read_text().splitlines()[-20:]]))
            raise
        return self.view(submission_id)

    def starts(self, judging_id: str) -> list[int]:
        """Return the pids of the processes that began to judge it, in order."""
        file = self.settings.home / "starts"
        lines = file.read_text().splitlines() if file.exists() else []
        return [int(line.split()[1]) for line in lines if line.startswith(judging_id)]


def wait_until(condition: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait until `condition()` is true; the deadline is generous, for slow machines.

    The pauses grow with the time waited: each call costs a request or a query, and takes CPU time
    from the processes that the test waits for.
    """
    began = time.monotonic()
    while not condition():
        waited_s = time.monotonic() - began
        assert waited_s < patience_s, f"waited {patience_s} s for {what}"
        time.sleep(min(max(0.02, waited_s / 20), 0.25))


@contextmanager
def running_stack(home: Path, database_url: str, **settings: Any) -> Iterator[Stack]:
    """Start a stack, and stop it at the block's end."""
    stack = Stack(home, database_url, **settings)
    stack.start()
    try:
        yield stack
    finally:
        stack.stop()
