"""The events of a verification, while it runs and at its end."""

from dataclasses import dataclass, field

from judge.limits import Limits, Usage
from judge.mistakes.failures import Failure
from judge.problem_package.programs import ACCEPTED
from judge.verdict import Verdict
from worker.packages.expectations import is_expected
from worker.packages.package_checks import Finding


@dataclass(frozen=True, slots=True)
class Started:
    """Judging begins: `submissions` is their number, `tests` the maximum of tests for each."""

    submissions: int
    tests: int


@dataclass(frozen=True, slots=True)
class Progress:
    """A submission has finished one more test."""

    path: str
    index: int
    total: int


@dataclass(frozen=True, slots=True)
class SubmissionChecked:
    """One submission's verdict and the expected ones.

    `verdict` is None if it could not be judged (its language is not available here). `killed_by`
    names the tests that did not accept it; `failure` is its failure on the tests that it `ran`, for
    diagnoses. `broken` says which other expectation does not hold; `part_accepted`: it has only a
    part of the points, which its folder forgives; `warning` is for the author: its points, or that
    its time is close to the limit.
    """

    path: str
    language: str
    expected: frozenset[Verdict]
    verdict: Verdict | None
    usage: Usage
    killed_by: tuple[str, ...]
    tests: int
    message: str
    failure: Failure
    ran: tuple[str, ...]
    score: float = 0.0
    broken: str = ""
    part_accepted: bool = False
    warning: str = ""

    @property
    def judged(self) -> bool:
        """Whether it was judged; False if its language is not available here."""
        return self.verdict is not None

    @property
    def holds(self) -> bool:
        """Whether it got an expected verdict and meets all other expectations."""
        return self._is_verdict_right and not self.broken

    @property
    def complaint(self) -> str:
        """Why it does not hold, as a sentence with the file's name; empty if it holds."""
        if self.holds:
            return ""
        path = f"submissions/{self.path}"
        if self.verdict is None:
            return f"{path}: not judged: {self.message}"
        if self._is_verdict_right:
            return f"{path}: {self.verdict}, but {self.broken}"
        wanted = " or ".join(sorted(self.expected))
        if self.expected == {Verdict.TLE} and self.verdict is Verdict.AC:
            taken = f"it takes {self.usage.cpu_s:.2f} s"
            return f"{path}: AC, TLE expected: {taken}, which is within the limit and its margin"
        if self.verdict is Verdict.AC:
            return f"{path}: AC, {wanted} expected: no test sees what is wrong"
        detail = f": {self.message}" if self.message else ""
        return f"{path}: {self.verdict}, {wanted} expected{detail}"

    @property
    def _is_verdict_right(self) -> bool:
        return self.part_accepted or is_expected(self.expected, self.verdict)


@dataclass(frozen=True, slots=True)
class Verified:
    """The last event: every submission, in the package's order, and all findings. There are no
    submissions if a finding is fatal.

    `limits` are the package's, or contain the time limit that was found if it names none.
    """

    submissions: tuple[SubmissionChecked, ...]
    findings: tuple[Finding, ...] = ()
    limits: Limits = field(default_factory=Limits)

    @property
    def errors(self) -> tuple[str, ...]:
        """The errors because of which the package can't be published."""
        found = [str(finding) for finding in self.findings if finding.is_error]
        found += [one.complaint for one in self.submissions if one.judged and not one.holds]
        if self.accepted_none:
            found.append("submissions/accepted: none of them was accepted")
        return tuple(found)

    @property
    def accepted_none(self) -> bool:
        """Whether submissions could be judged, but none of `accepted/` was accepted."""
        fatal = any(finding.fatal for finding in self.findings)
        return not fatal and not any(
            one.verdict is Verdict.AC and one.path.startswith(f"{ACCEPTED}/")
            for one in self.submissions
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """The warnings for the author."""
        found = [str(finding) for finding in self.findings if not finding.is_error]
        return tuple(found + [one.warning for one in self.submissions if one.warning])

    @property
    def holds(self) -> bool:
        """Whether there are no errors, so that the package may be published."""
        return not self.errors


VerifyEvent = Started | Progress | Finding | SubmissionChecked | Verified
