"""A real Celery worker with a fake judge function: `python -m tests.support.tiny_worker`.

The words of the submission's source say what the judge does: `sleep:S`, `die` (the process kills
itself), `broken` (SandboxError), `bug` (another exception), `wa`; without a word the verdict is AC.
The judge appends a line to the file `starts` in the home at each start of a judging. While a file
`trouble` is beside it, the sandbox reports that it can't be used, for the reason in the file.
"""

import os
import signal
import time
from collections.abc import Callable, Generator, Mapping
from pathlib import Path

from judge.job import JudgeJob
from judge.limits import Limits, Usage
from judge.logs import set_up_logs
from judge.result import JudgingResult, RunResult, TestResult
from judge.settings import Settings, get_settings
from judge.verdict import Verdict
from judge.workers import LanguageView
from worker.judging.ahead import SpareCores
from worker.judging.judging import Compiling, Judged, JudgeEvent, TestDone
from worker.judging.test_data import TestData
from worker.queue.celery_app import run_worker
from worker.queue.wiring import Parts
from worker.sandbox.base import (
    CompileRequest,
    CompileResult,
    HearIf,
    Interaction,
    Party,
    Program,
    Sandbox,
    SandboxError,
)
from worker.sandbox.stop import Stop
from worker.sandbox.tally import Tally


class NoSandbox:
    """A sandbox that runs nothing; its methods ignore their arguments."""

    def run(
        self,
        program: Program,  # noqa: ARG002
        stdin: bytes,  # noqa: ARG002
        limits: Limits,  # noqa: ARG002
        stop: Stop | None = None,  # noqa: ARG002
    ) -> RunResult:
        raise SandboxError("runs nothing")

    def interact(
        self,
        party: Party,  # noqa: ARG002
        partner: Party,  # noqa: ARG002
        goes_on: Callable[[RunResult], bool],  # noqa: ARG002
        stop: Stop | None = None,  # noqa: ARG002
        *,
        hear_if: HearIf | None = None,  # noqa: ARG002
    ) -> Interaction:
        raise SandboxError("runs nothing")

    def compile(self, request: CompileRequest, limits: Limits) -> CompileResult:  # noqa: ARG002
        raise SandboxError("compiles nothing")

    def trouble(self) -> str:
        file = Path(get_settings().home) / "trouble"
        return file.read_text() if file.exists() else ""

    def close(self) -> None:
        return


class NoHost:
    """A host of fork servers that starts none."""

    def __init__(self) -> None:
        self.tally = Tally()

    def connect(self) -> Sandbox:
        return NoSandbox()

    def wear(self) -> Mapping[str, Mapping[str, float]]:
        return {}

    def close(self) -> None:
        return


def judge(
    job: JudgeJob, sandbox: Sandbox, data: TestData, cores: SpareCores
) -> Generator[JudgeEvent, None, None]:
    """Do what the words of the source say; see the module's docstring."""
    starts = Path(get_settings().home) / "starts"
    with starts.open("a") as file:
        file.write(f"{job.judging_id} {os.getpid()} {os.getppid()}\n")
    yield Compiling()
    verdict = Verdict.AC
    for word in job.source.text.split():
        what, _, value = word.partition(":")
        if what == "sleep":
            time.sleep(float(value))
        elif what == "die":
            os.kill(os.getpid(), signal.SIGKILL)
        elif what == "broken":
            raise SandboxError("no jail")
        elif what == "bug":
            raise ValueError("a bug")
        elif what == "wa":
            verdict = Verdict.WA
    for index, test in enumerate(job.tests, start=1):
        data.fetch(test.input)
        result = TestResult(test.name, test.sample, verdict, Usage(0.1, 0.1, 1))
        yield TestDone(index, len(job.tests), result)
    yield Judged(JudgingResult(verdict, Usage(0.1, 0.1, 1), float(verdict is Verdict.AC)))


def survey(sandbox: Sandbox) -> list[LanguageView]:
    """Return the worker's languages: only Python."""
    return [LanguageView("python3", "Python", "3", available=True)]


def start_host(settings: Settings) -> NoHost:
    """Return a host that starts nothing."""
    return NoHost()


def main() -> None:
    """Run the worker until a signal stops it."""
    set_up_logs(get_settings().log_level, json=True)
    run_worker(get_settings(), Parts(start_host=start_host, judge=judge, survey=survey))


if __name__ == "__main__":
    main()
