"""Repeats a run that a signal from outside may have killed.

A crash raises SIGSEGV, SIGABRT or a similar signal, and an exceeded limit has an ending of its own.
SIGKILL, SIGTERM and the other signals in `_SENT` are *sent*: by the program to itself, or from
outside, by an administrator or by a kernel that lacks memory. The judge can't tell which, so the
run is repeated in a fresh jail, and the second one counts. A program that kills itself does so
again; this costs the judge two runs, and the submission gets the wall time of both.

Control groups tell if a process was killed because the machine, or the container, lacks memory.
Then nothing that the run did counts. If it happens twice, that is the judge's fault (SandboxError),
and the judging is repeated later.
"""

import signal
from collections.abc import Callable
from dataclasses import replace

from judge.result import Ending, RunResult
from runner.protocol import SIGNAL_BASE
from worker.sandbox.base import CompileResult, Interaction, SandboxError

_SENT = {signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGKILL, signal.SIGTERM}
# Parts of the messages of gcc, g++, go and rustc when one of their processes was killed.
_IN_WORDS = (
    b"Killed signal terminated program",
    b"Terminated signal terminated program",
    b"signal: killed",
    b"signal: terminated",
    b"(SIGKILL)",
    b"(SIGTERM)",
)


def run(once: Callable[[], RunResult]) -> RunResult:
    """Return the result of `once()`, or of a second call if the first run was killed."""
    first = once()
    return _after(first, once()) if _was_killed(first) else first


def interact(once: Callable[[], Interaction]) -> Interaction:
    """Do the same for an interactive run; a side that is killed ends before the other."""
    first = once()
    lacked_memory = first.run.machine_lacked_memory or first.partner.machine_lacked_memory
    if not lacked_memory and not _was_killed(first.partner if first.partner_first else first.run):
        return first
    second = once()
    return replace(
        second,
        run=_after(first.run, second.run),
        partner=_after(first.partner, second.partner),
    )


def compile(once: Callable[[], CompileResult]) -> CompileResult:
    """Do the same for a compiler; only one of its child processes may have been killed."""
    first = once()
    said = first.run.stderr + first.run.stdout
    # If the compiler itself was killed, its jail's process turns the signal into an exit code.
    killed = first.run.exit_code - SIGNAL_BASE in _SENT or _was_killed(first.run)
    if not killed and not (first.run.exit_code and any(words in said for words in _IN_WORDS)):
        return first
    second = once()
    return replace(second, run=_after(first.run, second.run))


def _was_killed(run: RunResult) -> bool:
    sent = run.ending is Ending.SIGNALED and run.signal in _SENT
    return sent or run.machine_lacked_memory


def _after(first: RunResult, second: RunResult) -> RunResult:
    """Return the result of a second run, which counts. Raises SandboxError if the machine lacks
    memory for it."""
    if second.machine_lacked_memory:
        raise SandboxError("the machine lacks memory: the kernel killed a run within its limits")
    wall_s = first.usage.wall_s + second.usage.wall_s
    return replace(second, usage=replace(second.usage, wall_s=wall_s))
