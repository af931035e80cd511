"""`shousi problem ...`: create and verify packages offline; `cli.push` has what needs a server."""

import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer
from rich.markup import escape

from cli.files import make_folder, write_whole
from cli.output import (
    console,
    errors,
    fail,
    print_json,
    print_table,
    progress,
    table,
    usage_texts,
    verdict_markup,
)
from cli.push import publish, push
from cli.quizzes import write_data
from cli.skeletons import skeleton
from judge.errors import ShousiError
from judge.job import Kind
from judge.problem_package.complaints import PackageComplaint, PackageError
from judge.problem_package.load import SLUG, load
from judge.problem_package.package import ProblemPackage
from judge.settings import get_settings
from judge.verdict import Verdict
from worker.packages.verification import (
    Finding,
    Progress,
    Started,
    SubmissionChecked,
    Verified,
    verify,
)
from worker.sandbox.base import Runtime, Sandbox, SandboxError
from worker.sandbox.choice import choose_local
from worker.sandbox.namespaces import start_sandbox
from worker.sandbox.private_folders import private_folders

app = typer.Typer(no_args_is_help=True)
app.command("push")(push)
app.command("publish")(publish)

EXIT_FAILED = 1
EXIT_USAGE = 2


@dataclass(slots=True)
class _Report:
    """The result of a verification, for `_print` and `_as_json`."""

    package: ProblemPackage | None = None
    complaints: tuple[PackageComplaint, ...] = ()
    submissions: tuple[SubmissionChecked, ...] = ()
    holds: bool = False
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    time_limit_s: float = 0.0


# More jobs than cores: a job leaves its core idle while the kernel makes or removes a jail, and
# while one side of an interactive problem waits for the other.
_CORES = os.cpu_count() or 1
_DEFAULT_JOBS = _CORES + max(2, _CORES // 2)


@app.callback()
def problem() -> None:
    """Write, check and install problem packages."""


@app.command("verify")
def verify_command(
    path: Annotated[Path, typer.Argument(metavar="DIR|ZIP", help="The package")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document")] = False,
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs",
            "-j",
            min=1,
            help="Submissions judged in parallel; by default 1.5 per core, at least cores + 2",
        ),
    ] = _DEFAULT_JOBS,
    require_all: Annotated[
        bool, typer.Option("--require-all", help="Fail if a language is missing on this machine")
    ] = False,
) -> None:
    """Check a package and judge every submission in it; exit 0 only if all are as expected."""
    if not path.exists():
        fail(f"{path}: no such folder or archive")
        raise typer.Exit(EXIT_USAGE)
    report = _verify(path, jobs, show_progress=not as_json)
    if require_all and report.left_out:
        report.holds = False
    if as_json:
        print_json(_as_json(report))
    else:
        _print(report)
    if not report.holds:
        raise typer.Exit(EXIT_FAILED)


@app.command("new")
def new_command(
    name: Annotated[str, typer.Argument(help="Lower-case letters and digits; also the folder")],
    kind: Annotated[Kind, typer.Option(help="What a submission is")] = Kind.TORCH,
) -> None:
    """Write a small, valid package for you to change into your own."""
    if not SLUG.fullmatch(name):
        fail(f"{name}: a problem's name has lower-case letters and digits only, 64 at most")
        raise typer.Exit(EXIT_USAGE)
    folder = Path(name)
    if os.path.lexists(folder):
        fail(f"{folder}: already exists; choose another name, or remove it")
        raise typer.Exit(EXIT_USAGE)
    # Renamed at the end, so that a folder of this name is complete.
    unfinished = Path(f".{name}.{uuid4()}.part")
    try:
        for path, text in skeleton(kind, name, str(uuid4())).items():
            make_folder((unfinished / path).parent)
            write_whole(unfinished / path, text)
        unfinished.rename(folder)
    except (ShousiError, OSError) as error:
        fail(f"{folder} can't be written: {error}")
        raise typer.Exit(EXIT_USAGE) from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    console.print(f"{folder}/ is written; now: shousi problem verify {folder}", soft_wrap=True)


@app.command("data")
def data_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The package of a quiz")],
) -> None:
    """Write a quiz's data/ folder from its quiz.yaml."""
    try:
        changed = write_data(folder)
    except PackageError as error:
        for complaint in error.complaints:
            fail(str(complaint))
        raise typer.Exit(EXIT_FAILED) from error
    except (ShousiError, OSError, UnicodeDecodeError) as error:
        fail(f"{folder}: {error}")
        raise typer.Exit(EXIT_USAGE) from error
    for path in changed:
        console.print(escape(path), soft_wrap=True)


def _verify(path: Path, jobs: int, *, show_progress: bool) -> _Report:
    try:
        package = load(path)
    except PackageError as error:
        return _Report(complaints=error.complaints)
    report = _Report(package=package)
    settings = get_settings()
    python = str(settings.runner_python.absolute())
    hidden = private_folders(settings)
    # Loading torch takes seconds of CPU time, so only torch packages load it.
    needed = [one for one in Runtime if one is not Runtime.TORCH or package.kind is Kind.TORCH]
    try:
        choice = choose_local(settings.sandbox, python, hidden=hidden)
        if choice.warning:
            sys.stderr.write(f"sandbox {choice.backend}: {choice.warning}\n")
        sandbox = start_sandbox(
            python, landlock_abi=choice.landlock_abi, hidden=hidden, runtimes=needed
        )
    except SandboxError as error:
        report.problems.append(f"no sandbox: {error}")
        return report
    try:
        verified = _judge(package, sandbox, jobs, show_progress=show_progress)
    except SandboxError as error:
        report.problems.append(f"the sandbox failed: {error}")
        return report
    finally:
        sandbox.close()
    report.submissions = verified.submissions
    report.holds = verified.holds
    report.problems = list(verified.errors)
    report.warnings = list(verified.warnings)
    report.left_out = [one.complaint for one in verified.submissions if not one.judged]
    report.time_limit_s = verified.limits.cpu_s
    return report


def _judge(
    package: ProblemPackage, sandbox: Sandbox, jobs: int, *, show_progress: bool
) -> Verified:
    """Judge all submissions; a progress bar on standard error counts tests."""
    with progress(shown=show_progress) as bar:
        task = bar.add_task(package.slug, total=None)
        tests = 0
        counted: dict[str, int] = {}
        for event in verify(package, sandbox, jobs):
            match event:
                case Started():
                    tests = event.tests
                    bar.update(task, total=event.submissions * event.tests)
                case Progress():
                    counted[event.path] = event.index
                    if show_progress:  # updating a hidden bar takes a millisecond, too
                        bar.update(task, advance=1, description=escape(event.path))
                case SubmissionChecked():
                    # Count the tests that were left out after the first failure, too.
                    bar.advance(task, tests - counted.get(event.path, 0))
                case Finding():
                    pass  # the last event, Verified, contains it too
                case Verified():
                    return event
    raise AssertionError("verify ended without its last event")


def _print(report: _Report) -> None:
    for complaint in report.complaints:
        fail(str(complaint))
    for warning in _warnings(report):
        errors.print(f"[yellow]warning:[/] {escape(warning)}", soft_wrap=True)
    if report.submissions and report.package:
        has_scores = report.package.grading is not None
        numbers = ("seen by", "time", "memory") + ("score",) * has_scores
        rows = table("submission", "expected", "got", *numbers, numbers=numbers)
        for one in report.submissions:
            failed = one.judged and not one.holds
            got = verdict_markup(one.verdict) + (" [bold red]✗[/]" if failed else "")
            # Only for wrong submissions it matters how many tests reject them.
            mutant = Verdict.AC not in one.expected
            seen = f"{len(one.killed_by)} of {one.tests}" if mutant and one.judged else ""
            score = (f"{one.score:g}" if one.judged else "",) * has_scores
            expected = "/".join(sorted(one.expected))
            usage = usage_texts(one.usage)
            rows.add_row(escape(one.path), expected, got, seen, *usage, *score)
        print_table(rows)
    for problem in report.problems:
        fail(problem)
    if report.package:
        package = report.package
        total = sum(one.judged for one in report.submissions)
        held = sum(one.holds for one in report.submissions)
        mark = "[green]ok[/]" if report.holds else "[bold red]failed[/]"
        counts = f"{held} of {total} submissions as expected, {len(package.tests)} tests"
        if not package.timing.fixed and report.time_limit_s:
            counts += f", time limit {report.time_limit_s:g} s (found)"
        console.print(f"{package.slug}: {mark}, {counts}")


def _warnings(report: _Report) -> list[str]:
    found = report.package.warnings if report.package else ()
    return [str(warning) for warning in found] + report.warnings + report.left_out


def _as_json(report: _Report) -> dict[str, Any]:
    return {
        "problem": report.package.slug if report.package else None,
        "ok": report.holds,
        "errors": [
            {"file": one.file, "line": one.line, "message": one.message}
            for one in report.complaints
        ]
        + [{"file": None, "line": None, "message": message} for message in report.problems],
        "warnings": _warnings(report),
        "time_limit_s": report.time_limit_s or None,
        "tests": len(report.package.tests) if report.package else 0,
        "submissions": [
            {
                "path": f"submissions/{one.path}",
                "language": one.language,
                "expected": sorted(one.expected),
                "verdict": one.verdict,
                "ok": one.holds if one.judged else None,
                "score": one.score,
                "killed_by": list(one.killed_by),
                "time_s": round(one.usage.cpu_s, 6),
                "memory_bytes": one.usage.memory_bytes,
                "message": one.message,
            }
            for one in report.submissions
        ],
    }
