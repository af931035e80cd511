"""The array problems: their data, drivers and validators; the tests reject every mutant.

Python submissions are called directly here; in `tests/packages` they are judged in the jail, and
accepted ones only there.
"""

import filecmp
import importlib.util
import io
import os
import re
import subprocess
import sys
from contextlib import redirect_stdout
from functools import cache
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from judge.problem_package.load import load
from judge.problem_package.package import PackageSubmission, PackageTest, ProblemPackage
from judge.verdict import Verdict
from tests.support.array_packages import FACTS, MALFORMED, numbers_of

ROOT = Path(__file__).resolve().parents[3]
SLUGS = tuple(FACTS)


@cache
def package(slug: str) -> ProblemPackage:
    return load(ROOT / "problems" / slug)


@cache
def module(slug: str, path: str) -> ModuleType:
    """A Python file of the package, imported."""
    spec = importlib.util.spec_from_file_location(f"{slug}_{Path(path).stem}", folder(slug) / path)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def folder(slug: str) -> Path:
    return ROOT / "problems" / slug


def python_submissions(slug: str, part: str) -> list[PackageSubmission]:
    return [
        submission
        for submission in package(slug).submissions
        if submission.language == "python3" and submission.path.startswith(part)
    ]


def cases(part: str) -> list[Any]:
    return [
        pytest.param(slug, submission, id=f"{slug}-{submission.path}")
        for slug in SLUGS
        for submission in python_submissions(slug, part)
    ]


def answer(slug: str, submission: PackageSubmission, test: PackageTest) -> str:
    """What the driver would answer; raises what the submission or the driver raises."""
    namespace: dict[str, Any] = {}
    exec(compile(submission.text, submission.path, "exec"), namespace)
    driver = module(slug, "include/python3/main.py")
    with redirect_stdout(io.StringIO()):
        return FACTS[slug].call(driver, namespace[FACTS[slug].entry], test.input)


def is_right(slug: str, submission: PackageSubmission, test: PackageTest) -> bool:
    return answer(slug, submission, test) == test.answer.decode()


def crashes(slug: str, submission: PackageSubmission, test: PackageTest) -> bool:
    try:
        answer(slug, submission, test)
    except (AttributeError, TypeError, ValueError, LookupError, RecursionError):
        return True
    return False


@pytest.mark.parametrize(("slug", "submission"), cases("wrong_answer/"))
def test_every_mutant_fails_two_tests_at_least(slug: str, submission: PackageSubmission) -> None:
    killers = (t.name for t in package(slug).tests if not is_right(slug, submission, t))
    assert len(list(islice(killers, 2))) == 2


@pytest.mark.parametrize(("slug", "submission"), cases("run_time_error/"))
def test_crashing_submissions_crash_twice_at_least(
    slug: str, submission: PackageSubmission
) -> None:
    crashed = (test.name for test in package(slug).tests if crashes(slug, submission, test))
    assert len(list(islice(crashed, 2))) == 2


@pytest.mark.parametrize("slug", SLUGS)
def test_mutants_are_many_and_each_has_its_mistake_in_words(slug: str) -> None:
    wrong = [s for s in package(slug).submissions if s.expected == {Verdict.WA}]
    for language in ("python3", "cpp"):
        assert sum(s.language == language for s in wrong) >= 10
    names = {Path(submission.path).name for submission in wrong}
    assert names == set(package(slug).mistakes)
    assert {frozenset(text) for text in package(slug).mistakes.values()} == {
        frozenset(["zh", "en"])
    }


@pytest.mark.parametrize("slug", SLUGS)
def test_every_secret_test_has_a_hint_in_both_languages(slug: str) -> None:
    secret = [test for test in package(slug).tests if not test.sample]
    assert [test.name for test in secret if set(test.hint) != {"zh", "en"}] == []


@pytest.mark.parametrize("slug", SLUGS)
def test_both_languages_and_every_template_are_there(slug: str) -> None:
    made = package(slug)
    assert set(made.statements) == set(made.names) == {"zh", "en"}
    assert set(made.templates) == set(made.languages)
    assert len(made.languages) == 7


@pytest.mark.parametrize("slug", SLUGS)
def test_generator_writes_the_data_again(slug: str, tmp_path: Path) -> None:
    command = [sys.executable, str(folder(slug) / "generators/generate.py"), str(tmp_path)]
    subprocess.run(command, check=True)
    for part in ("sample", "secret"):
        kept = folder(slug) / "data" / part
        names = sorted(path.name for path in kept.iterdir())
        assert names == sorted(path.name for path in (tmp_path / part).iterdir())
        _, different, failed = filecmp.cmpfiles(kept, tmp_path / part, names, shallow=False)
        assert (different, failed) == ([], [])


@pytest.mark.parametrize("slug", SLUGS)
def test_data_is_small_and_has_the_bounds(slug: str) -> None:
    tests = package(slug).tests
    assert sum(len(test.input) + len(test.answer) for test in tests) < 8 << 20
    facts = FACTS[slug]
    assert sum(bool(re.match(facts.largest, test.input)) for test in tests) == facts.num_largest
    greatest = max(abs(number) for test in tests for number in numbers_of(test.input))
    assert greatest == facts.greatest


@pytest.mark.parametrize("slug", SLUGS)
def test_validator_takes_every_input(slug: str) -> None:
    problem = module(slug, "input_validators/validate.py").problem
    assert [test.name for test in package(slug).tests if problem(test.input)] == []


@pytest.mark.parametrize(
    ("slug", "text"),
    [(slug, text) for slug in SLUGS for text in MALFORMED[slug]],
)
def test_validator_refuses_malformed_input(slug: str, text: str) -> None:
    assert module(slug, "input_validators/validate.py").problem(text.encode())


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize(("sound", "code"), [(True, 42), (False, 43)])
def test_validator_speaks_by_exit_code(slug: str, sound: bool, code: int) -> None:
    command = [sys.executable, str(folder(slug) / "input_validators/validate.py")]
    text = package(slug).tests[0].input if sound else b"x\n"
    run = subprocess.run(command, input=text, capture_output=True)
    assert (run.returncode, bool(run.stderr)) == (code, not sound)


def run_driver(
    slug: str, source: str, text: bytes, tmp_path: Path
) -> subprocess.CompletedProcess[str]:
    """The driver in a bare Python beside one submission, as other judges run it."""
    (tmp_path / "main.py").write_bytes(package(slug).support("python3")["main.py"])
    (tmp_path / "solution.py").write_text(source)
    return subprocess.run(
        [sys.executable, "main.py"],
        input=text.decode(),
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.mark.parametrize("slug", SLUGS)
def test_driver_answers_apart_from_what_is_printed(slug: str, tmp_path: Path) -> None:
    test = package(slug).tests[0]
    source = python_submissions(slug, "accepted/")[0].text + "\nprint('loaded')\n"
    run = run_driver(slug, source, test.input, tmp_path)
    assert (run.returncode, run.stdout) == (0, test.answer.decode())
    assert "loaded" in run.stderr


@pytest.mark.parametrize(
    ("slug", "value", "message"),
    [(slug, *refused) for slug in SLUGS for refused in FACTS[slug].refused.items()],
)
def test_driver_refuses_what_is_no_answer(
    slug: str, value: str, message: str, tmp_path: Path
) -> None:
    facts = FACTS[slug]
    source = facts.returning.format(value)
    run = run_driver(slug, source, package(slug).tests[0].input, tmp_path)
    assert (run.returncode, run.stdout) == (1, "")
    assert re.search(rf"TypeError: {facts.entry}[ .]{re.escape(message)}", run.stderr)


@pytest.mark.parametrize("slug", sorted({*SLUGS} - {"bytepairencoding", "mergeintervals"}))
def test_driver_takes_integers_of_numpy_and_no_arrays_or_bools_of_it(slug: str) -> None:
    as_integer = module(slug, "include/python3/main.py").as_integer
    assert as_integer(np.int64(-7)) == -7
    assert as_integer(10**30) == 10**30
    for value in (np.bool_(True), np.array(3), np.float64(3), np.array([3])):
        with pytest.raises(TypeError, match="must return an int"):
            as_integer(value)


def test_driver_takes_pairs_of_any_kind() -> None:
    as_lines = module("mergeintervals", "include/python3/main.py").as_lines
    assert as_lines([(1, 2), [np.int64(-3), 10**30]]) == f"2\n1 2\n-3 {10**30}"
    assert as_lines(np.array([[1, 2], [3, 4]])) == as_lines([np.array([1, 2]), (3, 4)])
    assert as_lines([]) == "0"


def test_driver_takes_merges_and_ids_of_any_kind() -> None:
    as_lines = module("bytepairencoding", "include/python3/main.py").as_lines
    assert as_lines([[(1, 2), [np.int64(256), 3]], (257, 4)]) == "2\n1 2\n256 3\n2\n257 4"
    assert as_lines((np.array([[1, 2]]), np.array([256]))) == "1\n1 2\n1\n256"
    assert as_lines(([], [97])) == "0\n1\n97"


@pytest.mark.parametrize("slug", SLUGS)
def test_driver_names_the_function_that_is_missing(slug: str, tmp_path: Path) -> None:
    run = run_driver(slug, "x = 1\n", package(slug).tests[0].input, tmp_path)
    assert run.returncode == 1
    declared = FACTS[slug].returning.partition("(")[0].partition(":")[0]
    assert f"must define `{declared}" in run.stderr


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize("text", ["", "3\n", "5 7\n1 2 3\n"])
def test_driver_says_what_the_input_must_be(slug: str, text: str, tmp_path: Path) -> None:
    run = run_driver(slug, "x = 1\n", text.encode(), tmp_path)
    assert run.returncode == 1
    assert "the input must be `" in run.stderr
