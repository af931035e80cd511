"""Results are compared with the expectations of folders and `submissions.yaml`, test by test."""

from collections.abc import Mapping

import pytest

from judge.limits import Usage
from judge.problem_package.package import Bound, PackageSubmission, ProblemPackage
from judge.result import JudgingResult, TestResult
from judge.verdict import Verdict
from tests.unit.judge.problem_package.making import LEGACY, PROBLEM_YAML, changed, loaded
from worker.packages.expectations import (
    Judgement,
    is_expected,
    needs_more_tests,
    speaks_of_every_test,
)

GROUPS = {
    "problem.yaml": PROBLEM_YAML.replace("2023-07-draft", "2025-09") + "type: scoring\n",
    "data/secret/01-large.in": None,
    "data/secret/01-large.ans": None,
    "data/secret/a/test_group.yaml": "max_score: 40\n",
    "data/secret/a/1.in": "1 1\n",
    "data/secret/a/1.ans": "2\n",
    "data/secret/b/test_group.yaml": "max_score: 60\nscore_aggregation: sum\n",
    "data/secret/b/1.in": "1 3\n",
    "data/secret/b/1.ans": "4\n",
    "data/secret/b/2.in": "1 4\n",
    "data/secret/b/2.ans": "5\n",
}
PLAIN = {"data/secret/02.in": "1 1\n", "data/secret/02.ans": "2\n"}


def result(name: str, verdict: str, cpu_s: float, detail: str) -> TestResult:
    return TestResult(
        name, name.startswith("sample"), Verdict(verdict), Usage(cpu_s=cpu_s), detail=detail
    )


def judged(
    package: ProblemPackage,
    verdicts: str,
    *,
    path: str,
    times: Mapping[str, float] | None = None,
    detail: str = "",
    score: float = 0.0,
) -> Judgement:
    """A judgement whose tests, in their order, got `verdicts`."""
    submission = one(package, path)
    results = [
        result(test.name, verdict, (times or {}).get(test.name, 0.1), detail)
        for test, verdict in zip(package.tests, verdicts.split(), strict=True)
    ]
    failed = next((each.verdict for each in results if each.verdict != "AC"), Verdict.AC)
    whole = JudgingResult(failed, Usage(), score)
    return Judgement(package, submission, whole, results, limit_s=3.0)


def one(package: ProblemPackage, path: str) -> PackageSubmission:
    return next(each for each in package.submissions if each.path == path)


def with_rules(rules: str, path: str, more: Mapping[str, str | None] = PLAIN) -> ProblemPackage:
    files = {"submissions/submissions.yaml": rules, f"submissions/{path}": "x\n"}
    return loaded(changed({**more, **files}))


@pytest.mark.parametrize(
    ("folder", "verdicts", "broken"),
    [
        ("wrong_answer", "AC WA AC", ""),
        ("wrong_answer", "AC WA RTE", "RTE on secret/02, where AC or WA is permitted"),
        ("wrong_answer", "AC WA TLE", "TLE on secret/02, where AC or WA is permitted"),
        ("time_limit_exceeded", "AC AC TLE", ""),
        ("time_limit_exceeded", "AC OLE TLE", ""),
        ("time_limit_exceeded", "AC OLE AC", ""),
        ("time_limit_exceeded", "AC WA TLE", "WA on secret/01-large, where AC or TLE is"),
        ("run_time_error", "AC MLE OLE", ""),
        ("run_time_error", "AC WA RTE", "WA on secret/01-large, where AC or MLE or OLE or RTE"),
        ("brute_force", "AC TLE RTE", ""),
        ("brute_force", "AC TLE WA", "WA on secret/02, where"),
        ("rejected", "WA TLE RTE", ""),
    ],
)
def test_folders_speak_of_every_test(folder: str, verdicts: str, broken: str) -> None:
    path = f"{folder}/a.py"
    package = with_rules("{}\n", path)
    assert judged(package, verdicts, path=path).broken().startswith(broken)
    assert bool(judged(package, verdicts, path=path).broken()) is bool(broken)


@pytest.mark.parametrize("verdicts", ["AC WA TLE", "AC TLE WA"])
def test_a_slow_one_may_be_wrong_too_in_legacy(verdicts: str) -> None:
    path = "time_limit_exceeded/a.py"
    more = {name.replace("secret/02", "secret/03"): text for name, text in PLAIN.items()}
    package = loaded(changed({**more, f"submissions/{path}": "x\n"}, LEGACY))
    judgement = judged(package, verdicts, path=path)
    assert judgement.broken() == ""
    assert is_expected(judgement.submission.expected, judgement.result.verdict)


RULES = """\
mixed/*:
  sample: {permitted: [AC]}
  secret/0{1,7}-*: {permitted: [AC, WA], required: [WA]}
  secret/02: {required: [TLE, RTE]}
"""


@pytest.mark.parametrize(
    ("verdicts", "broken"),
    [
        ("AC WA TLE", ""),
        ("AC WA RTE", ""),
        ("WA WA TLE", "WA on sample/1, where AC is permitted"),
        ("AC TLE TLE", "TLE on secret/01-large, where AC or WA is permitted"),
        ("AC AC TLE", "no WA on secret/0{1,7}-*, which is required"),
        ("AC WA AC", "no TLE or MLE or OLE or RTE or SV on secret/02, which is required"),
    ],
)
def test_patterns_speak_of_parts_of_the_tests(verdicts: str, broken: str) -> None:
    package = with_rules(RULES, "mixed/a.py")
    assert speaks_of_every_test(one(package, "mixed/a.py"))
    assert judged(package, verdicts, path="mixed/a.py").broken() == broken


def test_a_pattern_adds_to_the_folder_and_its_name_replaces_it() -> None:
    path = "wrong_answer/a.py"
    added = with_rules("wrong_answer/*: {permitted: [AC, WA, TLE]}\n", path)
    assert "TLE on secret/02" in judged(added, "AC WA TLE", path=path).broken()
    replaced = with_rules("wrong_answer: {permitted: [AC, WA, TLE]}\n", path)
    assert judged(replaced, "AC WA TLE", path=path).broken() == ""
    assert judged(replaced, "AC TLE TLE", path=path).broken() == "no WA, which is required"


def test_a_message_must_be_in_some_judgemessage() -> None:
    path = "wrong_answer/a.py"
    package = with_rules("wrong_answer/a.py: {message: off by one}\n", path)
    assert judged(package, "AC WA WA", path=path, detail="it is off by one.").broken() == ""
    missing = judged(package, "AC WA WA", path=path, detail="Off by one").broken()
    assert missing == "no judgemessage.txt holds `off by one`"


@pytest.mark.parametrize(
    ("rule", "broken"),
    [
        ("score: 70", ""),
        ("score: [60, 100]", ""),
        ("score: 100", "its score is 70, and should be in 100 to 100"),
        ("secret/a: {score: 40}", ""),
        ("secret/b: {score: 30}", ""),
        ("secret/*: {score: [30, 40]}", ""),
        ("secret: {score: 70}", ""),
        ("secret/b: {score: 60}", "its score in secret/b is 30, and should be in 60 to 60"),
        ("'secret/{a,b}': {score: 40}", "its score in secret/b is 30, and should be in 40 to 40"),
        ("secret/b/1: {score: 30}", "there is no group `secret/b/1` that could have a score"),
    ],
)
def test_scores_are_of_the_submission_or_of_a_group(rule: str, broken: str) -> None:
    path = "partly/a.py"
    package = with_rules(f"{path}: {{{rule}}}\n", path, GROUPS)
    assert judged(package, "AC AC AC WA", path=path, score=70.0).broken() == broken


@pytest.mark.parametrize(
    ("score", "broken"),
    [(70.0, ""), (40.0, "its score is 40"), (100.0, "it has all of the 100 points")],
)
def test_a_part_of_the_points_may_be_said_exactly(score: float, broken: str) -> None:
    path = "partially_accepted/a.py"
    package = with_rules(f"{path}: {{score: 70}}\n", path, GROUPS)
    found = judged(package, "AC AC AC WA", path=path, score=score).broken()
    assert found.startswith(broken)
    assert bool(found) is bool(broken)


def test_some_tests_must_fit_where_others_must_not() -> None:
    rules = "mixed/*:\n  sample: {permitted: [AC]}\n  secret: {required: [TLE]}\n"
    package = with_rules(rules, "mixed/a.py")
    fits = judged(package, "AC AC TLE", path="mixed/a.py", times={"sample/1": 1.0})
    assert fits.broken() == ""
    assert fits.slowest_s(Bound.LOWER) == 1.0
    late = judged(package, "AC AC TLE", path="mixed/a.py", times={"sample/1": 4.0})
    assert late.broken() == "TLE on sample/1, where AC is permitted"


def test_a_permitted_failure_is_not_the_last_test() -> None:
    package = with_rules("mixed/*: {permitted: [AC, WA]}\n", "mixed/a.py")
    assert speaks_of_every_test(one(package, "mixed/a.py"))
    assert not speaks_of_every_test(one(package, "accepted/sum.py"))


def test_a_later_test_may_show_what_is_required() -> None:
    package = loaded(changed({"submissions/time_limit_exceeded/a.py": "x\n"}, LEGACY))
    slow = one(package, "time_limit_exceeded/a.py")
    assert not speaks_of_every_test(slow)
    assert needs_more_tests(slow, [result("sample/1", "WA", 0.1, "")])
    assert not needs_more_tests(slow, [result("sample/1", "TLE", 0.1, "")])


def test_endless_output_counts_as_too_slow_where_that_is_expected() -> None:
    assert is_expected(frozenset({Verdict.TLE}), Verdict.OLE)
    assert not is_expected(frozenset({Verdict.WA}), Verdict.OLE)
    assert not is_expected(frozenset({Verdict.AC}), None)
