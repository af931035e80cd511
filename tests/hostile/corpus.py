"""Runs the hostile corpus: cases.toml says what each case is and the verdict it must get.

Standard library only, so that it also runs as an ordinary user whose interpreter has no pytest:
`python -m tests.hostile.corpus RUNNER_PYTHON [all] [landlock=ABI]` prints a line per case that came
out wrong. ABI 0 is the newest that the machine has.
"""

import os
import platform
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from judge.limits import MIB, Limits
from judge.result import CheckResult, RunResult
from judge.verdict import Verdict
from worker.judging.judging import output_of, verdict_of
from worker.judging.languages import language
from worker.sandbox.base import CompileRequest, CompileResult, Program, Runtime, Sandbox
from worker.sandbox.forkserver.landlock import find_abi
from worker.sandbox.namespaces import start_sandbox

HERE = Path(__file__).parent
_DRIVER = b"""from runner import harness

number = int(input())
harness.answer(str(harness.entry("solve", "def solve(n)")(number)))
"""
_LIMITS = Limits(cpu_s=3.0, wall_s=60.0, memory_bytes=128 * MIB, output_bytes=MIB)
# With room for all processes that there may be: the time is to be what ends a fork bomb.
_SHORT = Limits(cpu_s=0.3, wall_s=1.0, memory_bytes=512 * MIB, output_bytes=MIB)
_COMPILE_LIMITS = Limits(
    cpu_s=10.0, wall_s=60.0, memory_bytes=512 * MIB, scratch_bytes=256 * MIB, output_bytes=MIB
)
_SHORT_COMPILE = Limits(
    cpu_s=1.0, wall_s=30.0, memory_bytes=256 * MIB, scratch_bytes=64 * MIB, output_bytes=MIB
)
_COMPILERS = {
    ".c": ("gcc", "-O1", "-o", "main"),
    ".cpp": ("g++", "-O1", "-o", "main"),
    ".java": ("javac",),
    ".rs": ("rustc", "-O", "-o", "main"),
    ".go": ("go", "build", "-o", "main"),
}
_RUN = {
    "c": ("/app/main",),
    "cpp": ("/app/main",),
    "rust": ("/app/main",),
    "go": ("/app/main",),
    "java": ("java", "-XX:+UseSerialGC", "-XX:-UsePerfData", "-Xmx1g", "-cp", "/app", "Main"),
    "node": ("node", "/app/main.js"),
}
MACHINE = platform.machine()


@dataclass(frozen=True, slots=True)
class Where:
    """What of a backend makes verdicts differ: control groups, a container for each run, Landlock
    in the place of namespaces, and there the worker's own user id for all runs."""

    groups: bool
    alone: bool = False
    landlock: bool = False
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the table; see cases.toml."""

    name: str
    how: str
    verdict: str
    without: str
    alone: str
    landlock: str
    shared: str
    file: str
    output: str
    text: str
    machine: str
    everywhere: bool

    @property
    def source(self) -> bytes:
        """The submission."""
        return (HERE / "cases" / self.file).read_bytes()

    def wanted(self, where: Where) -> str:
        """The verdict that the case must get."""
        if where.alone and self.alone:
            return self.alone
        if where.shared and self.shared:
            return self.shared
        if where.landlock and self.landlock:
            return self.landlock
        return self.verdict if where.groups else self.without


def load() -> Iterator[Case]:
    """The table's cases for this machine."""
    for name, row in tomllib.loads((HERE / "cases.toml").read_text()).items():
        case = Case(
            name=name,
            how=row["how"],
            verdict=row["verdict"],
            without=row.get("without", row["verdict"]),
            alone=row.get("alone", ""),
            landlock=row.get("landlock", ""),
            shared=row.get("shared", ""),
            file=row.get("file", f"{name}.py"),
            output=row.get("output", "denied" if name.startswith("denied") else "42"),
            text=row.get("text", ""),
            machine=row.get("machine", MACHINE),
            everywhere=row.get("everywhere", False)
            or bool({"alone", "landlock", "shared"} & set(row)),
        )
        if case.machine == MACHINE:
            yield case


def run(case: Case, sandbox: Sandbox) -> tuple[str, RunResult]:
    """The verdict that the case got, and what the run did."""
    if case.how == "compile":
        compiled = _compile(case, sandbox, _SHORT_COMPILE)
        return ("AC" if compiled.artefact else "CE"), compiled.run
    if case.how == "check":
        checked = sandbox.compile(
            CompileRequest(Runtime.PYTHON, {case.file: case.source}, (case.file,)), _SHORT_COMPILE
        ).run
        return ("AC" if checked.exit_code == 0 else "CE"), checked
    limits = _SHORT if case.verdict == "TLE" else _LIMITS
    program = _program(case, sandbox)
    result = sandbox.run(program, b"41\n", limits)
    output = output_of(program, result)
    if output is None:
        return verdict_of(result, None).value, result
    right = output.decode(errors="replace").strip() == case.output
    return verdict_of(result, CheckResult(Verdict.AC if right else Verdict.WA)).value, result


def _program(case: Case, sandbox: Sandbox) -> Program:
    if case.how == "script":
        return Program(Runtime.PYTHON, {"submission.py": case.source}, ("submission.py",))
    if case.how in ("driver", "torch"):
        runtime = Runtime.TORCH if case.how == "torch" else Runtime.PYTHON
        files = {"main.py": _DRIVER, "submission.py": case.source}
        return Program(runtime, files, ("main.py",), driver=True)
    files_of: Mapping[str, bytes] = {"main.js": case.source}
    if case.how != "node":
        files_of = _compile(case, sandbox, _COMPILE_LIMITS).artefact
    return Program(Runtime.EXEC, files_of, _RUN[case.how])


def _compile(case: Case, sandbox: Sandbox, limits: Limits) -> CompileResult:
    kind = Path(case.file).suffix
    name = "Main.java" if kind == ".java" else f"submission{kind}"
    argv = (*_COMPILERS[kind], name)
    env = language("go").compile_env if kind == ".go" else {}
    request = CompileRequest(Runtime.EXEC, {name: case.source}, argv, ("main", "*.class"), env)
    return sandbox.compile(request, limits)


def complaint(case: Case, sandbox: Sandbox, where: Where) -> str:
    """What came out wrong, for a person; empty when all is as the table says."""
    got, result = run(case, sandbox)
    told = result.stderr.decode(errors="replace") + (result.reply.text if result.reply else "")
    wanted = case.wanted(where)
    if got != wanted:
        return f"{case.name}: wanted {wanted}, got {got}: {result}"
    if case.text not in told:
        return f"{case.name}: {case.text!r} is not in {told!r}"
    return ""


def main() -> int:
    """Run the corpus, or what runs everywhere, as whoever we are; how many came out wrong."""
    whole = "all" in sys.argv[2:]
    abis = [int(word.partition("=")[2]) for word in sys.argv[2:] if word.startswith("landlock=")]
    landlock_abi = (abis[0] or find_abi()) if abis else 0
    sandbox = start_sandbox(sys.argv[1], landlock_abi=landlock_abi)
    wrong = 0
    try:
        own_ids = os.geteuid() == 0
        where = Where(sandbox.has_groups, landlock=bool(abis), shared=bool(abis) and not own_ids)
        for case in (one for one in load() if whole or one.everywhere):
            said = complaint(case, sandbox, where)
            wrong += bool(said)
            if said:
                sys.stdout.write(said + "\n")
    finally:
        sandbox.close()
    sys.stdout.write(f"{wrong} wrong\n")
    return wrong


if __name__ == "__main__":
    sys.exit(main())
