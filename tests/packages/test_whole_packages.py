"""Packages as people write them, verified from their files to their verdicts."""

from collections.abc import Mapping

from tests.unit.judge.problem_package.making import LEGACY, PROBLEM_YAML, changed, loaded
from worker.packages.verification import Verified, verify
from worker.sandbox.base import Sandbox

FLOOD = "while True: print('x' * 1000)\n"
CRASHES = "a, b = map(int, input().split())\nprint(a * b if a < 5 else 1 // 0)\n"
HALF = "a, b = map(int, input().split())\nprint(a + b if a < 5 else 0)\n"
SLOW_AFTER_WRONG = "a, b = map(int, input().split())\nwhile a > 4: pass\nprint(0)\n"


def verified(
    sandbox: Sandbox, changes: Mapping[str, str | None], base: Mapping[str, str] | None = None
) -> Verified:
    files = changed(changes) if base is None else changed(changes, base)
    *_, last = verify(loaded(files), sandbox, 2)
    assert isinstance(last, Verified)
    return last


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
    assert error.startswith("data/secret/01-large.in: the input validator `note` refuses it")


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
