"""`shousi problem verify`: the gate that no package passes whose tests can't see a mistake."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.problem import app
from judge.problem_package.package import Expectation, PackageSubmission
from judge.verdict import Verdict
from tests.packages.data import OWN_PROBLEMS, package
from worker.packages.verification import Progress, Started, SubmissionChecked, Verified, verify
from worker.sandbox.base import Sandbox

SUM = OWN_PROBLEMS / "sumfunction"
WRONG = frozenset({Verdict.AC, Verdict.WA})
RIGHT = "def total(numbers):\n    return sum(numbers)\n"


def verified(sandbox: Sandbox, *extra: PackageSubmission) -> Verified:
    whole = package(SUM)
    *_, last = verify(replace(whole, submissions=whole.submissions + extra), sandbox, 2)
    assert isinstance(last, Verified)
    return last


def mutant(path: str, language: str = "python3", text: str = RIGHT) -> PackageSubmission:
    return PackageSubmission(path, language, text, frozenset({Verdict.WA}))


def test_events_tell_what_goes_on(sandbox: Sandbox) -> None:
    started, *between, last = verify(package(SUM), sandbox, 2)
    assert started == Started(5, 4)
    checked = {event.path: event for event in between if isinstance(event, SubmissionChecked)}
    steps = [event for event in between if isinstance(event, Progress)]
    assert isinstance(last, Verified)
    assert last.holds
    assert [one.path for one in last.submissions] == [one.path for one in package(SUM).submissions]
    assert last.submissions == tuple(checked[one.path] for one in last.submissions)
    assert [step.index for step in steps if step.path == "accepted/plain.py"] == [1, 2, 3, 4]


def test_tells_which_tests_see_a_mutant(sandbox: Sandbox) -> None:
    by_path = {one.path: one for one in verified(sandbox).submissions}
    assert by_path["accepted/plain.py"].killed_by == ()
    assert by_path["wrong_answer/absolute.py"].killed_by == ("secret/02-negative",)
    assert len(by_path["wrong_answer/first_only.py"].killed_by) == 3


def test_an_accepted_mutant_is_named(sandbox: Sandbox) -> None:
    result = verified(sandbox, mutant("wrong_answer/not_wrong.py"))
    assert not result.holds
    assert [one.complaint for one in result.submissions if not one.holds] == [
        "submissions/wrong_answer/not_wrong.py: AC, WA expected: no test sees what is wrong"
    ]


def test_a_wrong_program_that_crashes_on_another_test_is_named(sandbox: Sandbox) -> None:
    whole = package(OWN_PROBLEMS / "sumprogram")
    text = "n, *numbers = map(int, open(0).read().split())\nprint(abs(numbers[0]))\n"
    folder = Expectation(permitted=WRONG)
    wrong = replace(mutant("wrong_answer/first.py", text=text), expectations=(folder,))
    *_, last = verify(replace(whole, submissions=(*whole.submissions, wrong)), sandbox, 2)
    assert isinstance(last, Verified)
    (complaint,) = [one.complaint for one in last.submissions if not one.holds]
    assert "RTE on secret/" in complaint
    assert "where AC or WA is permitted" in complaint


def test_what_a_folder_permits_is_read() -> None:
    permitted = {
        one.path.split("/")[0]: one.expectations[0].permitted
        for one in package(OWN_PROBLEMS / "hilo").submissions
    }
    assert permitted["accepted"] == {Verdict.AC}
    assert permitted["wrong_answer"] == WRONG


def test_another_verdict_than_expected_is_named(sandbox: Sandbox) -> None:
    result = verified(sandbox, mutant("wrong_answer/raises.py", text="def total(numbers): 1 / 0"))
    (complaint,) = [one.complaint for one in result.submissions if not one.holds]
    assert complaint.startswith("submissions/wrong_answer/raises.py: RTE, WA expected: sample/1: ")
    assert "ZeroDivisionError" in complaint


def folder(tmp_path: Path, files: dict[str, str]) -> Path:
    """A copy of the package with more files in it."""
    copy = tmp_path / "sumfunction"
    shutil.copytree(SUM, copy)
    for name, text in files.items():
        (copy / name).write_text(text)
    return copy


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["verify", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def test_command_accepts_a_sound_package() -> None:
    code, out, _ = run(SUM)
    assert code == 0
    assert "sumfunction: ok, 5 of 5 submissions as expected, 4 tests" in out
    assert "1 of 4" in out


def test_command_reads_an_archive(tmp_path: Path) -> None:
    archive = shutil.make_archive(str(tmp_path / "sumfunction"), "zip", SUM.parent, SUM.name)
    assert run(archive, "--json")[0] == 0


def test_command_names_an_accepted_mutant(tmp_path: Path) -> None:
    path = folder(tmp_path, {"submissions/wrong_answer/not_wrong.py": RIGHT})
    code, out, err = run(path)
    assert code == 1
    assert "submissions/wrong_answer/not_wrong.py: AC, WA expected" in err
    assert "5 of 6 submissions as expected" in out


def test_command_speaks_json(tmp_path: Path) -> None:
    path = folder(tmp_path, {"submissions/wrong_answer/not_wrong.py": RIGHT})
    code, out, _ = run(path, "--json")
    document = json.loads(out)
    assert (code, document["ok"], document["problem"]) == (1, False, "sumfunction")
    assert "not_wrong.py" in document["errors"][0]["message"]
    wrong = next(one for one in document["submissions"] if not one["ok"])
    assert (wrong["expected"], wrong["verdict"]) == (["WA"], "AC")


@pytest.mark.parametrize("json_flag", [[], ["--json"]])
def test_command_lists_complaints(tmp_path: Path, json_flag: list[str]) -> None:
    path = folder(
        tmp_path, {"problem.yaml": "problem_format_version: 2023-07-draft\nnonsense: 1\n"}
    )
    code, out, err = run(path, *json_flag)
    assert code == 1
    assert "nonsense" in out + err


def test_command_without_a_package(tmp_path: Path) -> None:
    code, _, err = run(tmp_path / "nowhere")
    assert code == 2
    assert "no such folder or archive" in err.replace("\n", " ")
