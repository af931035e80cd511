"""What `submissions.yaml` demands beyond a verdict, held against what a judging came to."""

from collections.abc import Sequence

from judge.grading import full_score
from judge.job import Kind
from judge.problem_package.expectations import matches
from judge.problem_package.package import Expectation, PackageSubmission, ProblemPackage
from judge.result import JudgingResult, TestResult
from judge.verdict import Verdict

_SLACK = 1e-6


def broken_expectation(
    package: ProblemPackage,
    submission: PackageSubmission,
    result: JudgingResult,
    results: Sequence[TestResult],
) -> str:
    """What does not hold, as the end of a sentence; empty when all does."""
    if submission.partial:
        return _not_partial(package, result)
    # A program in `wrong_answer/` crashes on no test. (What a driver calls may fail in many ways by
    # one mistake; and the legacy format lets a program that crashes be wrong, too.)
    stray = next((one for one in results if one.verdict not in submission.permitted), None)
    strict = package.kind is Kind.STDIO and Verdict.RTE not in submission.permitted
    if strict and stray and result.verdict in submission.expected:
        return _stray(stray, submission.permitted)
    complaints = (_broken(one, result, results) for one in submission.expectations)
    return next(filter(None, complaints), "")


def _not_partial(package: ProblemPackage, result: JudgingResult) -> str:
    full = full_score(package.grading) if package.grading else None
    if full is not None and result.score >= full - _SLACK:
        return f"it has all of the {full:g} points, and should have a part"
    return "" if result.score > 0 else "it has no points, and should have a part"


def _broken(wanted: Expectation, result: JudgingResult, results: Sequence[TestResult]) -> str:
    where = f" on {wanted.tests}" if wanted.tests else ""
    concerned = [one for one in results if not wanted.tests or matches(wanted.tests, one.name)]
    stray = next((one for one in concerned if one.verdict not in wanted.permitted), None)
    if stray:
        return _stray(stray, wanted.permitted)
    if concerned and not any(one.verdict in wanted.required for one in concerned):
        return f"no {_listed(wanted.required)}{where}, which is required"
    if wanted.score is not None and not wanted.tests:
        least, most = wanted.score
        if not least - _SLACK <= result.score <= most + _SLACK:
            return f"its score is {result.score:g}, and should be in {least:g} to {most:g}"
    if wanted.message and not any(wanted.message in one.detail for one in concerned):
        return f"no judgemessage.txt holds `{wanted.message}`{where}"
    return ""


def _stray(one: TestResult, permitted: frozenset[Verdict]) -> str:
    return f"{one.verdict} on {one.name}, where {_listed(permitted)} is permitted"


def _listed(verdicts: frozenset[Verdict]) -> str:
    return " or ".join(verdict for verdict in Verdict if verdict in verdicts)
