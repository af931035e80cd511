from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.limits import MIB, Limits, Usage
from judge.result import Ending, Reply, ReplyKind, RunResult, Stream
from judge.wording import word
from worker.judging.explanations import (
    _ENTRY_MISSING,
    _ENTRY_OTHER_SORT,
    Explainer,
    Places,
    readable,
    told,
)

LIMITS = Limits(cpu_s=2.0, wall_s=6.0, memory_bytes=64 * MIB, output_bytes=8 * MIB)
ANSWER = Reply(ReplyKind.ANSWER, b"1")


SOURCE = "\n".join(f"line {number}" for number in range(1, 20))


def said(run: RunResult, *, shown: bool = True, driver: bool = True, source: str = SOURCE) -> str:
    return word(Explainer(LIMITS, driver, "solve", source).explain(run, shown=shown))


def ended(
    ending: Ending = Ending.EXITED, exit_code: int = 0, reply: Reply | None = None
) -> RunResult:
    return RunResult(ending, Usage(cpu_s=0.25), exit_code, signal=11, reply=reply)


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (ended(Ending.CPU_LIMIT), "More than 2 s of CPU time."),
        (ended(Ending.WALL_LIMIT), "Not done after 6 s by the clock (0.25 s of CPU time used)."),
        (ended(Ending.MEMORY_LIMIT), "More than 64 MiB of memory."),
        (ended(Ending.OUTPUT_LIMIT), "More than 8 MiB of output."),
        (ended(Ending.FORBIDDEN), "A system call that the jail does not allow."),
        (ended(Ending.SIGNALED), "Killed by SIGSEGV."),
        (ended(exit_code=3, reply=ANSWER), "The program ended with exit code 3."),
        (ended(), "The process ended before the answer was there (does the code call os._exit?)."),
        (ended(reply=ANSWER), ""),
    ],
)
def test_how_a_run_ended(run: RunResult, message: str) -> None:
    assert said(run) == message


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (ended(Ending.CPU_LIMIT), "More than 2 s of CPU time."),
        (ended(Ending.WALL_LIMIT), "Not done after 6 s by the clock."),
        (ended(Ending.SIGNALED), "Killed by SIGSEGV."),
        (RunResult(Ending.SIGNALED, Usage(), signal=40), "Killed by a signal."),
        (ended(exit_code=1, reply=ANSWER), "The program ended with exit code 1."),
        (ended(exit_code=77, reply=ANSWER), "The program ended with an exit code other than 0."),
    ],
)
def test_hidden_tests_tell_only_usual_endings(run: RunResult, message: str) -> None:
    assert said(run, shown=False) == message


def test_a_program_owes_no_reply() -> None:
    assert said(ended(), driver=False) == ""


@pytest.mark.parametrize(
    ("error_type", "line", "message"),
    [
        ("ZeroDivisionError", 12, "ZeroDivisionError in line 12."),
        ("torch.OutOfMemoryError", 3, "OutOfMemoryError in line 3."),
        ("Secret42", 12, "An exception in line 12."),
        ("AttributeError", None,
         "AttributeError outside the submission's own lines (the judge calls `solve`)."),
    ],
)  # fmt: skip
def test_hidden_tests_name_only_known_errors(
    error_type: str, line: int | None, message: str
) -> None:
    reply = Reply(ReplyKind.EXCEPTION, error_type=error_type, line=line, text="Secret42: 17")
    assert said(ended(exit_code=1, reply=reply), shown=False) == message


@pytest.mark.parametrize("line", [0, -1, 20, 10**9, 3, 4])
def test_lines_that_hold_no_code_are_not_told(line: int) -> None:
    source = SOURCE.replace("line 3\nline 4\n", "   # a comment\n\t\n")
    reply = Reply(ReplyKind.EXCEPTION, error_type="ValueError", line=line, text="ValueError")
    assert said(ended(reply=reply), shown=False, source=source) == "ValueError."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("RuntimeError: mat1 and mat2 shapes cannot be multiplied (31415x3 and 4x92653)",
         "RuntimeError in line 2: the matrices' shapes can't be multiplied."),
        ("RuntimeError: The size of tensor a (31415) must match the size of tensor b (92653)",
         "RuntimeError in line 2: the tensors' sizes don't fit together."),
        ("RuntimeError: 31415 and 92653", "RuntimeError in line 2."),
        ("    x = 'is out of bounds for dimension'\nRuntimeError: 31415",
         "RuntimeError in line 2."),
    ],
)  # fmt: skip
def test_fixed_texts_are_told_without_their_numbers(text: str, message: str) -> None:
    reply = Reply(ReplyKind.EXCEPTION, error_type="RuntimeError", line=2, text=text)
    assert said(ended(reply=reply), shown=False) == message


def test_a_judging_names_few_places() -> None:
    places = Places()
    told = []
    for line in (5, 5, 6, 7, 6, 8):
        reply = Reply(ReplyKind.EXCEPTION, error_type="ValueError", line=line, text="ValueError")
        explained = Explainer(LIMITS, True, "solve", SOURCE).explain(
            ended(reply=reply), shown=False
        )
        assert explained is not None
        told.append(word(places.bounded(explained)))
    one, other, none = "ValueError in line 5.", "ValueError in line 6.", "An exception."
    assert told == [one, one, other, none, other, none]


MISSING = "AttributeError: the submission must define `def solve(...)`"


@pytest.mark.parametrize(
    ("source", "error_type", "text", "message"),
    [
        ("n = int(input())\nprint(n)", "EOFError", "EOFError: EOF when reading a line",
         "This problem wants a function: define `solve`, which the judge calls. "
         "The program reads standard input in line 1, which is empty."),
        ("import sys\nn = sys.stdin.read().split()[0]", "IndexError", "IndexError: list index",
         "This problem wants a function: define `solve`, which the judge calls. "
         "The program reads standard input in line 1, which is empty."),
        ("import sys\nfor line in sys.stdin: print(line)", "AttributeError", MISSING,
         "This problem wants a function: define `solve`, which the judge calls. "
         "The program reads standard input in line 1, which is empty."),
        ("def other(): pass", "AttributeError", MISSING,
         "The submission does not define `solve`, which the judge calls."),
        ("solve = 3", "TypeError", "TypeError: `solve` must be a function: define `def solve`",
         "`solve` is not of the kind that the problem asks for."),
        ("def solve(a):\n    return input()", "EOFError", "EOFError: EOF when reading a line",
         "EOFError in line 1: the input is at its end."),
    ],
)  # fmt: skip
def test_programs_that_are_no_function(
    source: str, error_type: str, text: str, message: str
) -> None:
    reply = Reply(ReplyKind.EXCEPTION, error_type=error_type, line=1, text=text)
    assert said(ended(reply=reply), shown=False, source=source) == message
    shown = said(ended(reply=reply), source=source)
    assert shown == (text if message.startswith("EOFError") else f"{message}\n{text}")


def test_the_harness_still_says_what_is_recognised() -> None:
    harness = (Path(__file__).parents[4] / "runner/harness.py").read_text()
    for words in (_ENTRY_MISSING, *_ENTRY_OTHER_SORT):
        assert words.replace("`", "") in harness.replace("`", ""), words


def test_samples_show_the_whole_traceback() -> None:
    reply = Reply(
        ReplyKind.EXCEPTION, error_type="ValueError", line=1, text="Trace\nValueError: 17\n"
    )
    assert said(ended(exit_code=1, reply=reply)) == "Trace\nValueError: 17"


def test_what_the_judge_raises_is_told_in_the_readers_language() -> None:
    text = "TypeError: solve must return an int, not float"
    reply = Reply(ReplyKind.EXCEPTION, error_type="TypeError", text=text)
    explained = Explainer(LIMITS, True, "solve", SOURCE).explain(ended(reply=reply), shown=True)
    assert word(explained, "zh") == (
        f"在提交代码之外抛出 TypeError（评测系统调用 `solve`）：返回值的类型不对。\n{text}"
    )


def test_malformed_replies() -> None:
    reply = Reply(ReplyKind.MALFORMED, text="two frames")
    assert said(ended(reply=reply)) == "What came back is not an answer: two frames."
    assert said(ended(reply=reply), shown=False) == "What came back is not an answer."


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('File "/home/ann lee/.venv-runner/lib/python3.11/site-packages/torch/nn/a.py", line 1',
         'File "torch/nn/a.py", line 1'),
        ('File "/root/versions/3.11.7/lib/python3.11/json/decoder.py"', 'File "json/decoder.py"'),
        ("/usr/lib/python3/dist-packages/numpy/x.py:3: Warning", "numpy/x.py:3: Warning"),
        ("seen in /srv/judge/runner/harness.py", "seen in runner/harness.py"),
        ('File "/box/submission.py", line 3', 'File "/box/submission.py", line 3'),
        ("1/2 /etc/passwd /usr/include/c++/x", "1/2 /etc/passwd /usr/include/c++/x"),
    ],
)  # fmt: skip
def test_no_place_of_this_machine_is_told(text: str, shown: str) -> None:
    assert told(text.encode()) == shown


def test_the_stream_that_said_too_much_is_named() -> None:
    run = replace(ended(Ending.OUTPUT_LIMIT), overflow=Stream.ERROR)
    assert said(run) == "More than 8 MiB of standard error."


@pytest.mark.parametrize("shown", [True, False])
def test_torch_compile_is_explained(shown: bool) -> None:
    reply = Reply(ReplyKind.EXCEPTION, error_type="torch._inductor.exc.InductorError", line=4)
    assert said(ended(exit_code=1, reply=reply), shown=shown).startswith("torch.compile needs a")


@given(st.binary(max_size=100))
def test_readable_text_has_no_control_characters(data: bytes) -> None:
    text = readable(data)
    assert all(char in "\n\t" or char.isprintable() or ord(char) > 159 for char in text)
    text.encode("utf-8")


def test_readable_text_is_cut() -> None:
    assert readable(b"x" * 5000) == "x" * 4096 + "\n... (904 more bytes)"
    assert readable("é".encode() * 2, 3) == "é\ufffd\n... (1 more bytes)"
    assert readable(b"a\r\nb\x1b[31m\0") == "a\nb\ufffd[31m\ufffd"
