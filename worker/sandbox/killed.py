"""Runs again what somebody killed.

A crash raises SIGSEGV, SIGABRT and their like, and a limit that is passed has an ending of its
own. SIGKILL, SIGTERM and the others of `_SENT` are *sent*: by the program to itself, or from
outside, by an administrator or by a kernel that is short of memory. Nobody can say which, so the
run is made once more in a fresh jail, and the second one counts. A program that kills itself does
so again; it costs the judge two runs, and its author the wall time of both.
"""

import signal
from collections.abc import Callable
from dataclasses import replace

from judge.result import Ending, RunResult
from runner.protocol import SIGNAL_BASE
from worker.sandbox.base import CompileResult, Interaction

_SENT = {signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGKILL, signal.SIGTERM}
# What gcc and g++, go, and rustc say when a process of theirs was killed.
_IN_WORDS = (
    b"Killed signal terminated program",
    b"Terminated signal terminated program",
    b"signal: killed",
    b"signal: terminated",
    b"(SIGKILL)",
    b"(SIGTERM)",
)


def run(once: Callable[[], RunResult]) -> RunResult:
    """`once()`, and once more if it was killed."""
    first = once()
    return _after(first, once()) if _was_killed(first) else first


def interact(once: Callable[[], Interaction]) -> Interaction:
    """The same for a conversation: who is killed ends first, and its partner for want of it."""
    first = once()
    if not _was_killed(first.partner if first.partner_first else first.run):
        return first
    second = once()
    return replace(
        second,
        run=_after(first.run, second.run),
        partner=_after(first.partner, second.partner),
    )


def compile(once: Callable[[], CompileResult]) -> CompileResult:
    """The same for a compiler, one of whose own processes may have been killed instead of it."""
    first = once()
    said = first.run.stderr + first.run.stdout
    # Of a compiler that was killed itself, our process beside it tells by its exit code.
    killed = first.run.exit_code - SIGNAL_BASE in _SENT or _was_killed(first.run)
    if not killed and not (first.run.exit_code and any(words in said for words in _IN_WORDS)):
        return first
    second = once()
    return replace(second, run=_after(first.run, second.run))


def _was_killed(run: RunResult) -> bool:
    return run.ending is Ending.SIGNALED and run.signal in _SENT


def _after(first: RunResult, second: RunResult) -> RunResult:
    wall_s = first.usage.wall_s + second.usage.wall_s
    return replace(second, usage=replace(second.usage, wall_s=wall_s))
