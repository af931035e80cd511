from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.limits import MIB, Limits, Usage
from judge.result import Ending, Reply, ReplyKind, RunResult, Stream
from worker.judging.explanations import explain, readable, told

LIMITS = Limits(cpu_s=2.0, wall_s=6.0, memory_bytes=64 * MIB, output_bytes=8 * MIB)
ANSWER = Reply(ReplyKind.ANSWER, b"1")


def said(run: RunResult, *, shown: bool = True, driver: bool = True) -> str:
    return explain(run, LIMITS, driver=driver, shown=shown, entry="solve")


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


def test_samples_show_the_whole_traceback() -> None:
    reply = Reply(
        ReplyKind.EXCEPTION, error_type="ValueError", line=1, text="Trace\nValueError: 17\n"
    )
    assert said(ended(exit_code=1, reply=reply)) == "Trace\nValueError: 17"


def test_malformed_replies() -> None:
    reply = Reply(ReplyKind.MALFORMED, text="two frames")
    assert said(ended(reply=reply)) == "What came back is no answer: two frames."
    assert said(ended(reply=reply), shown=False) == "What came back is no answer."


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
