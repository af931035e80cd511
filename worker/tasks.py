"""The one task: take a judging, judge it, write down what came of it.

It runs in a Celery child, one judging at a time, and never lets an exception out: what becomes
of the row is decided here, and the message has done its duty once it was read.

- The message is a hint: what is claimed is the judging whose turn it is (`judge.turns`).
- Nothing to claim (another delivery was faster, or it is done): the message is dropped.
- The claim is lost while judging: the sandbox is killed and the result discarded.
- A fault of ours: the row goes back to the queue; the reconciler sends its message again after
  a while, which gives the fault time to pass. At the last attempt the verdict is JE.
- SIGTERM: the row goes back at once, its attempt refunded, and so does a message.
- The child dies: the main process sees it and releases the row (`worker.celery_app`).
- All of it dies: the lease runs out, and a reconciler takes the row back.
"""

import signal
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn

import structlog

from judge import blobs, submissions
from judge.db.session import Database
from judge.errors import UnavailableError
from judge.events import Publisher
from judge.queue import enqueue, forget_connections
from judge.settings import Settings
from judge.submissions import Claim
from worker.holding import Hold
from worker.judging import Compiling, Judged, JudgeEvent, TestDone
from worker.parts import Parts, SandboxHost
from worker.sandbox.base import Sandbox
from worker.test_data import BlobCache

log = structlog.get_logger(__name__)

# A judging that takes so much longer than its tests may is hanging, and ours to mend.
_SPARE_S = 300.0
_SPARE_FACTOR = 10.0


class JudgingProcess:
    """A Celery child's belongings; made before the fork, opened after it."""

    def __init__(self, settings: Settings, parts: Parts, host: SandboxHost, worker_id: str) -> None:
        self._settings = settings
        self._parts = parts
        self._host = host
        self._worker_id = worker_id
        self._sandbox: Sandbox | None = None

    def open(self) -> None:
        """In the child: connections of its own, and a way to be stopped."""
        forget_connections()
        announce = Publisher(self._settings.broker_url)
        self._db = Database(self._settings.database_url, announce=announce)
        self._data = BlobCache(
            partial(blobs.fetch, self._db), Path(self._settings.home) / "cache" / "blobs"
        )
        signal.signal(signal.SIGTERM, _leave)

    def judge_submission(self, judging_id: str, delivery: str) -> None:
        """Judge the one whose turn it is, where `judging_id` waited. `delivery` is the message's
        id."""
        claim = self._claim(judging_id, delivery)
        if claim is None:
            return
        bound = structlog.contextvars.bound_contextvars(judging_id=claim.judging_id)
        with bound, Hold(self._db, claim, self._settings.lease_s, self._drop_sandbox) as hold:
            failed = self._judge_or_release(hold)
        if failed and claim.judging_id != judging_id:
            # The message's own judging was not begun; the failed one has a message of its own.
            enqueue(self._settings, judging_id, claim.purpose)

    def _claim(self, judging_id: str, delivery: str) -> Claim | None:
        try:
            return submissions.claim(
                self._db,
                judging_id,
                worker=delivery_name(self._worker_id, delivery),
                lease_s=self._settings.lease_s,
                max_attempts=self._settings.max_attempts,
                in_turn=True,
            )
        except UnavailableError as error:
            # The row is queued as before, and the reconciler looks after it.
            log.warning("not claimed", error=str(error))
            return None

    def _judge_or_release(self, hold: Hold) -> bool:
        """Whether it failed by a fault of ours and was released."""
        try:
            self._judge(hold)
        except SystemExit:
            self._put_back(hold.claim)
            raise
        except Exception as error:  # whatever it was, the row must not be left behind
            if hold.lost.is_set():
                return False  # the sandbox was killed under the judging
            log.exception("judging failed")
            self._drop_sandbox()
            reason = f"{type(error).__name__}: {error}"
            return hold.insist(lambda: submissions.release(self._db, hold.claim, reason))
        return False

    def _judge(self, hold: Hold) -> None:
        job = submissions.load_job(self._db, hold.claim)
        hold.end_within(_SPARE_S + _SPARE_FACTOR * len(job.tests) * job.limits.wall_s)
        for happening in self._parts.judge(job, self._connected(), self._data):
            if not hold.insist(partial(self._keep, hold.claim, happening)):
                log.info("result discarded")
                return
            if isinstance(happening, Judged):
                log.info("judged", verdict=happening.result.verdict)
                return
        raise RuntimeError("The judging ended without a verdict")

    def _keep(self, claim: Claim, happening: JudgeEvent) -> bool:
        match happening:
            case Compiling():
                return submissions.note(self._db, claim, "compiling", {})
            case TestDone(index, total, result):
                return submissions.record(self._db, claim, index, total, result)
            case Judged(result):
                return submissions.finish(self._db, claim, result)

    def _put_back(self, claim: Claim) -> None:
        try:
            released = submissions.release(self._db, claim, "the worker shuts down", refund=True)
        except UnavailableError as error:
            log.warning("left to the reconciler", error=str(error))
            return
        if released:
            enqueue(self._settings, claim.judging_id, claim.purpose)

    def _connected(self) -> Sandbox:
        if self._sandbox is None:
            self._sandbox = self._host.connect()
        return self._sandbox

    def _drop_sandbox(self) -> None:
        sandbox, self._sandbox = self._sandbox, None
        if sandbox is not None:
            sandbox.close()


def delivery_name(worker_id: str, delivery: str) -> str:
    """The name under which a worker claims for one message."""
    return f"{worker_id}/{delivery}"


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)
