"""Compiles a source to a `Program` that can be run once per test."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from judge.differences import Difference, Reason
from judge.errors import InvalidError
from judge.job import SCRIPTED, Kind, Source
from judge.limits import COMPILE_LIMITS, MIB, Limits
from judge.result import Ending, ReplyKind, RunResult
from judge.wording import word
from worker.judging.class_files import NoMainError, class_to_start
from worker.judging.explanations import told
from worker.judging.languages import Language, language
from worker.sandbox.base import CompileRequest, Program, Runtime, Sandbox

DRIVER = "main.py"
MAX_COMPILE_OUTPUT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Compiled:
    """The result of a compilation. `program` is None if the source does not compile; `output` is
    the compiler's output with warnings, cut to `MAX_COMPILE_OUTPUT` characters. `difference` says
    how the compiler ended, if its output doesn't tell that."""

    program: Program | None
    output: str = ""
    difference: Difference | None = None


def build(
    source: Source,
    kind: Kind,
    support: Mapping[str, bytes],
    limits: Limits,
    sandbox: Sandbox,
    compile_limits: Limits = COMPILE_LIMITS,
) -> Compiled:
    """Compile `source` with the package's `support` files for a run under `limits`.

    Support files replace the submission's files of the same name. Raises InvalidError for an
    unknown language and SandboxError if no jail can be made.
    """
    spoken = language(source.language)
    runtime = _runtime_of(spoken)
    # Drivers call functions in Python; programs in other languages read standard input.
    driven = runtime is not Runtime.EXEC and kind is not Kind.STDIO and DRIVER in support
    own = spoken.source if driven else source.name
    if not driven and not own.endswith(spoken.extensions):
        # The submission's name has no matching suffix: take a name that no included file has.
        unnamed = f"submission{PurePosixPath(spoken.source).suffix}"
        own = unnamed if spoken.source in support else spoken.source
    text = source.text.encode("utf-8", "surrogatepass")
    # The package's files come last: the submission's files can't replace them.
    files = {own: text, **source.files, **support}
    if driven:
        program = Program(runtime, files, (DRIVER,), driver=True)
        return _compile_python(program, own, compile_limits, sandbox)
    # An included file with the language's `entry` name is a driver, where the program starts.
    main = spoken.entry if spoken.entry and spoken.entry in support else own
    if runtime is not Runtime.EXEC:
        program = Program(runtime, files, (main,))
        return _compile_python(program, own, compile_limits, sandbox)
    compiled = _compile(_Build(spoken, files, own, main), limits, compile_limits, sandbox)
    if compiled.program is None:
        return compiled
    # The files beside a submission are in its working directory, too.
    beside = {**source.files, **support}
    return replace(compiled, program=replace(compiled.program, box=beside))


def _runtime_of(spoken: Language) -> Runtime:
    if spoken.runtime is None:
        raise InvalidError(f"{spoken.name}: programs in this language can't be run", "language")
    return spoken.runtime


def build_tool(language_id: str, files: Mapping[str, bytes], sandbox: Sandbox) -> Compiled:
    """Compile a program of the package's own, e.g. a validator, from all of its `files`.

    Python starts with `__main__.py` or `main.py`, else with its only file; a package without these
    was refused when it was read. Raises InvalidError for an unknown language and SandboxError.
    """
    if language_id == SCRIPTED:
        return _build_script(files, sandbox)
    spoken = language(language_id)
    runtime = _runtime_of(spoken)
    sources = _sources(spoken, files, "")
    main = next((name for name in ("__main__.py", "main.py") if name in files), sources[0])
    if runtime is Runtime.EXEC:
        build = _Build(spoken, files, main, main)
        return _compile(build, COMPILE_LIMITS, COMPILE_LIMITS, sandbox)
    program = Program(runtime, files, (main,))
    return _compile_python(program, main, COMPILE_LIMITS, sandbox)


def _build_script(files: Mapping[str, bytes], sandbox: Sandbox) -> Compiled:
    """Build a program that has its own scripts `build` and `run`."""
    said = ""
    if "build" in files:
        command = (*_interpreter(files["build"]), "./build")
        request = CompileRequest(Runtime.EXEC, files, command, ("*",))
        result = sandbox.compile(request, COMPILE_LIMITS)
        if not _ended_well(result.run):
            refused = _refused(result.run, COMPILE_LIMITS)
            said = "\n".join(filter(None, (word(refused.difference), refused.output)))
            return Compiled(None, f"its script `build` failed: {said}")
        files, said = result.artefact, _said(result.run)
    if "run" not in files:
        return Compiled(None, f"its script `build` leaves no file `run`\n{said}")

    # A file that the kernel can execute itself needs no interpreter.
    start = _interpreter(files["run"]) if not files["run"].startswith((b"#!", b"\x7fELF")) else ()
    program = Program(Runtime.EXEC, files, (*start, "/app/run"), box=files)
    return Compiled(program, said)


def _interpreter(script: bytes) -> tuple[str, ...]:
    """Return the interpreter that a script's first line names; the shell if it names none."""
    first = script.partition(b"\n")[0].decode("utf-8", "replace")
    words = first.removeprefix("#!").strip().split(None, 1) if first.startswith("#!") else []
    return tuple(words) or ("/bin/sh",)


def _compile_python(program: Program, source: str, limits: Limits, sandbox: Sandbox) -> Compiled:
    """Compile `source` and the program's main file without running them; that needs no torch.

    Their bytecode is passed to the tests' jails, and no process outside a jail loads it.
    """
    names = tuple(dict.fromkeys((source, *program.argv)))
    request = CompileRequest(Runtime.PYTHON, {name: program.files[name] for name in names}, names)
    result = sandbox.compile(request, limits)
    if not _ended_well(result.run):
        return _refused(result.run, limits)
    code = {name: result.artefact[name] for name in names if name in result.artefact}
    return Compiled(replace(program, code=code), _said(result.run))


@dataclass(frozen=True, slots=True)
class _Build:
    """The files to compile: `source` is the submission's, `main` the one that starts."""

    spoken: Language
    files: Mapping[str, bytes]
    source: str
    main: str
    renamed: bool = False

    def called(self, name: str | None) -> "_Build | None":
        """Return a copy with `name` for the submission's file; None if that can't help."""
        # Rename at most once, and never over another file.
        if name is None or name in self.files or self.renamed:
            return None
        files = {name if old == self.source else old: text for old, text in self.files.items()}
        main = name if self.main == self.source else self.main
        return _Build(self.spoken, files, name, main, renamed=True)

    def filled(self, words: tuple[str, ...]) -> list[str]:
        """Return a command with its placeholders filled in."""
        named = {"{source}": self.source, "{main}": self.main}
        return [_filled(word, named) for word in words]


def _compile(build: _Build, limits: Limits, compile_limits: Limits, sandbox: Sandbox) -> Compiled:
    spoken = build.spoken
    sources = _sources(spoken, build.files, build.main)
    command: list[str] = []
    for part in build.filled(spoken.compile):
        command.extend(sources if part == "{files}" else [part])
    request = CompileRequest(
        Runtime.EXEC, build.files, tuple(command), spoken.keep, spoken.compile_env
    )
    result = sandbox.compile(request, compile_limits)
    if not _ended_well(result.run) or not result.artefact:
        # javac says which name the file of a public class must have: try again with that name.
        again = build.called(spoken.right_name(_said(result.run), build.source))
        if again is not None:
            return _compile(again, limits, compile_limits, sandbox)
        return _refused(result.run, compile_limits)
    words = {"{heap_mib}": str(limits.memory_bytes // MIB)}
    if "{class}" in spoken.run:
        try:
            stem = PurePosixPath(build.source).stem
            words["{class}"] = class_to_start(result.artefact.values(), stem)
        except NoMainError as error:
            return Compiled(None, _said(result.run), error.difference)
    argv = tuple(_filled(word, words) for word in build.filled(spoken.run))
    return Compiled(Program(Runtime.EXEC, dict(result.artefact), argv), _said(result.run))


def _filled(word: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        word = word.replace(name, value)
    return word


def _sources(spoken: Language, files: Mapping[str, bytes], main: str) -> list[str]:
    """Return the files for the compiler's command line, `main` first. It finds headers itself."""
    sources = sorted(name for name in files if name.endswith(spoken.extensions))
    return sorted(sources, key=lambda name: name != main)


def _ended_well(run: RunResult) -> bool:
    # A Python compilation with another kind of reply has a syntax error.
    said_no = run.reply is not None and run.reply.kind is not ReplyKind.ANSWER
    return run.ending is Ending.EXITED and run.exit_code == 0 and not said_no


def _refused(run: RunResult, limits: Limits) -> Compiled:
    said = run.reply.text[:MAX_COMPILE_OUTPUT] if run.reply is not None else _said(run)
    ending = _ending(run, limits)
    # If it failed without any output, report only that it failed.
    if ending is None and not said:
        ending = Difference(Reason.COMPILER_FAILED)
    return Compiled(None, said, ending)


def _ending(run: RunResult, limits: Limits) -> Difference | None:
    """Return the limit that stopped a compiler, as a Difference; None if it ended by itself."""
    match run.ending:
        case Ending.CPU_LIMIT:
            return Difference(Reason.COMPILE_TIME, {"limit_s": limits.cpu_s})
        case Ending.WALL_LIMIT:
            return Difference(Reason.COMPILE_TIME, {"limit_s": limits.wall_s})
        case Ending.MEMORY_LIMIT:
            return Difference(Reason.COMPILE_MEMORY, {"limit_mib": limits.memory_bytes // MIB})
        case Ending.OUTPUT_LIMIT:
            return Difference(Reason.COMPILE_OUTPUT)
        case Ending.FORBIDDEN:
            return Difference(Reason.COMPILE_FORBIDDEN)
        case Ending.EXITED | Ending.SIGNALED:
            return None


def _said(run: RunResult) -> str:
    return told(run.stderr + run.stdout, MAX_COMPILE_OUTPUT)
