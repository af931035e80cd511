"""The harness in a bare CPython, as other judges of the package format run a driver."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

DRIVER = """
from runner import harness
case = harness.read_case()
double = harness.entry("double_all")
harness.answer(" ".join(map(str, double(case))))
harness.emit_value("sorted", case == sorted(case))
"""
RIGHT = "def double_all(xs):\n    return [2 * x for x in xs]\n"


def run_driver(
    folder: Path, submission: str, name: str = "submission.py", driver: str = DRIVER
) -> subprocess.CompletedProcess[str]:
    (folder / "main.py").write_text(driver)
    (folder / name).write_text(submission)
    return subprocess.run(
        [sys.executable, "main.py"],
        cwd=folder,
        input="[1, 2, 3]",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", ["submission.py", "whatever_it_is_called.py"])
def test_the_answer_is_standard_output(tmp_path: Path, name: str) -> None:
    assert run_driver(tmp_path, RIGHT, name).stdout == "2 4 6\nvalue sorted true\n"


def test_what_the_submission_prints_goes_to_standard_error(tmp_path: Path) -> None:
    noisy = (
        "import os, sys\n"
        "print('tensor out float32 scalar')\n"
        "def double_all(xs):\n"
        "    print('loud')\n"
        "    os.write(1, b'louder')\n"
        "    os.system('echo loudest')\n"
        "    return [2 * x for x in xs]\n"
    )
    done = run_driver(tmp_path, noisy)
    assert done.stdout == "2 4 6\nvalue sorted true\n"
    for word in ("tensor out", "loud", "louder", "loudest"):
        assert word in done.stderr


@pytest.mark.parametrize(
    ("submission", "declaration", "complaint"),
    [
        ("", "", "AttributeError: the submission must define `def double_all(...)`"),
        ("def doubleAll(xs): ...", "", "(found `doubleAll`)"),
        ("double_all = 3", "", "TypeError: `double_all` must be a function"),
        ("def double_all(xs): ...", "class double_all", "TypeError: `double_all` must be a class"),
        ("def double_all(xs)", "", "SyntaxError"),
        ("1 / 0", "", "ZeroDivisionError"),
    ],
)
def test_a_wrong_entry_says_what_to_define(
    tmp_path: Path, submission: str, declaration: str, complaint: str
) -> None:
    driver = DRIVER.replace('("double_all")', f'("double_all", {declaration!r})')
    done = run_driver(tmp_path, submission, driver=driver)
    assert done.returncode == 1
    assert done.stdout == ""
    assert complaint in done.stderr


def test_two_files_and_none_called_submission(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_text(RIGHT)
    done = run_driver(tmp_path, RIGHT, "one.py")
    assert "expected one Python file beside the driver, found one.py, other.py" in done.stderr


def test_in_the_jail_the_answer_is_collected(tmp_path: Path) -> None:
    jailed = (
        "from runner import harness\n"
        "harness.in_jail = True\n"
        f"{DRIVER}\n"
        "print(harness.collected())\n"
    )
    done = run_driver(tmp_path, RIGHT + "print('seen')\n", driver=jailed)
    assert done.stdout == "seen\nb'2 4 6\\nvalue sorted true\\n'\n"


def test_the_main_guard_of_a_submission_does_not_run(tmp_path: Path) -> None:
    guarded = RIGHT + "if __name__ == '__main__':\n    raise SystemExit(3)\n"
    assert run_driver(tmp_path, guarded).returncode == 0


def test_a_submission_finds_neither_driver_nor_harness_to_change(tmp_path: Path) -> None:
    forged = (
        "import sys, __main__\n"
        "from runner import harness\n"
        "harness.answer = harness.emit_value = print\n"
        "__main__.double = __main__.case = __main__.harness = None\n"
        "sys.modules['runner'].harness = None\n"
        "def double_all(xs):\n"
        "    return [2 * x for x in xs]\n"
    )
    assert run_driver(tmp_path, forged).stdout == "2 4 6\nvalue sorted true\n"
