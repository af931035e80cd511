"""Packages as people write them, verified from their files to their verdicts."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from judge.db.session import Database
from judge.problems.publish import publish
from judge.problems.reference import read_references
from tests.packages.verifying import verified
from tests.unit.judge.problem_package.making import (
    LEGACY,
    PROBLEM_YAML,
    UUID,
    changed,
    zipped,
)
from worker.packages.upload_check import Sound, check
from worker.sandbox.base import Sandbox

FLOOD = "while True: print('x' * 1000)\n"
CRASHES = "a, b = map(int, input().split())\nprint(a * b if a < 5 else 1 // 0)\n"
HALF = "a, b = map(int, input().split())\nprint(a + b if a < 5 else 0)\n"
SLOW_AFTER_WRONG = "a, b = map(int, input().split())\nwhile a > 4: pass\nprint(0)\n"
# It spends a second before it fails, for which the found time limit would be five seconds at least.
SLOW_HALF = """\
import time
a, b = map(int, input().split())
while a > 4 and time.process_time() < 1: pass
print(a + b if a < 5 else 0)
"""
POINTS: dict[str, str | None] = {
    "problem.yaml": f"name: Sum\nuuid: {UUID}\ntype: scoring\n",
    "data/testdata.yaml": "on_reject: continue\nrange: 0 100\ngrader_flags: ignore_sample\n",
    "data/secret/testdata.yaml": "grader_flags: accept_if_any_accepted\n",
    "data/secret/a/testdata.yaml": "on_reject: break\naccept_score: 40\ngrader_flags: min\n",
    "data/secret/a/1.in": "1 1\n",
    "data/secret/a/1.ans": "2\n",
    "data/secret/b/testdata.yaml": "on_reject: break\naccept_score: 60\ngrader_flags: min\n",
    "data/secret/b/1.in": "7 1\n",
    "data/secret/b/1.ans": "8\n",
    "data/secret/01-large.in": None,
    "data/secret/01-large.ans": None,
    "submissions/accepted/half.py": SLOW_HALF,
}


def test_endless_output_is_too_slow(sandbox: Sandbox) -> None:
    yaml = PROBLEM_YAML + "  output: 1\n"
    path = "submissions/time_limit_exceeded/flood.py"
    result = verified(sandbox, {"problem.yaml": yaml, path: FLOOD})
    assert [one.verdict for one in result.submissions] == ["AC", "OLE"]
    assert result.errors == ()


def test_a_wrong_program_that_crashes_on_another_test(sandbox: Sandbox) -> None:
    result = verified(sandbox, {"submissions/wrong_answer/a.py": CRASHES})
    assert result.errors == (
        "submissions/wrong_answer/a.py: WA, but RTE on secret/01-large, "
        "where AC or WA is permitted",
    )


def test_a_slow_program_may_be_wrong_first_in_legacy(sandbox: Sandbox) -> None:
    result = verified(sandbox, {"submissions/time_limit_exceeded/a.py": SLOW_AFTER_WRONG}, LEGACY)
    assert result.errors == ()


def test_an_input_validator_finds_the_files_of_the_test(sandbox: Sandbox) -> None:
    validator = (
        "import pathlib, sys\n"
        "said = pathlib.Path('note.txt')\n"
        "right = said.exists() and said.read_text() == 'here\\n'\n"
        "sys.exit(42 if right else 43)\n"
    )
    files = {
        "input_validators/note.py": validator,
        "data/sample/1.files/note.txt": "here\n",
        "data/secret/01-large.files/note.txt": "there\n",
    }
    (error,) = verified(sandbox, files).errors
    assert error.startswith("data/secret/01-large.in: the input validator `note.py` refuses it")


def test_what_submissions_yaml_says_of_a_group(sandbox: Sandbox) -> None:
    rules = "partly/a.py:\n  secret/b: {score: 60}\n  secret/c: {score: 40}\n"
    files = {
        "problem.yaml": PROBLEM_YAML.replace("2023-07-draft", "2025-09") + "type: scoring\n",
        "data/secret/01-large.in": None,
        "data/secret/01-large.ans": None,
        "data/secret/b/test_group.yaml": "max_score: 60\n",
        "data/secret/b/1.in": "1 1\n",
        "data/secret/b/1.ans": "2\n",
        "data/secret/c/test_group.yaml": "max_score: 40\n",
        "data/secret/c/1.in": "7 1\n",
        "data/secret/c/1.ans": "8\n",
        "submissions/submissions.yaml": rules,
        "submissions/partly/a.py": HALF,
    }
    result = verified(sandbox, files)
    assert [one.score for one in result.submissions] == [100, 60]
    (error,) = result.errors
    assert error.endswith("its score in secret/c is 0, and should be in 40 to 40")


def test_points_of_a_rejected_output_mean_nothing_in_legacy(sandbox: Sandbox) -> None:
    validator = (
        "import sys\n"
        "open(sys.argv[3] + '/score.txt', 'w').write('3')\n"
        "right = open(sys.argv[2]).read().split()\n"
        "sys.exit(42 if sys.stdin.buffer.read().decode('latin-1').split() == right else 43)\n"
    )
    files = {
        "output_validators/points.py": validator,
        "submissions/wrong_answer/a.py": "print(0)\n",
    }
    for more in ("", " score\ntype: scoring"):
        yaml = f"name: Sum\nvalidation: custom{more}\n"
        result = verified(sandbox, {**files, "problem.yaml": yaml}, LEGACY)
        assert result.errors == ()


def test_part_of_the_points_in_accepted_is_warned_of_in_legacy(sandbox: Sandbox) -> None:
    result = verified(sandbox, POINTS, LEGACY)
    assert result.errors == ()
    assert [(one.verdict, one.score) for one in result.submissions] == [("AC", 100), ("WA", 40)]
    (warning,) = [one for one in result.warnings if one.startswith("submissions/")]
    assert warning.startswith("submissions/accepted/half.py: 40 of 100 points: ")
    assert result.limits.cpu_s < 5


ELSEWHERE = {
    "submissions/accepted/sum.py": None,
    "submissions/best/sum.py": LEGACY["submissions/accepted/sum.py"],
    "submissions/submissions.yaml": "best: {permitted: [AC]}\n",
}
DRAFT = {
    "problem.yaml": PROBLEM_YAML + "type: scoring\n",
    "problem_statement/problem.md": None,
    "statement/problem.en.md": "Add two numbers.\n",
}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"submissions/accepted/half.py": "print(0)\n"}, "half.py: WA, AC expected"),
        (ELSEWHERE, "submissions/accepted: none of them was accepted"),
        ({"submissions/submissions.yaml": "accepted/half.py: {score: 100}\n"}, "its score is 40"),
        (DRAFT, "half.py: WA, AC expected"),
    ],
    ids=["no points", "all points elsewhere", "said otherwise", "a newer version"],
)
def test_part_of_the_points_in_accepted_is_refused(
    sandbox: Sandbox, changes: Mapping[str, str | None], error: str
) -> None:
    (found,) = verified(sandbox, {**POINTS, **changes}, LEGACY).errors
    assert error in found


def test_part_of_the_points_is_not_shown_as_a_solution(
    sandbox: Sandbox, db: Database, tmp_path: Path
) -> None:
    for rules in ("{}\n", "accepted/half.py: {model_solution: true}\n"):
        files = changed({**POINTS, "submissions/submissions.yaml": rules}, LEGACY)
        archive = zipped(tmp_path, {f"sum/{name}": text for name, text in files.items()})
        *_, last = check(archive, sandbox, lambda: None)
        assert isinstance(last, Sound)
        assert "submissions/accepted/half.py" in {one.file for one in last.report.warnings}
        publish(db, last.package)
        assert [one.name for one in read_references(db, "sum")] == ["sum.py"]


def test_a_time_limit_that_the_judge_cannot_give_is_warned_of(sandbox: Sandbox) -> None:
    yaml = PROBLEM_YAML.replace("time_limit: 3", "time_multipliers: {ac_to_time_limit: 1.0e+7}")
    result = verified(sandbox, {"problem.yaml": yaml})
    assert result.errors == ()
    assert result.limits.cpu_s == 60
    (warning,) = [one for one in result.warnings if one.startswith("problem.yaml")]
    assert "here it is 60 s, the longest possible" in warning


def test_the_inputs_of_outputs_to_try_are_validated(sandbox: Sandbox) -> None:
    validator = "import sys\nsys.exit(42 if len(input().split()) == 2 else 43)\n"
    files = {"input_validators/two.py": validator}
    for folder, words, output in (("valid_output", "1", "3"), ("invalid_output", "1 2", "4")):
        for suffix, text in ((".in", words), (".ans", "3"), (".out", output)):
            files[f"data/{folder}/x{suffix}"] = f"{text}\n"
    (error,) = verified(sandbox, files).errors
    assert error.startswith("data/valid_output/x.in: the input validator `two.py` refuses it")


def test_a_file_for_the_next_pass_means_nothing_in_legacy(sandbox: Sandbox) -> None:
    validator = (
        "import sys\n"
        "open(sys.argv[3] + 'nextpass.in', 'w').write('1 2')\n"
        "right = open(sys.argv[2]).read().split()\n"
        "sys.exit(42 if sys.stdin.buffer.read().decode('latin-1').split() == right else 43)\n"
    )
    files = {
        "problem.yaml": "name: Sum\nvalidation: custom\n",
        "output_validators/next.py": validator,
    }
    assert verified(sandbox, files, LEGACY).errors == ()
