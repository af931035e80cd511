"""Compares the results of a judging, test by test, with the expectations in folder names and
`submissions.yaml`."""

from collections.abc import Sequence
from dataclasses import dataclass

from judge.grading import full_score, outcomes_of
from judge.job import Kind
from judge.problem_package.expectations import ENDLESS, FOLDERS, matches
from judge.problem_package.package import Bound, Expectation, PackageSubmission, ProblemPackage
from judge.result import JudgingResult, TestResult
from judge.verdict import Verdict

_SLACK = 1e-6


def is_expected(expected: frozenset[Verdict], verdict: Verdict | None) -> bool:
    """Whether a submission may get `verdict`. Endless output also counts as too slow."""
    return verdict in expected or (verdict is ENDLESS and Verdict.TLE in expected)


def concerned(wanted: Expectation, results: Sequence[TestResult]) -> list[TestResult]:
    """Return the results of the tests that an expectation is about."""
    return [one for one in results if not wanted.tests or matches(wanted.tests, one.name)]


def speaks_of_every_test(submission: PackageSubmission) -> bool:
    """Whether the first failing test isn't enough to check the expectations. It is enough if no
    test may fail, and for a slow submission: most of its tests would take the whole limit."""
    if len(submission.expectations) > 1 or any(one.message for one in submission.expectations):
        return True
    return submission.expected != {Verdict.AC} and Verdict.TLE not in submission.expected


def needs_more_tests(submission: PackageSubmission, results: Sequence[TestResult]) -> bool:
    """Whether a required verdict has not occurred in the tests so far; later tests may have it."""
    return any(_is_lacking(one, concerned(one, results)) for one in submission.expectations)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A judged submission of a package; `limit_s` is the time limit for its language."""

    package: ProblemPackage
    submission: PackageSubmission
    result: JudgingResult
    results: Sequence[TestResult]
    limit_s: float

    def broken(self) -> str:
        """Return how an expectation fails, as the end of a sentence; empty if all hold."""
        if self.submission.partial:
            grading, score = self.package.grading, self.result.score
            full = full_score(grading) if grading else None
            if full is not None and score >= full - _SLACK:
                return f"it has all of the {full:g} points, but should have only some"
            # In legacy a score may be negative, which is a part of the points too.
            if not score:
                return "it has no points, but should have some"
        complaints = (self._broken(one) for one in self.submission.expectations)
        return next(filter(None, complaints), "")

    def part_warning(self) -> str:
        """Return the warning if the submission has only a part of the points, where that does not
        refuse the package; else an empty text."""
        grading, score = self.package.grading, self.result.score
        full = full_score(grading) if grading and self.submission.may_be_partial else None
        # In legacy a submission that the groups reject has no points.
        if full is None or not score or score >= full - _SLACK:
            return ""
        # Every test accepts it, only the validator gives less: the format wants no more.
        if self.result.verdict is Verdict.AC:
            return ""
        return (
            f"submissions/{self.submission.path}: {score:g} of {full:g} points: it does not count "
            "as accepted, sets no time limit and is not shown as a solution; move it to "
            "submissions/partially_accepted"
        )

    def slowest_s(self, bound: Bound) -> float:
        """Return the greatest CPU time of the tests in expectations with this `bound`."""
        times = (
            result.usage.cpu_s
            for one in self.submission.expectations
            if one.bound is bound
            for result in concerned(one, self.results)
        )
        return max(times, default=0.0)

    def _broken(self, wanted: Expectation) -> str:
        where = f" on {wanted.tests}" if wanted.tests else ""
        found = concerned(wanted, self.results)
        stray = next(
            (one for one in found if self._verdict(wanted, one) not in wanted.permitted), None
        )
        if stray and not self._is_lenient(wanted):
            verdict = self._verdict(wanted, stray)
            return f"{verdict} on {stray.name}, where {_listed(wanted.permitted)} is permitted"
        if _is_lacking(wanted, found):
            return f"no {_listed(wanted.required)}{where}, which is required"
        if wanted.score is not None and (problem := self._score_problem(wanted, wanted.score)):
            return problem
        if wanted.message and not any(wanted.message in one.detail for one in found):
            return f"no judgemessage.txt holds `{wanted.message}`{where}"
        return ""

    def _is_lenient(self, wanted: Expectation) -> bool:
        """Whether the folder's expectation concerns only the overall verdict. That holds if a
        driver calls the submission, since one mistake may then cause different verdicts, or if a
        group's flags make its verdict."""
        by_folder = self.submission.path.split("/")[0] in FOLDERS
        if not by_folder or wanted is not self.submission.expectations[0]:
            return False
        grading = self.package.grading
        # Only groups of older formats have such flags; those of 2025-09 are strict.
        flags = grading is not None and not any(one.strict for one in grading.groups)
        return flags or self.package.kind is not Kind.STDIO

    def _verdict(self, wanted: Expectation, one: TestResult) -> Verdict:
        """Return the verdict by the plain time limit: a submission that must be too slow on some
        tests runs with an increased limit, but its other tests must keep the plain one."""
        late = wanted.bound is Bound.LOWER and one.usage.cpu_s > self.limit_s
        return Verdict.TLE if late and one.verdict is Verdict.AC else one.verdict

    def _score_problem(self, wanted: Expectation, score: tuple[float, float]) -> str:
        least, most = score
        if not wanted.tests:
            found = {"": self.result.score}
        else:
            grading = self.package.grading
            results = {one.name: one for one in self.results}
            outcomes = outcomes_of(grading, results) if grading else {}
            found = {
                name: outcome.score
                for name, outcome in outcomes.items()
                if _names_group(wanted.tests, name)
            }
            if not found:
                return f"there is no group `{wanted.tests}` that could have a score"
        for name, got in found.items():
            if not least - _SLACK <= got <= most + _SLACK:
                of = f" in {name}" if name else ""
                return f"its score{of} is {got:g}, and should be in {least:g} to {most:g}"
        return ""


def _names_group(pattern: str, name: str) -> bool:
    """Whether `pattern` names the group itself, and not one around it."""
    parent = name.rpartition("/")[0]
    return matches(pattern, name) and not (parent and matches(pattern, parent))


def _is_lacking(wanted: Expectation, found: Sequence[TestResult]) -> bool:
    return bool(found) and not any(one.verdict in wanted.required for one in found)


def _listed(verdicts: frozenset[Verdict]) -> str:
    """Return the verdicts as text, without that of endless output, which is only tolerated."""
    named = verdicts - ({ENDLESS} if Verdict.RTE not in verdicts else frozenset())
    return " or ".join(verdict for verdict in Verdict if verdict in named)
