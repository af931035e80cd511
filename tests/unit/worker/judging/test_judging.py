"""The two functions that every verdict depends on; whole judgings are in `tests/packages`."""

import pytest

from judge.limits import Usage
from judge.result import CheckResult, Ending, Reply, ReplyKind, RunResult
from judge.verdict import Verdict
from worker.judging.judging import output_of, verdict_of
from worker.sandbox.base import Program, Runtime

SCRIPT = Program(Runtime.PYTHON, {}, ("submission.py",))
DRIVER = Program(Runtime.PYTHON, {}, ("main.py",), driver=True)


def run(
    ending: Ending = Ending.EXITED, reply: Reply | None = None, exit_code: int = 0
) -> RunResult:
    return RunResult(ending, Usage(), exit_code, stdout=b"printed", reply=reply)


@pytest.mark.parametrize(
    ("ending", "verdict"),
    [
        (Ending.CPU_LIMIT, "TLE"),
        (Ending.WALL_LIMIT, "TLE"),
        (Ending.MEMORY_LIMIT, "MLE"),
        (Ending.OUTPUT_LIMIT, "OLE"),
        (Ending.FORBIDDEN, "SV"),
        (Ending.SIGNALED, "RTE"),
    ],
)
def test_no_check_outweighs_how_a_run_ended(ending: Ending, verdict: str) -> None:
    assert verdict_of(run(ending), CheckResult(Verdict.AC)) == verdict


def test_a_run_that_ended_is_what_its_check_says() -> None:
    assert {verdict_of(run(), CheckResult(verdict)) for verdict in Verdict} == set(Verdict)
    assert verdict_of(run(), None) == "RTE"


@pytest.mark.parametrize(
    ("program", "result", "output"),
    [
        (SCRIPT, run(), b"printed"),
        (SCRIPT, run(exit_code=1), None),
        (SCRIPT, run(Ending.SIGNALED), None),
        (SCRIPT, run(reply=Reply(ReplyKind.EXCEPTION)), None),
        (SCRIPT, run(reply=Reply(ReplyKind.MALFORMED)), None),
        (DRIVER, run(), None),  # os._exit(0): no reply
        (DRIVER, run(reply=Reply(ReplyKind.ANSWER, b"answer")), b"answer"),
        (DRIVER, run(reply=Reply(ReplyKind.ANSWER)), b"printed"),  # a driver that only prints
        (DRIVER, run(Ending.CPU_LIMIT, Reply(ReplyKind.ANSWER, b"answer")), None),
        (DRIVER, run(reply=Reply(ReplyKind.ANSWER, b"answer"), exit_code=1), None),
        (DRIVER, run(reply=Reply(ReplyKind.EXCEPTION)), None),
        (DRIVER, run(reply=Reply(ReplyKind.MALFORMED)), None),
    ],
)
def test_what_there_is_to_check(program: Program, result: RunResult, output: bytes | None) -> None:
    assert output_of(program, result) == output
