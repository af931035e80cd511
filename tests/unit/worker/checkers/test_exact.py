import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.job import CheckerSpec
from judge.verdict import Verdict
from judge.wording import word
from worker.checkers import CheckerError, checker_for
from worker.checkers.exact import _common_bytes


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


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (b"ab\ncd", "Only the white space differs."),
        (b"ab\ncx\n", "Wrong answer."),
        (b"xb\ncd\n", "Wrong answer."),
        (b"ab\nc", "Wrong answer."),
        (b"ab\ncd\ne", "Wrong answer."),
        (b"", "The output is empty."),
        (b"\n", "The output is only white space."),
    ],
)
def test_hidden_tests_do_not_tell_how_far_it_is_right(output: bytes, message: str) -> None:
    result = checker_for(CheckerSpec("exact")).check(b"", output, b"ab\ncd\n")
    assert word(result.told(shown=False)) == message


@given(st.binary(max_size=40), st.binary(max_size=40), st.binary(max_size=40))
def test_the_first_difference_is_found_by_halves(start: bytes, one: bytes, other: bytes) -> None:
    got, want = start + one, start + other
    expected = next((at for at, pair in enumerate(zip(got, want)) if pair[0] != pair[1]),  # noqa: B905 - to the shorter one's end
                    min(len(got), len(want)))  # fmt: skip
    assert _common_bytes(got, want) == expected


def test_accepts_equal_bytes_only() -> None:
    assert checker_for(CheckerSpec("exact")).check(b"", b"\xff\0", b"\xff\0").verdict == "AC"


def test_takes_no_flags() -> None:
    with pytest.raises(CheckerError, match="case_sensitive"):
        checker_for(CheckerSpec("exact", ("case_sensitive",)))
