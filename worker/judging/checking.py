"""Lets a separate process read submissions' answers, and ends it if that takes too long.

While the caller waits it handles signals, and other threads run. Processes are kept for the next
question, one for each thread that asks at the same time.

What each failure does: a question that uses up its CPU time or memory ends its process, which
counts as the submission's fault (`CheckTooLongError`). If a process dies for another reason, a new
one gets the question, once; if that dies too, it is an internal error (`CheckingFailedError`).
"""

import atexit
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from judge.differences import Difference, Reason
from judge.errors import ShousiError
from judge.job import CheckerSpec
from judge.limits import MIB
from judge.result import CheckResult
from judge.verdict import Verdict
from worker.checkers.comparing import WrongAnswers
from worker.checkers.process import (
    TOO_MUCH,
    question_of_answers,
    question_of_check,
    question_of_comparison,
    receive,
    result_of,
    send,
)

# Not from the settings: an interpreter that only runs the test corpus may lack their library.
_PROJECT = Path(__file__).resolve().parents[2]
_CPU_S = 10.0
_CPU_S_PER_MIB = 2.0
"""The slowest linear check (8 MiB of one-letter tokens) takes less than half of that."""
_MOST_IDLE = 8


class CheckTooLongError(ShousiError):
    """An answer took too long to read, which counts as the submission's fault."""


class CheckingFailedError(ShousiError):
    """The checking process died twice, for a reason that isn't the answer: an internal error."""


def check(spec: CheckerSpec, output: bytes, answer: bytes) -> CheckResult:
    """Return AC, WA, or JE if the answer itself is unusable. Raises CheckingFailedError."""
    # Tensors equal to the answer may be wrong: for random numbers the answer is only an example.
    if output == answer and spec.name != "tensors":
        return CheckResult(Verdict.AC)
    try:
        return result_of(_PROCESSES.ask(*question_of_check(spec, output, answer)))
    except CheckTooLongError:
        return CheckResult(Verdict.WA, Difference(Reason.CHECK_TOO_LONG))


def same(spec: CheckerSpec, ours: bytes, theirs: bytes) -> bool:
    """Whether two outputs are the same for the comparer of `worker.checkers.comparer_for`. Raises
    CheckingFailedError."""
    compared = CheckerSpec() if spec.name == "custom" else spec
    return ours == theirs or check(compared, ours, theirs).verdict is Verdict.AC


def agreements(
    spec: CheckerSpec,
    ours: WrongAnswers,
    others: Sequence[WrongAnswers],
    answers: Mapping[str, bytes],
    ran: int,
) -> list[int]:
    """Call `worker.checkers.comparing.agreements` in a checking process. Raises CheckTooLongError,
    CheckingFailedError."""
    question = question_of_comparison("agreements", spec, [ours, *others], answers, ran)
    found: list[int] = _PROCESSES.ask(*question)["agreements"]
    return found


def roundings(
    spec: CheckerSpec,
    ours: WrongAnswers,
    others: Sequence[WrongAnswers],
    answers: Mapping[str, bytes],
) -> list[bool]:
    """Call `worker.checkers.rounding.roundings`; all False unless the outputs are tensors. Raises
    the errors of `agreements`."""
    if spec.name != "tensors":
        return [False] * len(others)
    question = question_of_comparison("roundings", spec, [ours, *others], answers)
    found: list[bool] = _PROCESSES.ask(*question)["roundings"]
    return found


def wrong_facts(
    spec: CheckerSpec, wrong: Sequence[WrongAnswers], answers: Mapping[str, bytes]
) -> list[frozenset[str] | None]:
    """Call `worker.checkers.comparing.wrong_facts` for each. Raises the errors of `agreements`."""
    found = _PROCESSES.ask(*question_of_comparison("facts", spec, wrong, answers))["facts"]
    return [None if names is None else frozenset(names) for names in found]


def read_answers(source: str, questions: Sequence[bytes]) -> tuple[dict[str, str], list[str]]:
    """Return the answers in a quiz's answers file by question id, and the file's errors, one line
    each. Raises CheckTooLongError, CheckingFailedError."""
    found = _PROCESSES.ask(*question_of_answers(source, questions))
    return found["answers"], found["errors"]


def make_ready() -> None:
    """Start a process for the first question, without waiting for it."""
    _PROCESSES.make_ready()


class _Process:
    """One checking process, used by one thread at a time."""

    def __init__(self) -> None:
        self._connection, far_end = socket.socketpair()
        with far_end:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "worker.checkers.process", str(far_end.fileno())],
                cwd=_PROJECT,
                pass_fds=(far_end.fileno(),),
                stdin=subprocess.DEVNULL,
                # A session of its own, so that Ctrl-C at a terminal reaches only the worker.
                start_new_session=True,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
            )

    def ask(self, header: dict[str, Any], blobs: Sequence[bytes]) -> dict[str, Any] | None:
        """Return the process's answer; None if it has died. Raises CheckTooLongError."""
        try:
            send(self._connection, header, blobs)
            answer = receive(self._connection)
        except ConnectionError:
            answer = None
        if answer is None:
            # SIGXCPU: it has used up its CPU time.
            if self._process.wait() == -signal.SIGXCPU:
                raise CheckTooLongError("An answer takes too long to read")
            return None
        if TOO_MUCH in answer[0]:
            raise CheckTooLongError("An answer takes too much memory to read")
        return answer[0]

    def leave(self) -> None:
        """Drop it without a kill, in a fork of the process that started it."""
        self._connection.close()
        self._process.returncode = 0  # so that subprocess doesn't wait for it here

    def close(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.wait()
        self._connection.close()


class _Processes:
    """The idle checking processes of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[_Process] = []
        os.register_at_fork(after_in_child=self._forget)
        atexit.register(self.close)

    def ask(self, header: dict[str, Any], blobs: Sequence[bytes]) -> dict[str, Any]:
        """Return the answer to a question. Raises CheckTooLongError, CheckingFailedError."""
        cpu_s = _CPU_S + _CPU_S_PER_MIB * sum(map(len, blobs)) / MIB
        # If the process dies for another reason, ask a new one instead of another idle one: the
        # same reason may have ended all idle ones.
        for is_first in (True, False):
            with self._lock:
                idle = self._idle.pop() if self._idle and is_first else None
            process = idle or _Process()
            answer = None
            try:
                answer = process.ask({**header, "cpu_s": cpu_s}, blobs)
            finally:  # also if a signal stops this thread while it waits
                if answer is None:
                    process.close()
            if answer is not None:
                self._give_back(process)
                return answer
        raise CheckingFailedError("the checking process died")

    def close(self) -> None:
        """End the idle processes."""
        with self._lock:
            idle, self._idle = self._idle, []
        for process in idle:
            process.close()

    def make_ready(self) -> None:
        """See the function `make_ready`."""
        self._give_back(_Process())

    def _give_back(self, process: _Process) -> None:
        with self._lock:
            if len(self._idle) < _MOST_IDLE:
                self._idle.append(process)
                return
        process.close()

    def _forget(self) -> None:
        """In a fork, drop the processes, which belong to the parent."""
        # The parent's lock may be held by a thread that doesn't exist in the fork.
        self._lock = threading.Lock()
        for process in self._idle:
            process.leave()
        self._idle = []


_PROCESSES = _Processes()
