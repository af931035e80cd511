"""What a verification tells, while it runs and at its end."""

from dataclasses import dataclass, field

from judge.limits import Limits, Usage
from judge.mistakes.failures import Failure
from judge.verdict import Verdict
from worker.packages.expectations import is_expected
from worker.packages.package_checks import Finding


@dataclass(frozen=True, slots=True)
class Started:
    """Judging begins: so many submissions, each against so many tests at most."""

    submissions: int
    tests: int


@dataclass(frozen=True, slots=True)
class Progress:
    """A submission has one more test behind it."""

    path: str
    index: int
    total: int


@dataclass(frozen=True, slots=True)
class SubmissionChecked:
    """One submission's verdict beside the ones expected of it.

    `verdict` is None when it could not be judged (its language is not available here).
    `killed_by` names the tests that did not accept it; `failure` is how it failed the tests
    that it `ran`, for diagnoses. `broken` says which other expectation
    does not hold; `margin` what is wrong with its time, which is a warning.
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
    margin: str = ""

    @property
    def judged(self) -> bool:
        """False where its language is not available here."""
        return self.verdict is not None

    @property
    def holds(self) -> bool:
        """It got a verdict that was expected."""
        return is_expected(self.expected, self.verdict) and not self.broken

    @property
    def complaint(self) -> str:
        """Why it does not hold, in a sentence that names the file; empty when it does."""
        if self.holds:
            return ""
        path = f"submissions/{self.path}"
        if self.verdict is None:
            return f"{path}: not judged: {self.message}"
        if is_expected(self.expected, self.verdict):
            return f"{path}: {self.verdict}, but {self.broken}"
        wanted = " or ".join(sorted(self.expected))
        if self.expected == {Verdict.TLE} and self.verdict is Verdict.AC:
            taken = f"it takes {self.usage.cpu_s:.2f} s, which fits"
            return f"{path}: AC, TLE expected: {taken}, the margin on top of the limit included"
        if self.verdict is Verdict.AC:
            return f"{path}: AC, {wanted} expected: no test sees what is wrong"
        detail = f": {self.message}" if self.message else ""
        return f"{path}: {self.verdict}, {wanted} expected{detail}"


@dataclass(frozen=True, slots=True)
class Verified:
    """The last event: every submission, in the package's order, and what else was found. No
    submission where nothing can be judged.

    `limits` are the package's, with the time limit that was found where it names none.
    """

    submissions: tuple[SubmissionChecked, ...]
    findings: tuple[Finding, ...] = ()
    limits: Limits = field(default_factory=Limits)

    @property
    def errors(self) -> tuple[str, ...]:
        """Everything for which the package is not to be published."""
        found = [str(finding) for finding in self.findings if finding.is_error]
        found += [one.complaint for one in self.submissions if one.judged and not one.holds]
        if self.accepted_none:
            found.append("submissions/accepted: none of them was accepted")
        return tuple(found)

    @property
    def accepted_none(self) -> bool:
        """Not one submission was accepted, although they could be judged."""
        fatal = any(finding.fatal for finding in self.findings)
        return not fatal and not any(one.verdict is Verdict.AC for one in self.submissions)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the author should know all the same."""
        found = [str(finding) for finding in self.findings if not finding.is_error]
        return tuple(found + [one.margin for one in self.submissions if one.margin])

    @property
    def holds(self) -> bool:
        """What could be judged got what was expected, and something was accepted."""
        return not self.errors


VerifyEvent = Started | Progress | Finding | SubmissionChecked | Verified
