"""From a source to a `Program` that can be run once per test."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

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
    warnings included, cut to `MAX_COMPILE_OUTPUT` characters."""

    program: Program | None
    output: str = ""


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
        return Compiled(None, _complaint(result.run, limits))
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
        return Compiled(None, _complaint(result.run, compile_limits))
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


_ENDINGS = {
    Ending.CPU_LIMIT: "Compiling took more than {cpu_s:g} s.",
    Ending.WALL_LIMIT: "Compiling took more than {wall_s:g} s.",
    Ending.MEMORY_LIMIT: "Compiling took more than {mib} MiB.",
    Ending.OUTPUT_LIMIT: "The compiler said too much.",
    Ending.FORBIDDEN: "The compiler was stopped at a system call that is not allowed.",
}


def _complaint(run: RunResult, limits: Limits) -> str:
    """What the compiler said; where it said nothing, how it ended."""
    ending = _ENDINGS.get(run.ending, "").format(
        cpu_s=limits.cpu_s, wall_s=limits.wall_s, mib=limits.memory_bytes // MIB
    )
    said = run.reply.text[:MAX_COMPILE_OUTPUT] if run.reply is not None else _said(run)
    return "\n".join(filter(None, (ending, said))) or f"The compiler failed ({run.ending})."


def _said(run: RunResult) -> str:
    return readable(run.stderr + run.stdout, MAX_COMPILE_OUTPUT)
