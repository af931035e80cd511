"""The separate checking process: a check that takes too long is ended, and delays nothing else."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from judge.differences import Reason
from judge.job import CheckerSpec
from judge.verdict import Verdict
from worker.checkers import checker_for
from worker.checkers.comparing import WrongAnswers
from worker.judging import checking
from worker.judging.checking import CheckTooLongError

ROOT = Path(__file__).parents[4]
TOLERANT = CheckerSpec("tokens", ("float_tolerance", "1e-6"))
TENSORS = CheckerSpec("tensors")
# It takes linear time, but still many seconds.
LONG = b"1 " * (4 << 20)


@pytest.mark.parametrize(
    ("spec", "output", "answer"),
    [
        (CheckerSpec(), b"1 2", b"1 2\n"),
        (CheckerSpec(), b"1 3", b"1 2\n"),
        (CheckerSpec("exact"), b"1 3\n", b"1 2\n"),
        (TOLERANT, b"1.5", b"1"),
        (TENSORS, b"tensor a float32 2\n1 2\n", b"tensor a float32 2\n1 3\n"),
        (TENSORS, b"value a true\n", b"no answer"),
        (TENSORS, b"no answer", b"no answer"),
    ],
)
def test_says_what_the_checker_says(spec: CheckerSpec, output: bytes, answer: bytes) -> None:
    assert checking.check(spec, output, answer) == checker_for(spec).check(b"", output, answer)


def test_too_long_is_the_submissions_doing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "_CPU_S", 0.0)
    monkeypatch.setattr(checking, "_CPU_S_PER_MIB", 0.0)
    check = checking.check(TOLERANT, LONG, LONG + b"\n")
    assert check.verdict is Verdict.WA
    assert check.difference is not None
    assert check.difference.reason is Reason.CHECK_TOO_LONG
    wrong = WrongAnswers({"1": LONG}, 1)
    with pytest.raises(CheckTooLongError):
        checking.agreements(
            TOLERANT, wrong, [WrongAnswers({"1": LONG + b"\n"}, 1)], {"1": b"1"}, ran=2
        )
    monkeypatch.undo()
    assert checking.check(TOLERANT, b"1", b"1.0").verdict is Verdict.AC


def test_a_process_that_was_killed_is_asked_again() -> None:
    """If all idle processes were killed, a new one is asked."""
    for _ in range(2):
        checking._PROCESSES._give_back(checking._Process())
    for process in checking._PROCESSES._idle:
        os.kill(process._process.pid, signal.SIGKILL)
        process._process.wait()
    assert checking.check(CheckerSpec(), b"2", b"1").verdict is Verdict.WA


def test_a_fork_has_processes_of_its_own() -> None:
    assert checking.check(CheckerSpec(), b"1", b"1\n").verdict is Verdict.AC
    code = """
import os
from judge.job import CheckerSpec
from worker.judging import checking
checking.check(CheckerSpec(), b"1", b"2")
pid = os.fork()
check = checking.check(CheckerSpec(), b"1", b"1\\n")
if pid:
    print(check.verdict, os.waitpid(pid, 0)[1])
else:
    os._exit(check.verdict != "AC")
"""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], cwd=ROOT, capture_output=True, check=True
    )
    assert (done.stdout, done.stderr) == (b"AC 0\n", b"")


def test_sigterm_is_heard_and_nothing_is_left() -> None:
    code = """
import signal, sys
from judge.job import CheckerSpec
from worker.judging import checking
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
checking.make_ready()
print(checking._PROCESSES._idle[0]._process.pid, flush=True)
long = b"1 " * (30 << 20)
print("asking", flush=True)
checking.check(CheckerSpec("tokens", ("float_tolerance", "1e-6")), long, long + b"\\n")
"""
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE) as asking:
        assert asking.stdout is not None
        pid = int(asking.stdout.readline())
        assert asking.stdout.readline() == b"asking\n"
        asking.terminate()
        assert asking.wait() == 7
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
