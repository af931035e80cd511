"""What a terminal shows of a submission."""

import io
import re
from typing import Any

import pytest
from rich.console import Console

from cli.output import verdict_markup
from cli.show import follow, show, verdict_text
from judge.verdict import Verdict


def shown(submission: dict[str, Any], *, verbose: bool = False) -> str:
    console = Console(file=io.StringIO(), width=100)
    show(submission, console, verbose=verbose)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def sample(verdict: str, output: str) -> dict[str, Any]:
    return {
        "name": "sample/1",
        "verdict": verdict,
        "time_s": 0.0123,
        "memory_bytes": 3 << 20,
        "message": "",
        "hint": None,
        "input": "1 2",
        "expected": "3",
        "output": output,
        "stderr": "",
    }


def test_an_accepted_one_is_short() -> None:
    text = shown({"verdict": "AC", "tests": [sample("AC", "3")], "time_s": 0.5, "memory_bytes": 0})
    assert "AC  accepted  500 ms" in text
    assert "input" not in text


def test_a_run_shows_its_output() -> None:
    text = shown({"verdict": "AC", "tests": [sample("AC", "3")]}, verbose=True)
    assert "output" in text


def test_a_wrong_sample_shows_the_difference() -> None:
    text = shown({"verdict": "WA", "tests": [sample("WA", "4")]})
    assert "- 3" in text
    assert "+ 4" in text
    assert "WA  wrong answer" in text


def test_what_a_submission_printed_is_no_markup() -> None:
    text = shown({"verdict": "CE", "tests": [], "compile_output": "[/red] error[0]: x"})
    assert "[/red] error[0]: x" in text


def test_a_known_mistake_and_a_fault_of_ours_are_said() -> None:
    text = shown({"verdict": "WA", "tests": [sample("WA", "4")], "diagnosis": "No scale."})
    assert text.rstrip().endswith("No scale.")
    text = shown({"verdict": "JE", "tests": [], "message": "The judge failed 3 times: no jail"})
    assert text.rstrip().endswith("The judge failed 3 times: no jail")


def test_a_verdict_has_one_colour_everywhere() -> None:
    for verdict in Verdict:
        assert f"[{verdict_text(verdict).style}]{verdict}[/]" == verdict_markup(verdict)


TEST_1, TEST_2, TEST_3 = (("test", {"index": index, "total": 3}) for index in (1, 2, 3))


@pytest.mark.parametrize(
    ("events", "last"),
    [
        ([TEST_1], "test 1/3"),
        ([TEST_1, TEST_2, TEST_3], "test 3/3"),
        ([TEST_3, ("requeued", {}), TEST_1], "test 1/3"),
    ],
)
def test_progress_counts_from_one_and_again_where_judging_begins_again(
    events: list[tuple[str, dict[str, Any]]], last: str
) -> None:
    console = Console(file=io.StringIO(), width=100, force_terminal=True)
    follow(iter(events), console)
    assert isinstance(console.file, io.StringIO)
    shown = re.findall(r"test \d+/\d+|requeued", console.file.getvalue())
    assert shown[-1] == last
