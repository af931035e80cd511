"""The interface that every sandbox backend implements for `worker.judging.judging`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from judge.limits import Limits
from judge.result import RunResult
from worker.sandbox.stay import Stay
from worker.sandbox.stop import Stop


class Runtime(StrEnum):
    """The fork server that makes a run's child."""

    PYTHON = "python"
    """CPython, light."""
    TORCH = "torch"
    """CPython with torch, numpy and einops loaded."""
    EXEC = "exec"
    """Any program: compiled languages, compilers, java, node."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program to run, once per test.

    For `python` and `torch` the files are put in the working directory and `argv[0]` names the
    one that runs as `__main__`. `driver` means that this main file is the package's driver and not
    the submission: then the child must send a frame. For `exec` the files (name -> content,
    executable) are put read-only in `/app`, and `argv` is executed in the scratch directory.

    `box` holds more files for the working directory, where the program may change them; a name
    that ends in `/` is an empty folder. `keep` names the files (or patterns) in the working
    directory that are returned after the program's end; not for a driver. `code` is the bytecode of
    some of a Python program's files, which are then not compiled again.

    `stay` lets the jail wait for the program's next run. It is never set for a submission, whose
    tests each run in a fresh jail, nor for a driver.
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
    """One side of an interactive run: its program and its limits."""

    program: Program
    limits: Limits


@dataclass(frozen=True, slots=True)
class Interaction:
    """The outcome of an interactive run of two programs; `stdout` has the start of each output.

    `partner_first`: the partner ended before the party, by itself or by a limit. `unheard`: the
    two were connected directly, so their output was neither recorded nor counted. Then `stdout` is
    from another try, which was recorded, or empty. `unread_bytes` is how much of the party's output
    the partner had not read at the party's end.
    """

    run: RunResult
    partner: RunResult
    partner_first: bool
    unheard: bool = False
    unread_bytes: int = 0


HearIf = Callable[[Interaction], bool]
"""Returns whether an outcome needs a recording of both outputs; see `Sandbox.interact`."""


@dataclass(frozen=True, slots=True)
class CompileRequest:
    """A compiler's run: `files` for the working directory, `argv`, and `keep`, the names (or glob
    patterns) of the files to return. With `runtime` `python`, `argv` names Python files to compile
    and not to run: the submission, whose errors are reported, then the package's."""

    runtime: Runtime
    files: Mapping[str, bytes]
    argv: tuple[str, ...]
    keep: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CompileResult:
    """`artefact` is empty if the compiler failed; `run` tells why (output in stdout/stderr). For
    Python files it is the bytecode, for `Program.code`; a file may be missing there."""

    run: RunResult
    artefact: Mapping[str, bytes] = field(default_factory=dict)


class SandboxError(Exception):
    """No jail could be made. This is the judge's fault: the judging goes back to the queue."""


class Sandbox(Protocol):
    """Runs untrusted programs. Thread-safe: several threads may start runs at once.

    A caller that passes a `stop` can end the run from another thread; then RunStoppedError is
    raised.
    """

    def run(
        self, program: Program, stdin: bytes, limits: Limits, stop: Stop | None = None
    ) -> RunResult:
        """Run `program` once in a fresh jail, or with `program.stay` maybe in the jail of its last
        run; raises SandboxError if no jail can be made."""

    def interact(
        self,
        party: Party,
        partner: Party,
        goes_on: Callable[[RunResult], bool],
        stop: Stop | None = None,
        *,
        hear_if: HearIf | None = None,
    ) -> Interaction:
        """Run two programs, each in a fresh jail; the output of each is the input of the other.

        A side reads the end of its input when the other has ended or has closed its output. If the
        partner ends first, the party is killed, unless `goes_on` returns True for the partner's
        run. Recording the outputs takes time: with `hear_if` the two are first connected directly.
        If `hear_if` returns True for that outcome, they run again and are recorded. The second
        outcome counts if `hear_if` returns True for it too, else the first. Raises SandboxError if
        no jail can be made.
        """

    def compile(self, request: CompileRequest, limits: Limits) -> CompileResult:
        """Run a compiler in a fresh jail; raises SandboxError if no jail can be made."""

    def trouble(self) -> str:
        """Return why no jail can be made now; empty if one can be made now or soon."""

    def close(self) -> None:
        """Kill all processes that still run and release every resource."""
