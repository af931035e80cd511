"""A package's own validators, compiled once and run in the jail like any untrusted program."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from judge.job import ValidatorSpec
from judge.limits import MIB, Limits
from judge.problem_package.package import PackageProgram
from judge.result import RunResult
from judge.wording import word
from worker.checkers.custom import ACCEPTED, FEEDBACK, NEXT_PASS, Custom, Pass
from worker.judging.compiling import Compiled, build_tool
from worker.sandbox.base import HearIf, Interaction, Party, Program, Sandbox
from worker.sandbox.stay import Stay
from worker.sandbox.stop import Stop

_INPUT, _ANSWER = "test.in", "test.ans"
_SPARE_BYTES = 16 * MIB


class ValidatorError(Exception):
    """The package's validator does not compile: nothing can be judged with it."""


@dataclass(frozen=True, slots=True)
class OutputValidator:
    """An output validator that is ready to run."""

    spec: ValidatorSpec
    program: Program
    sandbox: Sandbox
    stop: Stop | None = None

    def checker(self, arguments: tuple[str, ...]) -> Custom:
        """Return the validator as a checker of outputs, with `arguments` after its own."""
        return Custom(self.run, self.spec.scores, arguments, self.spec.strict)

    def run(self, given: Pass) -> RunResult:
        """Validate an output. Raises SandboxError."""
        party = self._party(given)
        return self.sandbox.run(party.program, given.output, party.limits, self.stop)

    def speak_with(
        self,
        party: Party,
        given: Pass,
        goes_on: Callable[[RunResult], bool],
        hear_if: HearIf | None,
    ) -> Interaction:
        """Run it together with a submission; each reads the other's output. See
        `Sandbox.interact`. Raises SandboxError."""
        own = self._party(given)
        # It must be able to run as long as the submission, whichever side makes the other wait.
        limits = replace(own.limits, wall_s=own.limits.wall_s + party.limits.wall_s)
        partner = Party(own.program, limits)
        return self.sandbox.interact(party, partner, goes_on, self.stop, hear_if=hear_if)

    def _party(self, given: Pass) -> Party:
        box = {**self.program.box, _INPUT: given.input, _ANSWER: given.answer, FEEDBACK: b""}
        box |= {
            FEEDBACK + name: content
            for name, content in given.feedback.items()
            if name != NEXT_PASS  # that file is this pass's input
        }
        argv = (*self.program.argv, _INPUT, _ANSWER, FEEDBACK, *given.arguments)
        program = replace(self.program, argv=argv, box=box, keep=(f"{FEEDBACK}*",))
        return Party(program, with_room(self.spec.limits, box, self.program.files))


@dataclass(frozen=True, slots=True)
class InputValidator:
    """An input validator that is ready to run."""

    name: str
    program: Program
    limits: Limits
    sandbox: Sandbox

    def accepts(
        self, input: bytes, arguments: tuple[str, ...], files: Mapping[str, bytes]
    ) -> RunResult:
        """Run it on a test's `input`, with the test's `files` in its working directory; exit code
        42 means that it accepts. Raises SandboxError."""
        # A script has to start processes, which a run with kept files may always do.
        keep = (f"{FEEDBACK}*",) if self.program.box else ()
        box = {**self.program.box, **files}
        argv = (*self.program.argv, *arguments)
        program = replace(self.program, argv=argv, box=box, keep=keep)
        return self.sandbox.run(program, input, with_room(self.limits, box))


def prepare(spec: ValidatorSpec, sandbox: Sandbox, stay: Stay) -> OutputValidator:
    """Compile an output validator, whose jails wait in `stay` for its next run. Raises
    ValidatorError, SandboxError."""
    return OutputValidator(spec, _program(spec.language, spec.files, sandbox, stay), sandbox)


def prepare_input(
    program: PackageProgram, limits: Limits, sandbox: Sandbox, stay: Stay
) -> InputValidator:
    """Compile an input validator, whose jails wait in `stay` for its next run. Raises
    ValidatorError, SandboxError."""
    compiled = _program(program.language, program.files, sandbox, stay)
    return InputValidator(program.name, compiled, limits, sandbox)


def accepted(run: RunResult) -> bool:
    """Whether a validator's run accepted the output."""
    return run.exit_code == ACCEPTED


def with_room(limits: Limits, *folders: Mapping[str, bytes]) -> Limits:
    """Return `limits` with enough scratch space and memory for the files: they are kept in memory,
    but aren't meant to count against the memory limit."""
    size = sum(len(content) for files in folders for content in files.values())
    # Half of the scratch space stays free for the program's own files.
    if size * 2 <= limits.scratch_bytes:
        return limits
    return replace(
        limits,
        scratch_bytes=limits.scratch_bytes + size + _SPARE_BYTES,
        memory_bytes=limits.memory_bytes + size,
    )


def _program(language: str, files: Mapping[str, bytes], sandbox: Sandbox, stay: Stay) -> Program:
    compiled: Compiled = build_tool(language, files, sandbox)
    if compiled.program is None:
        said = "\n".join(filter(None, (word(compiled.difference), compiled.output)))
        raise ValidatorError(f"a validator of the package does not compile: {said}")
    return replace(compiled.program, stay=stay)
