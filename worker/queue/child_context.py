"""The resources of a Celery child, for every task: made before the fork, opened after it."""

import os
import signal
from functools import partial
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

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

if TYPE_CHECKING:
    from worker.queue.traces import SubmissionTraces

log = structlog.get_logger(__name__)


class Workplace:
    """A child's resources: its own connections, and the sandbox while one is connected."""

    db: Database
    bases: Bases
    data: BlobCache
    traces: "SubmissionTraces | None" = None

    def __init__(
        self,
        settings: Settings,
        parts: Parts,
        host: SandboxHost,
        worker_id: str,
        beats: Path,
    ) -> None:
        """`beats` is the socket of the process that renews leases."""
        self.settings = settings
        # Run no more tests at once than there may be judgings: memory is sized for that many.
        cores = min(settings.workers, len(os.sched_getaffinity(0)))
        self.cores = Cores(cores, settings.parallel_tests)
        self.beats = beats
        self.parts = parts
        self._host = host
        self._worker_id = worker_id
        self._sandbox: Sandbox | None = None
        self._in_trouble = False

    def open(self) -> None:
        """Open the child's own connections and set its signal handler; call it in the child."""
        forget_connections()
        self.cores.open()
        announce = Publisher(self.settings.broker_url)
        self.db = Database(self.settings.database_url, announce=announce)
        self.bases = Bases()
        self.data = BlobCache(
            partial(blobs.fetch, self.db), Path(self.settings.home) / "cache" / "blobs"
        )
        if self.settings.otlp_endpoint:
            # Imported only here: most services send no traces.
            from worker.queue.traces import SubmissionTraces

            self.traces = SubmissionTraces(self.settings.otlp_endpoint, self._worker_id)
        # Start a checking process now, so that the first check doesn't wait for numpy to load.
        checking.make_ready()
        # It raises SystemExit, so that the row goes back to the queue before the process ends.
        signal.signal(signal.SIGTERM, _leave)

    def name_for(self, delivery: str) -> str:
        """Return the name under which this worker claims for the message `delivery`."""
        return delivery_name(self._worker_id, delivery)

    def sandbox(self) -> Sandbox:
        """Return the connection to this machine's sandbox; raises SandboxError."""
        if self._sandbox is None:
            self._sandbox = self._host.connect()
        return self._sandbox

    def can_run(self) -> bool:
        """Whether jails can be made. If not, the child must claim nothing, since each claim would
        waste one of a judging's attempts. The reason is logged once."""
        trouble = self.trouble()
        if trouble and not self._in_trouble:
            log.warning("nothing is taken: no sandbox", error=trouble)
        if self._in_trouble and not trouble:
            log.info("the sandbox is back")
        self._in_trouble = bool(trouble)
        return not trouble

    def trouble(self) -> str:
        """Return why no jail can be made; empty if one can."""
        try:
            return self.sandbox().trouble()
        except SandboxError as error:
            return str(error)

    def drop_sandbox(self) -> None:
        """Close the sandbox and kill its runs; the next use connects again."""
        sandbox, self._sandbox = self._sandbox, None
        if sandbox is not None:
            sandbox.close()


def delivery_name(worker_id: str, delivery: str) -> str:
    """Return the name under which a worker claims for one message."""
    return f"{worker_id}/{delivery}"


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
