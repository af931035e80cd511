"""From a source to a `Program` that can be run once per test."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from judge.differences import Difference, Reason
from judge.job import Kind, Source
from judge.limits import COMPILE_LIMITS, MIB, Limits
from judge.result import Ending, ReplyKind, RunResult
from worker.judging.explanations import readable
from worker.judging.languages import Language, language
from worker.sandbox.base import CompileRequest, Program, Runtime, Sandbox

DRIVER = "main.py"
MAX_COMPILE_OUTPUT = 64 * 1024


@dataclass(frozen=True, slots=True)
class Compiled:
    """`program` is None when the source does not compile; `output` is what the compiler said,
    warnings included, cut to `MAX_COMPILE_OUTPUT` characters. `difference` says how the compiler
    ended, where that is not told by its output."""

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

    Raises InvalidError for an unknown language and SandboxError when no jail can be had.
    """
    spoken = language(source.language)
    main = spoken.file_name(source.text)
    files = {**support, main: source.text.encode("utf-8", "surrogatepass")}
    if spoken.runtime is Runtime.EXEC:
        return _compile(spoken, files, main, limits, compile_limits, sandbox)
    return _build_python(spoken, kind, files, compile_limits, sandbox)


def build_tool(language_id: str, files: Mapping[str, bytes], sandbox: Sandbox) -> Compiled:
    """Compile a program of the package's own, e.g. a validator, from all of its `files`.

    Python starts at `main.py` or `__main__.py`, else at the first file. Raises InvalidError for
    an unknown language and SandboxError.
    """
    spoken = language(language_id)
    if spoken.runtime is Runtime.EXEC:
        return _compile(spoken, files, spoken.source, COMPILE_LIMITS, COMPILE_LIMITS, sandbox)
    sources = _sources(spoken, files, "")
    main = next((name for name in ("main.py", "__main__.py") if name in files), sources[0])
    program = Program(spoken.runtime, files, (main,))
    return _compile_python(program, main, COMPILE_LIMITS, sandbox)


def _build_python(
    spoken: Language, kind: Kind, files: Mapping[str, bytes], limits: Limits, sandbox: Sandbox
) -> Compiled:
    driver = kind is not Kind.STDIO and DRIVER in files
    program = Program(spoken.runtime, files, (DRIVER if driver else spoken.source,), driver=driver)
    return _compile_python(program, spoken.source, limits, sandbox)


def _compile_python(program: Program, source: str, limits: Limits, sandbox: Sandbox) -> Compiled:
    """Compile `source` and the program's main file without running them; that needs no torch.

    Their bytecode goes from that jail to those of the tests, and nobody on the way reads it.
    """
    names = tuple(dict.fromkeys((source, *program.argv)))
    request = CompileRequest(Runtime.PYTHON, {name: program.files[name] for name in names}, names)
    result = sandbox.compile(request, limits)
    if not _ended_well(result.run):
        return _refused(result.run, limits)
    code = {name: result.artefact[name] for name in names if name in result.artefact}
    return Compiled(replace(program, code=code), _said(result.run))


def _compile(
    spoken: Language,
    files: Mapping[str, bytes],
    main: str,
    limits: Limits,
    compile_limits: Limits,
    sandbox: Sandbox,
) -> Compiled:
    command = tuple(_with_files(spoken.compile, _sources(spoken, files, main)))
    request = CompileRequest(spoken.runtime, files, command, spoken.keep, spoken.compile_env)
    result = sandbox.compile(request, compile_limits)
    if not _ended_well(result.run) or not result.artefact:
        return _refused(result.run, compile_limits)
    words = {"{heap_mib}": str(limits.memory_bytes // MIB), "{main}": PurePosixPath(main).stem}
    argv = tuple(_filled(word, words) for word in spoken.run)
    program = Program(spoken.runtime, dict(result.artefact), argv)
    return Compiled(program, _said(result.run))


def _filled(word: str, values: Mapping[str, str]) -> str:
    for name, value in values.items():
        word = word.replace(name, value)
    return word


def _sources(spoken: Language, files: Mapping[str, bytes], main: str) -> list[str]:
    """What to hand to the compiler: the submission first; headers are found by themselves."""
    sources = sorted(name for name in files if name.endswith(spoken.extensions))
    return sorted(sources, key=lambda name: name != main)


def _with_files(command: tuple[str, ...], sources: list[str]) -> list[str]:
    words: list[str] = []
    for word in command:
        words.extend(sources if word == "{files}" else [word])
    return words


def _ended_well(run: RunResult) -> bool:
    said_no = run.reply is not None and run.reply.kind is not ReplyKind.ANSWER
    return run.ending is Ending.EXITED and run.exit_code == 0 and not said_no


def _refused(run: RunResult, limits: Limits) -> Compiled:
    said = run.reply.text[:MAX_COMPILE_OUTPUT] if run.reply is not None else _said(run)
    ending = _ending(run, limits)
    if ending is None and not said:
        ending = Difference(Reason.COMPILER_FAILED)
    return Compiled(None, said, ending)


def _ending(run: RunResult, limits: Limits) -> Difference | None:
    """How a compiler was stopped; None where it ended by itself."""
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
    return readable(run.stderr + run.stdout, MAX_COMPILE_OUTPUT)
