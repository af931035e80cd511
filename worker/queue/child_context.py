"""What a Celery child works with, whatever its task is: made before the fork, opened after it."""

import os
import signal
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn

import structlog

from judge import blobs
from judge.db.session import Database
from judge.events import Publisher
from judge.queue import forget_connections
from judge.settings import Settings
from judge.submissions.jobs import Bases
from worker.judging import checking
from worker.judging.test_data import BlobCache
from worker.queue.cores import Cores
from worker.queue.wiring import Parts, SandboxHost
from worker.sandbox.base import Sandbox, SandboxError

log = structlog.get_logger(__name__)


class Workplace:
    """A child's belongings: connections of its own, the sandbox while one is connected."""

    db: Database
    bases: Bases
    data: BlobCache

    def __init__(
        self,
        settings: Settings,
        parts: Parts,
        host: SandboxHost,
        worker_id: str,
        beats: Path,
    ) -> None:
        """`beats` is where the process that renews leases listens."""
        self.settings = settings
        # No more tests at once than judgings: for so many there is memory.
        cores = min(settings.workers, len(os.sched_getaffinity(0)))
        self.cores = Cores(cores, settings.parallel_tests)
        self.beats = beats
        self.parts = parts
        self._host = host
        self._worker_id = worker_id
        self._sandbox: Sandbox | None = None
        self._in_trouble = False

    def open(self) -> None:
        """In the child: connections of its own, and a way to be stopped."""
        forget_connections()
        self.cores.open()
        announce = Publisher(self.settings.broker_url)
        self.db = Database(self.settings.database_url, announce=announce)
        self.bases = Bases()
        self.data = BlobCache(
            partial(blobs.fetch, self.db), Path(self.settings.home) / "cache" / "blobs"
        )
        # The first check need not wait until a process has loaded numpy.
        checking.make_ready()
        # SystemExit, so that the row goes back to the queue before the process ends.
        signal.signal(signal.SIGTERM, _leave)

    def name_for(self, delivery: str) -> str:
        """The name under which a claim is made for the message `delivery`."""
        return delivery_name(self._worker_id, delivery)

    def sandbox(self) -> Sandbox:
        """The connection to this machine's sandbox; raises SandboxError."""
        if self._sandbox is None:
            self._sandbox = self._host.connect()
        return self._sandbox

    def can_run(self) -> bool:
        """Whether jails can be had. If not, nothing is to be taken from the queue: it would spend
        its attempts for nothing. The reason is logged once."""
        trouble = self.trouble()
        if trouble and not self._in_trouble:
            log.warning("nothing is taken: no sandbox", error=trouble)
        if self._in_trouble and not trouble:
            log.info("the sandbox is back")
        self._in_trouble = bool(trouble)
        return not trouble

    def trouble(self) -> str:
        """Why no jail can be had; empty where one can."""
        try:
            return self.sandbox().trouble()
        except SandboxError as error:
            return str(error)

    def drop_sandbox(self) -> None:
        """Kill what runs in it; the next one is connected anew."""
        sandbox, self._sandbox = self._sandbox, None
        if sandbox is not None:
            sandbox.close()


def delivery_name(worker_id: str, delivery: str) -> str:
    """The name under which a worker claims for one message."""
    return f"{worker_id}/{delivery}"


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
