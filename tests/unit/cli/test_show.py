"""How a submission is shown in a terminal."""

import io
import json
import re
from typing import Any

import pytest
from rich.console import Console

from cli.asking import print_items, say
from cli.output import print_text, say_error, verdict_markup
from cli.show import follow, show, verdict_text
from judge.verdict import Verdict


def shown(submission: dict[str, Any], **options: bool) -> str:
    console = Console(file=io.StringIO(), width=100)
    show(submission, console, **options)
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
    run = {"verdict": "AC", "tests": [sample("AC", "3")]}
    for options in ({"verbose": True}, {"all_samples": True}):
        assert "output" in shown(run, **options)
    assert "output" not in shown(run)


def test_a_wrong_sample_shows_the_difference() -> None:
    text = shown({"verdict": "WA", "tests": [sample("WA", "4")]})
    assert "- 3" in text
    assert "+ 4" in text
    assert text.startswith("WA  wrong answer  0 of 1 tests")


def test_what_a_submission_printed_is_no_markup() -> None:
    text = shown({"verdict": "CE", "tests": [], "compile_output": "[/red] error[0]: x"})
    assert "[/red] error[0]: x" in text


def test_a_known_mistake_and_a_fault_of_ours_are_said() -> None:
    text = shown({"verdict": "WA", "tests": [sample("WA", "4")], "diagnosis": "No scale."})
    assert text.splitlines()[1] == "known mistake: No scale."
    text = shown({"verdict": "JE", "tests": [], "message": "The judge failed 3 times: no jail"})
    assert text.rstrip().endswith("The judge failed 3 times: no jail")


def test_an_own_input_that_is_not_valid_is_no_fault_of_the_judge() -> None:
    refused = sample("JE", "") | {
        "difference": {"reason": "invalid_input"},
        "message": "Not valid.",
    }
    text = shown({"verdict": "JE", "tests": [refused]})
    assert "the input is not valid" in text
    assert "ours" not in text
    assert "Not valid." in text


def test_the_same_failure_is_said_once() -> None:
    said = "NameError in line 2: name 'self' is not defined"
    tests = [
        {**sample("RTE", ""), "name": f"t{number}", "message": said, "input": "1 2"}
        for number in range(22)
    ]
    tests.append({**sample("WA", "4"), "name": "last", "message": "The token differs."})
    text = shown({"verdict": "RTE", "tests": tests})
    assert text.count(said) == 1
    assert f"RTE in 22 of 23 tests: {said}" in text
    assert "WA in last: The token differs." in text
    assert text.count("input") == 1


def test_only_some_failures_are_listed_and_a_script_is_offered() -> None:
    tests = [{**sample("WA", "4"), "message": f"Wrong {number}."} for number in range(7)]
    failed = {"verdict": "WA", "tests": tests, "language": "pytorch", "id": "01a2"}
    text = shown(failed)
    assert "Wrong 4." in text
    assert "Wrong 5." not in text
    assert "and 2 other failures" in text
    assert text.rstrip().endswith("shousi repro 01a2")


def test_a_wide_tensor_is_shown_one_below_the_other() -> None:
    test = {
        **sample("WA", f"tensor out float32 1x8\n{'1 ' * 7}5\n"),
        "expected": f"tensor out float32 1x8\n{'1 ' * 7}2\n",
        "difference": {"reason": "values_differ", "name": "out", "wrong": 1, "index": [0, 7]},
    }
    rows = shown({"verdict": "WA", "tests": [test]}).splitlines()
    (got,) = [number for number, row in enumerate(rows) if "got" in row]
    assert "expected" not in rows[got]
    assert "1.000 5.000" in rows[got + 1]


def test_a_wrong_tensor_is_a_table_and_its_input_is_folded_to_shapes() -> None:
    case = {"n": 2, "w": {"values": [[1, 2], [3, 4]]}, "calls": [{"x": {"shape": [1, 3, 4]}}]}
    test = {
        **sample("WA", "tensor out float32 1x2\n1 5\n"),
        "input": json.dumps(case),
        "expected": "tensor out float32 1x2\n1 2\n",
        "difference": {"reason": "values_differ", "name": "out", "wrong": 1, "index": [0, 1]},
    }
    text = shown({"verdict": "WA", "tests": [test]})
    assert "{n: 2, w: 2x2, calls: [{x: 1x3x4}]} (-v shows all)" in text
    assert re.search(r"1.000 2.000\s+1.000 5.000\s+0.000 3.000", text)
    assert '"values"' in shown({"verdict": "WA", "tests": [test]}, verbose=True)


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


CLIPBOARD = "\x1b]52;c;cm0=\x1b\\\x9b2J\u202e"
AS_SHOWN = r"\x1b]52;c;cm0=\x1b\\x9b2J\u202e"


def test_what_a_submission_printed_can_not_drive_the_readers_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    wrong = sample("WA", f"4{CLIPBOARD}") | {"stderr": f"e{CLIPBOARD}", "message": CLIPBOARD}
    text = shown({"verdict": "WA", "tests": [wrong], "compile_output": CLIPBOARD}, verbose=True)
    assert text.count(AS_SHOWN) == 4
    say_error(ValueError(CLIPBOARD), Console())
    print_items([{"name": CLIPBOARD}], False, {"name": lambda one: one["name"]})
    say(CLIPBOARD)
    text += capsys.readouterr().out
    assert text.count(AS_SHOWN) == 7
    assert not {"\x1b", "\x9b"} & set(text)


def test_a_source_is_exact_in_a_pipe_and_visible_on_a_terminal(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    pipe, terminal = io.StringIO(), Terminal()
    for stream in (pipe, terminal):
        monkeypatch.setattr("sys.stdout", stream)
        print_text(f"x = '{CLIPBOARD}'\n")
    assert pipe.getvalue() == f"x = '{CLIPBOARD}'\n"
    assert terminal.getvalue() == f"x = '{AS_SHOWN}'\n"
