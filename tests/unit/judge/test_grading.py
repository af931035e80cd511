"""Points: pure computation, without a database."""

from dataclasses import replace

import pytest

from judge.grading import (
    Agree,
    Combine,
    Group,
    Outcome,
    all_tests,
    full_score,
    group_outcome,
    is_full,
    outcome_of_test,
    points_of,
    score_problem,
)
from judge.limits import Usage
from judge.result import CheckResult, TestResult
from judge.verdict import Verdict

AC, WA, TLE, JE = Verdict.AC, Verdict.WA, Verdict.TLE, Verdict.JE


def outcomes(*parts: tuple[Verdict, float]) -> list[Outcome]:
    return [Outcome(str(at), *part, part[0] is AC) for at, part in enumerate(parts)]


@pytest.mark.parametrize(
    ("combine", "score"),
    [(Combine.SUM, 6), (Combine.MIN, 1), (Combine.MAX, 3), (Combine.AVERAGE, 2)],
)
def test_scores_combine(combine: Combine, score: float) -> None:
    group = Group("g", combine=combine)
    assert group_outcome(group, outcomes((AC, 1), (AC, 2), (AC, 3)), complete=True).score == score


@pytest.mark.parametrize(
    ("agree", "verdict"),
    [(Agree.FIRST, WA), (Agree.WORST, TLE), (Agree.ALWAYS, AC), (Agree.ANY, AC)],
)
def test_verdicts_agree(agree: Agree, verdict: Verdict) -> None:
    group = Group("g", agree=agree)
    found = group_outcome(group, outcomes((AC, 1), (WA, 0), (TLE, 0)), complete=True)
    assert found.verdict is verdict
    assert not found.passed


@pytest.mark.parametrize(
    ("agree", "verdict"), [(Agree.ANY, TLE), (Agree.ANY_FIRST, WA), (Agree.ALWAYS, AC)]
)
def test_without_an_accepted_member_the_other_rule_holds(agree: Agree, verdict: Verdict) -> None:
    group = Group("g", agree=agree)
    assert group_outcome(group, outcomes((WA, 0), (TLE, 0)), complete=True).verdict is verdict


def test_a_judge_error_is_never_outvoted() -> None:
    group = Group("g", agree=Agree.ANY)
    assert group_outcome(group, outcomes((AC, 1), (JE, 0)), complete=True).verdict is JE


def test_pass_fail_is_all_or_nothing() -> None:
    group = Group("g", combine=Combine.PASS_FAIL, most=30)
    assert group_outcome(group, outcomes((AC, 5), (AC, 5)), complete=True).score == 30
    assert group_outcome(group, outcomes((AC, 5), (WA, 5)), complete=True).score == 0
    assert group_outcome(group, outcomes((AC, 5)), complete=False).score == 0


def test_samples_can_be_left_out_and_rejection_costs_all() -> None:
    root = Group("", ignores_sample=True, nothing_if_rejected=True)
    sample = Outcome("sample", WA, 9, passed=False)
    secret = Outcome("secret", AC, 5, passed=True)
    assert group_outcome(root, [sample, secret], complete=True).score == 5
    failed = Outcome("secret", WA, 5, passed=False)
    assert group_outcome(root, [sample, failed], complete=True).score == 0


def test_more_than_the_most_is_the_packages_error() -> None:
    assert group_outcome(Group("g", most=3), outcomes((AC, 4)), complete=True).verdict is JE


def test_a_tests_worth() -> None:
    group = Group("g", accept=10, reject=-1)
    result = TestResult("g/1", False, AC, Usage())
    assert outcome_of_test(group, result).score == 10
    assert outcome_of_test(group, TestResult("g/1", False, WA, Usage())).score == -1
    assert points_of(group, CheckResult(AC, share=0.25)) == 2.5
    assert points_of(group, CheckResult(AC, points=7)) == 7
    assert points_of(group, CheckResult(AC)) is None


@pytest.mark.parametrize(
    ("group", "check", "problem"),
    [
        (Group("g", accept=None), CheckResult(AC), "leaves no `score.txt`"),
        (Group("g", accept=5, strict=True), CheckResult(AC, points=6), "5 are the most"),
        (
            Group("g", combine=Combine.PASS_FAIL, most=5, strict=True),
            CheckResult(AC, share=0.5),
            "pass-fail",
        ),
        (Group("g", accept=5, strict=True), CheckResult(AC, points=-1), "no score is negative"),
        (Group("g", accept=5), CheckResult(AC, points=-1), None),
        (Group("g", accept=5), CheckResult(AC, points=6), None),
        (Group("sample", accept=None), CheckResult(AC), None),
        (Group("g", accept=None), CheckResult(WA), None),
    ],
)
def test_a_validators_points_are_checked(
    group: Group, check: CheckResult, problem: str | None
) -> None:
    found = score_problem(group, check)
    assert found == problem if problem is None else problem in (found or "")


def test_full_score() -> None:
    parts = (Group("secret/a", tests=("1", "2"), accept=3), Group("secret/b", most=4))
    tree = Group("", groups=(Group("secret", groups=parts),))
    assert full_score(tree) == 10
    assert is_full(tree, 10)
    assert not is_full(tree, 9.9)
    unbounded = Group("", tests=("1",), accept=None)
    assert full_score(unbounded) is None
    assert is_full(unbounded, 0)


def test_members_are_in_the_order_of_their_names() -> None:
    group = Group("secret", tests=("secret/b", "secret/d-e"), groups=(Group("secret/a"),))
    group = replace(group, groups=(*group.groups, Group("secret/c"), Group("secret/d")))
    names = [one if isinstance(one, str) else one.name for one in group.members()]
    assert names == ["secret/a", "secret/b", "secret/c", "secret/d", "secret/d-e"]
    assert list(all_tests(group)) == ["secret/b", "secret/d-e"]


@pytest.mark.parametrize(
    ("group", "last", "ends"),
    [
        (Group("g", stops=True), Outcome("1", WA, 0, passed=False), True),
        (Group("g", stops=True), Outcome("1", AC, 0, passed=True), False),
        (Group("g"), Outcome("1", WA, 0, passed=False), False),
        # Legacy says itself when to stop; since 2025-09 the minimum may be lower yet.
        (Group("g", combine=Combine.MIN, stops=True), Outcome("1", WA, 2, passed=False), True),
        (
            Group("g", combine=Combine.MIN, stops=True, strict=True),
            Outcome("1", WA, 2, passed=False),
            False,
        ),
        (
            Group("g", combine=Combine.MIN, stops=True, strict=True),
            Outcome("1", WA, 0, passed=False),
            True,
        ),
    ],
)
def test_what_ends_a_group(group: Group, last: Outcome, ends: bool) -> None:
    assert group.ends(last) is ends
