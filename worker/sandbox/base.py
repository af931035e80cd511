"""What `worker.judging.judging` asks of a sandbox, whichever backend stands behind it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from judge.limits import Limits
from judge.result import RunResult
from worker.sandbox.stay import Stay
from worker.sandbox.stop import Stop


class Runtime(StrEnum):
    """Which fork server a run is forked from."""

    PYTHON = "python"
    """CPython, light."""
    TORCH = "torch"
    """CPython with torch, numpy and einops at hand."""
    EXEC = "exec"
    """Any program: compiled languages, compilers, java, node."""


@dataclass(frozen=True, slots=True)
class Program:
    """What to run, once per test.

    For `python` and `torch` the files are put in the working directory and `argv[0]` names the
    one that runs as `__main__`. `driver` tells that this main file is the package's driver and
    not the submission: then a reply is owed. For `exec` the files (name -> content, executable)
    are put read-only in `/app`, and `argv` is executed in the scratch directory.

    `box` holds more files for the working directory, where the program may change them; a name
    that ends in `/` is an empty folder. `keep` names the files (or patterns) in the working
    directory that are brought back when the program has ended; not for a driver. `code` is the
    bytecode of some of a Python program's files, which are then not compiled again.

    `stay` lets the jail wait for the program's next run. Never for what is judged itself: each test
    of a submission is run in a fresh one. Not for a driver.
    """

    runtime: Runtime
    files: Mapping[str, bytes]
    argv: tuple[str, ...]
    driver: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    box: Mapping[str, bytes] = field(default_factory=dict)
    keep: tuple[str, ...] = ()
    code: Mapping[str, bytes] = field(default_factory=dict)
    stay: Stay | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a conversation: what to run, and under which limits."""

    program: Program
    limits: Limits


@dataclass(frozen=True, slots=True)
class Interaction:
    """What two programs did that spoke with each other; `stdout` has what each said first.

    `partner_first` tells that the partner ended before the other did, by itself or by a limit.
    `unheard`: nobody listened, and so nobody counted what was said. Then `stdout` is from another
    try, which was listened to; empty where there was none. `unread_bytes` is how much of what the
    party said nobody had read at its end.
    """

    run: RunResult
    partner: RunResult
    partner_first: bool
    unheard: bool = False
    unread_bytes: int = 0


HearIf = Callable[[Interaction], bool]
"""Whether it is worth while to know what was said; see `Sandbox.interact`."""


@dataclass(frozen=True, slots=True)
class CompileRequest:
    """A compiler's run: `files` in the working directory, `argv`, and the names (or glob
    patterns) of the files to bring back. With `runtime` `python`, `argv` names Python files that
    are compiled and not run: the submission, whose errors are told, then the package's."""

    runtime: Runtime
    files: Mapping[str, bytes]
    argv: tuple[str, ...]
    keep: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CompileResult:
    """`artefact` is empty when the compiler failed; `run` tells how (output in stdout/stderr).
    Of Python files it is the bytecode, for `Program.code`; a file may be missing there."""

    run: RunResult
    artefact: Mapping[str, bytes] = field(default_factory=dict)


class SandboxError(Exception):
    """Ours: no jail could be made. The judging goes back to the queue; never blamed on a user."""


class Sandbox(Protocol):
    """Runs strangers' programs. Thread-safe: several threads may run at once.

    Who gives a run a `stop` can end it from another thread; then it raises RunStoppedError.
    """

    def run(
        self, program: Program, stdin: bytes, limits: Limits, stop: Stop | None = None
    ) -> RunResult:
        """Run `program` once in a fresh jail, or where it may stay, maybe in the one that it had
        before; raises SandboxError when none can be had."""

    def interact(
        self,
        party: Party,
        partner: Party,
        goes_on: Callable[[RunResult], bool],
        stop: Stop | None = None,
        *,
        hear_if: HearIf | None = None,
    ) -> Interaction:
        """Run two programs, each in a fresh jail, the output of each being the other's input.

        A side sees the end of its input when the other has ended, or has closed its output. When
        the partner ends first, the other is killed unless `goes_on` says of the partner's run that
        it may end by itself. To listen takes time: with `hear_if` nobody does, unless that says of
        the outcome that it is worth it. Then it is done once more and listened to; the second
        outcome counts if the same is said of it, else the first. Raises SandboxError when no jail
        can be had.
        """

    def compile(self, request: CompileRequest, limits: Limits) -> CompileResult:
        """Run a compiler in a fresh jail; raises SandboxError when none can be had."""

    def trouble(self) -> str:
        """Why no jail can be had at this moment; empty where one can, or soon will."""

    def close(self) -> None:
        """Kill what still runs and give everything back."""
