"""The check of an uploaded package: reads it, judges all its submissions, and reports the result.

Yields events, as `worker.judging.judging` does; it knows neither the queue nor the database.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from judge.labels import joined
from judge.mistakes.failures import Failure, Mutant, is_mutant, line_of
from judge.problem_package.complaints import PackageComplaint, PackageError
from judge.problem_package.expectations import expected_of
from judge.problem_package.load import load
from judge.problem_package.package import PackageSubmission, ProblemPackage
from judge.uploads.outcome import CheckedSubmission, UploadReport
from worker.checkers import CheckerError, comparer_for
from worker.judging.diagnosis import MOST_JUDGINGS, Diagnosis
from worker.packages.package_checks import Finding
from worker.packages.verification import Progress, SubmissionChecked, Verified, verify
from worker.packages.verification_events import Started
from worker.sandbox.base import Sandbox


@dataclass(frozen=True, slots=True)
class Read:
    """The package was read without errors; its submissions are judged next.

    `longest_s` is how long that takes if every test uses its whole time limit.
    """

    problem: str
    submissions: int
    tests: int
    longest_s: float
    warnings: tuple[PackageComplaint, ...]
    sha256: str
    uuid: str | None = None
    requires: str = ""
    """The labels that a worker must have to judge it (see `judge.labels`)."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The last event: the package must not be published."""

    report: UploadReport


@dataclass(frozen=True, slots=True)
class Sound:
    """The last event: the package may be published. `failures` has the failures of its wrong
    submissions, by path."""

    package: ProblemPackage
    failures: Mapping[str, Failure]
    report: UploadReport


CheckEvent = Read | Progress | SubmissionChecked | Refused | Sound


def check(archive: Path, sandbox: Sandbox, pace: Callable[[], None]) -> Iterator[CheckEvent]:
    """Check the package in `archive`, one submission after the other; raises SandboxError.

    `pace` is called before each test (see `worker.packages.verification.verify`).
    """
    try:
        package = load(archive)
        comparer_for(package.checker)
    except PackageError as error:
        yield Refused(UploadReport(errors=error.complaints))
        return
    except CheckerError as error:
        complaint = PackageComplaint("judge.yaml", None, str(error))
        yield Refused(UploadReport(errors=(complaint,)))
        return
    submissions, tests = len(package.submissions), len(package.tests)
    # A mutant with random results is judged `MOST_JUDGINGS` times.
    longest_s = MOST_JUDGINGS * submissions * tests * package.limits.wall_s
    yield Read(
        package.slug,
        submissions,
        tests,
        longest_s,
        package.warnings,
        package.sha256,
        package.uuid,
        joined(package.requires),
    )
    for event in verify(package, sandbox, pace=pace, reproduce=True):
        match event:
            case Progress() | SubmissionChecked():
                yield event
            case Verified():
                yield _verdict(package, event)
            case Started() | Finding():
                pass  # `Read` has told the numbers, and the report has the findings


def public(one: SubmissionChecked, diagnosis: Mapping[str, str] | None = None) -> CheckedSubmission:
    """Return a checked submission in the report's form."""
    return CheckedSubmission(
        path=f"submissions/{one.path}",
        language=one.language,
        expected=tuple(sorted(one.expected)),
        verdict=one.verdict,
        ok=one.holds if one.judged else None,
        time_s=one.usage.cpu_s,
        memory_bytes=one.usage.memory_bytes,
        killed_by=one.killed_by,
        message=one.message,
        diagnosis=diagnosis or {},
    )


def _verdict(package: ProblemPackage, verified: Verified) -> Refused | Sound:
    failures = {
        one.path: one.failure
        for one in verified.submissions
        if one.judged and is_mutant(one.expected)
    }
    mutants = [
        Mutant(path, line_of(package.mistakes, path), failure) for path, failure in failures.items()
    ]
    submissions = [public(one, _line(package, one, mutants)) for one in verified.submissions]
    # Find lines that no user will get, because the diagnosis can't be certain of their mistake.
    lines = {f"submissions/{mutant.path}": dict(mutant.line) for mutant in mutants if mutant.line}
    never_told = [
        one.path for one in submissions if one.path in lines and one.diagnosis != lines[one.path]
    ]
    why = (
        "its line in `mistakes` is never shown: the tests can't distinguish it from another "
        "mistake; add a test that can, or give both the same line"
    )
    errors = [*_found(verified, errors=True)]
    errors += [_about(one) for one in verified.submissions if one.judged and not one.holds]
    if verified.accepted_none:
        message = "none of them was accepted"
        errors.append(PackageComplaint("submissions/accepted", None, message))
    report = UploadReport(
        errors=tuple(errors),
        warnings=(
            *package.warnings,
            *_found(verified, errors=False),
            *(_about(one) for one in verified.submissions if not one.judged),
            *(PackageComplaint(path, None, why) for path in never_told),
        ),
        submissions=tuple(submissions),
    )
    if not verified.holds:
        return Refused(report)
    part_accepted = {one.path for one in verified.submissions if one.part_accepted}
    stored = tuple(
        _as_partial(one) if one.path in part_accepted else one for one in package.submissions
    )
    # If the package names no time limit, use the one that was found.
    return Sound(replace(package, limits=verified.limits, submissions=stored), failures, report)


def _as_partial(one: PackageSubmission) -> PackageSubmission:
    """Return the submission as if it were in `partially_accepted`, whose submissions are neither
    shown as solutions nor taken for right ones."""
    return replace(one, expected=expected_of(()), partial=True, model=False, may_be_partial=False)


def _line(
    package: ProblemPackage, one: SubmissionChecked, mutants: list[Mutant]
) -> Mapping[str, str]:
    """Return the diagnosis line that a user who sends this submission will get."""
    answers = {test.name: test.answer for test in package.tests}
    diagnosis = Diagnosis(one.failure, one.ran, package.checker, answers.__getitem__)
    return diagnosis.line(lambda fits: [each for each in mutants if fits(each.failure)])


def _found(verified: Verified, *, errors: bool) -> Iterator[PackageComplaint]:
    """Yield the validators' findings and, as warnings, those of single submissions."""
    for finding in verified.findings:
        if finding.is_error is errors:
            yield PackageComplaint(finding.file, None, finding.message)
    for one in verified.submissions:
        if one.warning and not errors:
            path = f"submissions/{one.path}"
            yield PackageComplaint(path, None, one.warning.removeprefix(f"{path}: "))


def _about(one: SubmissionChecked) -> PackageComplaint:
    file = f"submissions/{one.path}"
    return PackageComplaint(file, None, one.complaint.removeprefix(f"{file}: "))
