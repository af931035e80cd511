"""The points of whole packages, from their files to their scores."""

from collections.abc import Mapping

import pytest

from tests.packages.verifying import verified
from tests.unit.judge.problem_package.making import LEGACY, PROBLEM_YAML, SMALL, UUID
from worker.sandbox.base import Sandbox

Files = Mapping[str, str | None]

LATEST = PROBLEM_YAML.replace("2023-07-draft", "2025-09") + "type: scoring\n"
NO_TESTS: Files = {"data/secret/01-large.in": None, "data/secret/01-large.ans": None}


def with_test(name: str, first: int) -> Files:
    """A test of the sum of `first` and 1."""
    return {f"data/{name}.in": f"{first} 1\n", f"data/{name}.ans": f"{first + 1}\n"}


def wrong_on(*first: int) -> str:
    """A program that fails the tests whose first number is one of these."""
    return f"a, b = map(int, input().split())\nprint(0 if a in {first} else a + b)\n"


# Two groups of two tests each, of which the lower one counts.
LOWEST: Files = {
    **NO_TESTS,
    "problem.yaml": LATEST,
    "data/secret/test_group.yaml": "max_score: 50\nscore_aggregation: min\n",
    "data/secret/a/test_group.yaml": "max_score: 50\nscore_aggregation: sum\n",
    "data/secret/b/test_group.yaml": "max_score: 50\nscore_aggregation: sum\n",
    **with_test("secret/a/1", 11),
    **with_test("secret/a/2", 12),
    **with_test("secret/b/1", 21),
    **with_test("secret/b/2", 22),
}
# A test between two groups: `b` is judged after the group `a`, and before the group `c`.
BETWEEN: Files = {
    **NO_TESTS,
    "problem.yaml": f"name: Sum\nuuid: {UUID}\ntype: scoring\n",
    "data/testdata.yaml": "on_reject: continue\ngrader_flags: ignore_sample always_accept\n",
    "data/secret/testdata.yaml": "on_reject: break\ngrader_flags: worst_error\n",
    **with_test("secret/a/1", 11),
    **with_test("secret/b", 21),
    **with_test("secret/c/1", 31),
}


@pytest.mark.parametrize(
    ("base", "files", "wrong", "score"),
    [
        (SMALL, LOWEST, (), 50),
        # A failed test leaves its group the points of the other.
        (SMALL, LOWEST, (11,), 25),
        # So the group after it may be the lower one.
        (SMALL, LOWEST, (11, 21, 22), 0),
        (SMALL, LOWEST, (11, 12), 0),
        (LEGACY, BETWEEN, (), 3),
        # Nothing is judged after the first member that fails.
        (LEGACY, BETWEEN, (31,), 2),
        (LEGACY, BETWEEN, (21,), 1),
        (LEGACY, BETWEEN, (11,), 0),
    ],
)
def test_score(
    sandbox: Sandbox,
    base: Mapping[str, str],
    files: Files,
    wrong: tuple[int, ...],
    score: float,
) -> None:
    rules = f"tried: {{score: {score}}}\n"
    tried: Files = {
        "submissions/tried/a.py": wrong_on(*wrong),
        "submissions/submissions.yaml": rules,
    }
    given = {**files, **tried}
    assert verified(sandbox, given, base).errors == ()


def test_without_samples_none_can_be_failed(sandbox: Sandbox) -> None:
    files: Files = {
        **NO_TESTS,
        "problem.yaml": LATEST,
        "data/sample/1.in": None,
        "data/sample/1.ans": None,
        "data/secret/a/test_group.yaml": "max_score: 100\nrequire_pass: sample\n",
        **with_test("secret/a/1", 11),
    }
    result = verified(sandbox, files)
    assert result.errors == ()
    assert [one.score for one in result.submissions] == [100]


# The first wrong test ends each of the groups.
ENDING: Files = {
    **NO_TESTS,
    "problem.yaml": LATEST,
    "data/secret/a/test_group.yaml": "max_score: 40\n",
    "data/secret/b/test_group.yaml": "max_score: 60\nrequire_pass: secret/a\n",
    **with_test("secret/a/1", 11),
    **with_test("secret/a/2", 12),
    **with_test("secret/b/1", 21),
}


@pytest.mark.parametrize("crashes_on", [12, 21])
def test_a_verdict_behind_the_end_of_a_group_is_named(sandbox: Sandbox, crashes_on: int) -> None:
    text = f"{wrong_on(11)}1 // (a - {crashes_on})\n"
    report = verified(sandbox, {**ENDING, "submissions/wrong_answer/a.py": text})
    (complaint,) = [one.complaint for one in report.submissions if not one.holds]
    assert "RTE on secret/" in complaint
    assert "where AC or WA is permitted" in complaint


def test_tests_behind_the_end_of_a_group_give_no_points(sandbox: Sandbox) -> None:
    legacy: Files = {
        **BETWEEN,
        "submissions/wrong_answer/a.py": wrong_on(11),
        "submissions/submissions.yaml": "wrong_answer/a.py: {score: 0, secret/c: {score: 0}}\n",
    }
    report = verified(sandbox, legacy, LEGACY)
    assert [one.complaint for one in report.submissions if not one.holds] == []
    wrong = next(one for one in report.submissions if one.path == "wrong_answer/a.py")
    assert (wrong.score, wrong.killed_by) == (0, ("secret/a/1",))
    assert set(wrong.ran) >= {"secret/b", "secret/c/1"}
