"""The languages of `languages.toml`, and which of them work in the jail."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path, PurePosixPath
from signal import SIGABRT
from typing import Any

from judge.errors import InvalidError
from judge.languages import suffixes_of
from judge.limits import MIB, Limits
from judge.result import Ending, RunResult
from worker.sandbox.base import Program, Runtime, Sandbox

_FILE = Path(__file__).with_name("languages.toml")
# Loading torch, or starting java for the first time, takes seconds; no submission runs here.
_VERSION_LIMITS = Limits(cpu_s=20.0, wall_s=40.0, memory_bytes=1024 * MIB, output_bytes=64 * 1024)
_MAX_VERSION_LENGTH = 80


@dataclass(frozen=True, slots=True)
class Language:
    """One table of `languages.toml`; see the comment at its top."""

    id: str
    name: str
    source: str
    version: tuple[str, ...]
    runtime: Runtime | None = None
    compile: tuple[str, ...] = ()
    compile_env: Mapping[str, str] = field(default_factory=dict)
    package: str | None = None
    keep: tuple[str, ...] = ()
    run: tuple[str, ...] = ()
    entry: str | None = None
    misnamed: str | None = None
    time_factor: float = 1.0
    extra_memory_mib: int = 0
    memory_words: str | None = None

    @property
    def extensions(self) -> tuple[str, ...]:
        """The suffixes of files in this language, which go on the compiler's command line."""
        return suffixes_of(self.id)

    def right_name(self, complaint: str, source: str) -> str | None:
        """Return the name that the file `source` must have, if the compiler complains about it."""
        if self.misnamed is None:
            return None
        # `Main.java:3: error: ...`: only complaints about that file count.
        found = re.search(f"^{re.escape(source)}:\\d+: {self.misnamed}", complaint, re.MULTILINE)
        return found.group(1) + PurePosixPath(source).suffix if found else None

    def limits(self, asked: Limits) -> Limits:
        """Return a problem's limits for a submission in this language."""
        return replace(
            asked,
            cpu_s=asked.cpu_s * self.time_factor,
            wall_s=asked.wall_s * self.time_factor,
            memory_bytes=asked.memory_bytes + self.extra_memory_mib * MIB,
        )

    def settle(self, run: RunResult) -> RunResult:
        """Return `run`, with the ending MEMORY_LIMIT if the runtime itself ran out of memory.

        Any program can print the runtime's message, but it must also end by SIGABRT.
        """
        if self.memory_words is None or run.ending is not Ending.SIGNALED:
            return run
        said_so = run.signal == SIGABRT and self.memory_words.encode() in run.stderr
        return replace(run, ending=Ending.MEMORY_LIMIT) if said_so else run


@dataclass(frozen=True, slots=True)
class LanguageInfo:
    """A language on this worker. `version` is empty if it isn't available."""

    id: str
    name: str
    version: str
    available: bool
    command: str = ""
    """The compiler's command line, for display; empty if the language isn't compiled."""
    time_factor: float = 1.0


@cache
def languages() -> dict[str, Language]:
    """All languages by id, in the file's order."""
    found = {}
    for id, table in tomllib.loads(_FILE.read_text()).items():
        # mypy can't check these values' types; the tests fail if a table is wrong.
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in table.items()
        }
        if "runtime" in table:
            values["runtime"] = Runtime(str(table["runtime"]))
        found[id] = Language(id=id, **values)
    return found


def language(id: str) -> Language:
    """Return the language `id`; raises InvalidError with the known ones."""
    found = languages().get(id)
    if found is None:
        raise InvalidError(
            f"unknown language {id!r}: there are {', '.join(languages())}", "language"
        )
    return found


def available(sandbox: Sandbox) -> Iterator[LanguageInfo]:
    """Yield every language, with its version in `sandbox`; raises SandboxError.

    Languages that need torch come last, because torch takes seconds to load.
    """
    for each in sorted(languages().values(), key=lambda each: each.runtime is Runtime.TORCH):
        yield try_out(each, sandbox)


def try_out(language: Language, sandbox: Sandbox) -> LanguageInfo:
    """Run the language's version command in the jail. Without an answer the language isn't
    available. Raises SandboxError."""
    if language.runtime is None:
        # A language without a runtime is data, which any worker can read.
        return LanguageInfo(language.id, language.name, language.version[0], available=True)
    if language.runtime is Runtime.EXEC:
        program = Program(Runtime.EXEC, {}, language.version)
    else:
        files = {"version.py": language.version[0].encode()}
        program = Program(language.runtime, files, ("version.py",))
    run = sandbox.run(program, b"", _VERSION_LIMITS)
    has_answered = run.ending is Ending.EXITED and run.exit_code == 0
    said = (run.stdout or run.stderr).decode("utf-8", "replace") if has_answered else ""
    version = next(iter(said.splitlines()), "").strip()[:_MAX_VERSION_LENGTH]
    # The command for display, with the usual file name for its placeholders.
    command = re.sub(r"\{\w+\}", language.source, " ".join(language.compile))
    return LanguageInfo(
        language.id, language.name, version, bool(version), command, language.time_factor
    )
