import pytest

from judge.job import CheckerSpec
from judge.verdict import Verdict
from worker.checkers import CheckerError, checker_for


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (b"ab\ncd", "The output ends too early, after 5 bytes."),
        (b"ab\ncd\n\n", "The output goes on after its 6 right bytes."),
        (b"ab\ncx\n", "The first difference is in line 2, byte 2."),
        (b"AB\ncd\n", "The first difference is in line 1, byte 1."),
        (b"", "The output ends too early, after 0 bytes."),
    ],
)
def test_tells_where_the_bytes_differ(output: bytes, message: str) -> None:
    result = checker_for(CheckerSpec("exact")).check(b"", output, b"ab\ncd\n")
    assert (result.verdict, result.message) == (Verdict.WA, message)


def test_accepts_equal_bytes_only() -> None:
    assert checker_for(CheckerSpec("exact")).check(b"", b"\xff\0", b"\xff\0").verdict == "AC"


def test_takes_no_flags() -> None:
    with pytest.raises(CheckerError, match="case_sensitive"):
        checker_for(CheckerSpec("exact", ("case_sensitive",)))
