"""Points: how the results of a package's tests and groups make one verdict and one score.

One tree of groups serves both versions of the format. In `legacy` and 2023-07-draft
(`testdata.yaml`), a group's flags say how verdicts and scores are combined, and a rejected
submission has no points. In 2025-09 (`test_group.yaml`), a group has a maximum score, which its
tests share, and may require that another group was passed. Nothing here runs anything.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from statistics import fmean
from typing import Any

from judge.result import CheckResult, TestResult
from judge.verdict import Verdict

_SLACK = 1e-6
"""Sums of scores are rounded, so a full score may differ by this much."""


class Combine(StrEnum):
    """How a group's score is computed from its members' scores."""

    SUM = "sum"
    MIN = "min"
    MAX = "max"
    AVERAGE = "avg"
    PASS_FAIL = "pass-fail"  # noqa: S105 the format's word
    """`most` if every test passed, else 0."""


class Agree(StrEnum):
    """How a group's verdict is computed from its members' verdicts."""

    FIRST = "first_error"
    WORST = "worst_error"
    ALWAYS = "always_accept"
    ANY = "accept_if_any_accepted"
    """AC if one member is accepted, else as WORST."""
    ANY_FIRST = "accept_if_any_accepted first_error"
    """AC if one member is accepted, else as FIRST."""


@dataclass(frozen=True, slots=True)
class Group:
    """Tests and groups in judging order; `name` is the folder below `data/`, empty for `data`.

    A passed test is worth `accept`, a failed one `reject`; if `accept` is None, the validator says
    what it is worth. `most` is the maximum score, None if there is none. With `stops`, the rest of
    the group is not judged after a failure (see `ends`). `requires` names groups that must be
    passed first.
    """

    name: str
    tests: tuple[str, ...] = ()
    groups: tuple["Group", ...] = ()
    combine: Combine = Combine.SUM
    agree: Agree = Agree.FIRST
    accept: float | None = 1.0
    reject: float = 0.0
    most: float | None = None
    stops: bool = False
    ignores_sample: bool = False
    requires: tuple[str, ...] = ()
    strict: bool = False
    """`accept` limits a validator's points, and a pass-fail group has none."""
    nothing_if_rejected: bool = False

    def members(self) -> Iterator["str | Group"]:
        """Test names and groups, in judging order: by the names of both together."""
        members: list[str | Group] = [*self.tests, *self.groups]
        # Sorted by parts: as text, `/` would sort after `-` and `.`.
        yield from sorted(members, key=lambda one: _name(one).split("/"))

    def ends(self, last: "Outcome") -> bool:
        """Whether the rest of the group is not judged after the outcome `last` of a member."""
        if not self.stops or last.verdict is Verdict.AC:
            return False
        # Since 2025-09 nothing but the score counts: a group that failed a test may still have
        # some points, and the minimum may be lower yet.
        return not self.strict or self.combine is not Combine.MIN or last.score <= 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a group or a test. `passed`: every test in it was judged and accepted."""

    name: str
    verdict: Verdict
    score: float
    passed: bool


def outcome_of_test(group: Group, result: TestResult) -> Outcome:
    """The outcome of one test in its group."""
    passed = result.verdict is Verdict.AC
    worth = result.score if passed and result.score is not None else None
    if worth is None:
        worth = (group.accept or 0.0) if passed else group.reject
    return Outcome(result.name, result.verdict, worth, passed)


def points_of(group: Group, check: CheckResult) -> float | None:
    """A validator's own score for a test of `group`; None if it gives none."""
    if check.points is not None:
        return check.points
    if check.share is not None and group.accept is not None:
        return check.share * group.accept
    return None


def score_problem(group: Group, check: CheckResult) -> str | None:
    """What is wrong with the points that a validator gave, or None. Samples have no points."""
    if check.verdict is not Verdict.AC or group.name == "sample":
        return None
    if group.accept is None and check.points is None:
        return "it accepts, but leaves no `score.txt`, without which this test has no score"
    # Older versions of the format don't say which points a validator may give.
    if not group.strict or (check.points is None and check.share is None):
        return None
    if group.combine is Combine.PASS_FAIL:
        return "it gives points in a group whose score_aggregation is pass-fail"
    if check.points is not None and check.points < 0:
        return f"it gives {check.points:g} points; since 2025-09 no score is negative"
    most = float("inf") if group.accept is None else group.accept
    if check.points is not None and check.points > most + _SLACK:
        return f"it gives {check.points:g} points where {most:g} are the most"
    return None


def group_outcome(group: Group, members: Sequence[Outcome], *, complete: bool) -> Outcome:
    """The outcome of a group. `complete` is False if part of the group was not judged."""
    if group.ignores_sample:
        members = [one for one in members if one.name != "sample"]
    passed = complete and all(one.passed for one in members)
    verdict = _agreed(group.agree, [one.verdict for one in members])
    score = _combined(group, [one.score for one in members], passed=passed)
    if group.nothing_if_rejected and verdict is not Verdict.AC:
        score = 0.0
    # Only the package's own validator can give too much, so the submission is not at fault.
    if group.most is not None and score > group.most + _SLACK:
        verdict = Verdict.JE
    return Outcome(group.name, verdict, score, passed)


def outcomes_of(root: Group, results: Mapping[str, TestResult]) -> dict[str, Outcome]:
    """{group's name: its outcome}, computed from {test's name: result}. It is the same as if `root`
    was judged group by group: results of tests that this would have left out do not count."""
    found: dict[str, Outcome] = {}

    def of_group(group: Group, *, ended: bool) -> Outcome:
        # Groups are in judging order, so a required group already has its outcome.
        required = all(name in found and found[name].passed for name in group.requires)
        ended = ended or not required
        members: list[Outcome] = []
        complete = True
        for member in group.members():
            if isinstance(member, Group):
                outcome = of_group(member, ended=ended)
            elif member in results and not ended:
                outcome = outcome_of_test(group, results[member])
            else:
                complete = False
                continue
            if ended:
                complete = False
                continue
            members.append(outcome)
            ended = group.ends(outcome)
        outcome = group_outcome(group, members, complete=complete)
        found[group.name] = outcome if required else not_judged(group)
        return found[group.name]

    of_group(root, ended=False)
    return found


def not_judged(group: Group) -> Outcome:
    """The outcome of a group whose requirements were not met."""
    return Outcome(group.name, Verdict.WA, 0.0, passed=False)


def full_score(group: Group) -> float | None:
    """The maximum score of `group`; None if there is no maximum."""
    if group.most is not None:
        return group.most
    if group.combine is Combine.PASS_FAIL:
        return 0.0
    parts = [group.accept for _ in group.tests]
    parts += [
        full_score(one)
        for one in group.groups
        if not (group.ignores_sample and one.name == "sample")
    ]
    # One part without a maximum leaves the whole without one.
    known = [part for part in parts if part is not None]
    return _combined(group, known, passed=True) if len(known) == len(parts) else None


def is_full(group: Group, score: float) -> bool:
    """Whether `score` is the maximum. If there is none, every score is full."""
    full = full_score(group)
    return full is None or score >= full - _SLACK


def all_tests(group: Group) -> Iterator[str]:
    """The names of the tests in the group, in judging order."""
    for name, _ in tests_with_groups(group):
        yield name


def tests_with_groups(group: Group) -> Iterator[tuple[str, Group]]:
    """The names of the tests in the group, in judging order, each with the group that holds it."""
    for member in group.members():
        if isinstance(member, Group):
            yield from tests_with_groups(member)
        else:
            yield member, group


def to_json(group: Group) -> dict[str, Any]:
    """The group as JSON, for a column of the database."""
    return asdict(group)


def from_json(stored: Mapping[str, Any]) -> Group:
    """The counterpart of `to_json`."""
    values = {one.name: stored[one.name] for one in fields(Group) if one.name in stored}
    values |= {
        "tests": tuple(values.get("tests", ())),
        "groups": tuple(from_json(one) for one in values.get("groups", ())),
        "requires": tuple(values.get("requires", ())),
        "combine": Combine(values.get("combine", Combine.SUM)),
        "agree": Agree(values.get("agree", Agree.FIRST)),
    }
    return Group(**values)


def _name(member: str | Group) -> str:
    return member if isinstance(member, str) else member.name


def _agreed(how: Agree, verdicts: Sequence[Verdict]) -> Verdict:
    # A fault of the judge says nothing about the submission, whatever the group's rule is.
    if Verdict.JE in verdicts:
        return Verdict.JE
    wrong = [verdict for verdict in verdicts if verdict is not Verdict.AC]
    if not wrong or how is Agree.ALWAYS:
        return Verdict.AC
    if how in (Agree.ANY, Agree.ANY_FIRST) and len(wrong) < len(verdicts):
        return Verdict.AC
    if how in (Agree.WORST, Agree.ANY):
        return max(wrong, key=lambda verdict: verdict.facts.severity)
    return wrong[0]


def _combined(group: Group, scores: Sequence[float], *, passed: bool) -> float:
    match group.combine:
        case Combine.PASS_FAIL:
            return (group.most or 0.0) if passed else 0.0
        case Combine.SUM:
            return sum(scores)
        case Combine.MIN:
            return min(scores, default=0.0)
        case Combine.MAX:
            return max(scores, default=0.0)
        case Combine.AVERAGE:
            return fmean(scores) if scores else 0.0
