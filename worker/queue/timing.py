"""Measures an accepted submission's CPU time again, while no judging waits."""

import structlog

from judge.boards.timing import add_timing, somebody_waits
from judge.db.session import Database
from judge.submissions.jobs import NamedJudging, load_job
from judge.verdict import Verdict
from worker.judging.ahead import NoSpareCores
from worker.judging.judging import Judged
from worker.judging.test_data import TestData
from worker.queue.wiring import Parts
from worker.sandbox.base import Sandbox

log = structlog.get_logger(__name__)


def time_again(
    db: Database, parts: Parts, sandbox: Sandbox, data: TestData, judging_id: str
) -> None:
    """Judge a submission again, only for its CPU time; stop as soon as a judging waits.

    Raises UnavailableError, SandboxError.
    """
    job = load_job(db, NamedJudging(judging_id))
    # One test after the other: parallel tests share a processor's caches and take longer.
    for event in parts.judge(job, sandbox, data, NoSpareCores()):
        # Check between any two tests, so that a new judging waits for at most one.
        if somebody_waits(db):
            return
        if isinstance(event, Judged):
            result = event.result
            accepted = result.verdict is Verdict.AC
            add_timing(db, judging_id, result.usage.cpu_s if accepted else None)
            log.info("timed again", judging_id=judging_id, cpu_s=result.usage.cpu_s)
