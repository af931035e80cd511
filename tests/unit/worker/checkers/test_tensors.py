import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from judge.job import CheckerSpec
from judge.result import CheckResult
from judge.verdict import Verdict
from judge.wording import word
from worker.checkers import CheckerError, checker_for
from worker.checkers.tensors import Tensors

ANSWER = b"""tensor out float32 2x3
1 2 3
4 5 6
tensor loss float64 scalar
0.5
tensor ids int64 3
7 8 9
value requires_grad true
"""


def check(output: bytes, answer: bytes = ANSWER) -> CheckResult:
    return checker_for(CheckerSpec("tensors")).check(b"", output, answer)


def text(array: np.ndarray, name: str = "out") -> bytes:
    """Return a tensor's text as a driver prints it."""
    shape = "x".join(map(str, array.shape)) or "scalar"
    digits = 9 if array.dtype == np.float32 else 17
    values = " ".join(f"{value:.{digits}g}" for value in array.flat)
    return f"tensor {name} {array.dtype} {shape}\n{values}\n".encode()


def test_accepts_the_answer() -> None:
    assert check(ANSWER) == CheckResult(Verdict.AC)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"2x3", b"3x2", "`out` has shape 3x2 (the same number of values); expected 2x3."),
        (b"2x3\n1 2 3", b"1x3\n", "`out` has shape 1x3; expected 2x3."),
        (b"out float32", b"out float64", "`out` has dtype float64; expected float32."),
        (b"out float32", b"out secret", "`out` has another dtype; expected float32."),
        (b"5 6", b"5 nan", "`out`: 1 of 6 values is NaN, the first at index [1, 2]."),
        (b"1 2", b"nan nan", "`out`: 2 of 6 values are NaN, the first at index [0, 0]."),
        (b"5 6", b"5 inf", "`out`: 1 of 6 values differ; "
         "infinite or NaN on one side only at index [1, 2]."),
        (b"4 5 6", b"4 5.5 7", "`out`: 2 of 6 values differ; largest error 1 at index [1, 2], "
         "0.167 of the largest value expected (allowed: 0.000601)."),
        (b"0.5", b"0.75", "`loss`: 1 of 1 values differ; largest error 0.25, "
         "0.5 of the largest value expected (allowed: 1.5e-06)."),
        (b"7 8 9", b"7 0 0", "`ids`: 2 of 3 values differ, the first at index [1]."),
        (b"grad true", b"grad false", "The value `requires_grad` is not what was expected."),
        (b"tensor ids int64 3\n7 8 9\n", b"", "Missing from the output: ids."),
        (b"grad true\n", b"grad true\nvalue more 1\n",
         "The output holds 5 tensors and values; 4 were expected."),
        (b"7 8 9", b"7 8", "The output can't be read: "
         "there are fewer values after line 6 than the shape asks."),
        (b"7 8 9", b"7 8 9 9", "The output can't be read: "
         "there are more values after line 6 than the shape asks."),
        (b"7 8 9", b"7 8 9.0", "The output can't be read: a value after line 6 is not an integer."),
        (b"0.5", b"half", "The output can't be read: a value after line 4 is not a number."),
        (b"tensor out", b"out", "The output can't be read: the beginning (line 1) is neither "
         "`tensor NAME DTYPE SHAPE` nor `value NAME WORD`."),
        (b"2x3", b"2xx3", "The output can't be read: "
         "a line is not `tensor NAME DTYPE 2x8`, line 1."),
        (b"value requires_grad true", b"value requires_grad",
         "The output can't be read: a line is not `value NAME WORD` alone, line 8."),
    ],
)  # fmt: skip
def test_says_in_words_what_differs(old: bytes, new: bytes, message: str) -> None:
    output = ANSWER.replace(old, new)
    assert output != ANSWER
    result = check(output)
    assert (result.verdict, result.message) == (Verdict.WA, message)


LONG = b"tensor out float32 2x5\n1 2 3 4 5\n6 7 8 9 10\n"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"2x5", b"5x2", "`out` has the right sizes in another order."),
        (b"2x5", b"10", "`out` has another shape with the same number of values."),
        (b"2x5\n1 2", b"8\n", "`out` has another number of dimensions than expected."),
        (b"2x5", b"123456789x7", "`out` has another shape than expected."),
        (b"float32", b"int64", "`out` has dtype int64; expected float32."),
        (b"4 5", b"4 5.5", "`out`: up to a quarter of the values differ; "
         "the largest error is about 10^2 times the allowed one."),
        (b"4 5", b"4 5.002", "`out`: up to a quarter of the values differ; "
         "the largest error is less than 10 times the allowed one."),
        (b"1 2 3 4 5", b"0 0 0 0 0", "`out`: between a quarter and half of the values differ; "
         "the largest error is about 10^3 times the allowed one."),
        (b"4 5", b"4 nan",
         "`out`: up to a quarter of the values are NaN, where a number was expected."),
        (b"4 5", b"4 inf", "`out`: up to a quarter of the values differ; "
         "some are infinite or NaN on one side only."),
        (b"2x5", b"oops", "The output can't be read: a line is not `tensor NAME DTYPE 2x8`."),
    ],
)  # fmt: skip
def test_hidden_tests_tell_neither_place_nor_value(old: bytes, new: bytes, message: str) -> None:
    result = check(LONG.replace(old, new, 1), LONG)
    assert word(result.told(shown=False)) == message
    assert result.told(shown=True) == result.difference


def test_few_values_have_no_share() -> None:
    result = check(ANSWER.replace(b"7 8 9", b"7 0 0"))
    assert word(result.hidden) == "`ids`: values differ."


@given(st.binary(max_size=300), st.integers(0, 9), st.integers(0, 9))
def test_hidden_messages_are_few(junk: bytes, at: int, value: int) -> None:
    # A user who varies their submission sees one of a few sentences: less than two bits of
    # information each.
    numbers = [b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"8", b"9", b"10"]
    numbers[at] = b"%d" % value
    output = b"tensor out float32 2x5\n" + b" ".join(numbers) + b"\n"
    told = {word(check(each, LONG).told(shown=False)) for each in (output, output + junk)}
    assert all(len(re.findall("[0-9]", one.replace("float32", ""))) <= 4 for one in told), told


def test_order_matters() -> None:
    swapped = b"value b 1\nvalue a 1\n"
    assert check(swapped, b"value a 1\nvalue b 1\n").message == (
        "The tensors come in another order than expected."
    )


def test_names_everything_that_differs() -> None:
    answer = b"".join(b"value %d 1\n" % number for number in range(12))
    result = check(answer.replace(b" 1\n", b" 2\n"), answer)
    assert result.message == (
        "The value `0` is not what was expected. Also different: 1, 2, 3, 4, 5, 6, 7, 8 and 3 more."
    )


def test_nan_equals_only_nan_and_infinity_itself() -> None:
    answer = b"tensor x float32 3\nnan inf -inf\n"
    assert check(answer, answer).verdict == "AC"
    assert check(answer.replace(b"-inf", b"inf"), answer).verdict == "WA"
    assert check(answer.replace(b"nan", b"0"), answer).verdict == "WA"


def test_what_is_told_is_json_whatever_the_numbers_are() -> None:
    """JSON has no infinity: a strict database or client would refuse the verdict."""
    answer = b"tensor out float64 3\n0.1 1e-300 0.2\n"
    for number in ("1e308", "-1.7e308", "inf", "nan", "1e999"):
        output = f"tensor out float64 3\n0.1 {number} 0.2\n".encode()
        for shown in (True, False):
            told = Tensors().check(b"", output, answer).told(shown=shown)
            assert told is not None
            json.dumps(told.to_json(), allow_nan=False)


def test_empty_tensor() -> None:
    answer = b"tensor x float32 0x4\n"
    assert check(answer, answer).verdict == "AC"
    assert check(answer + b"1\n", answer).verdict == "WA"


@pytest.mark.parametrize(
    "answer",
    [
        b"garbage",
        b"tensor x complex64 1\n1\n",
        b"tensor x int64 2\n1\n",
        b"tensor x int64 999999999x999999999\n1\n",
    ],
)
def test_a_bad_answer_is_not_the_submissions_fault(answer: bytes) -> None:
    assert check(ANSWER, answer).verdict == "JE"


def test_nothing_that_a_submission_chose_is_repeated() -> None:
    for output in (
        ANSWER.replace(b"out", b"stolen"),
        ANSWER.replace(b"float32 2x3", b"stolen 2x3"),
        ANSWER.replace(b"2x3\n1 2 3\n4 5 6", b"0x19283746\n"),
        ANSWER.replace(b"true", b"stolen"),
        ANSWER + b"value stolen 1\n",
        b"stolen\n" + ANSWER,
    ):
        result = check(output)
        assert result.verdict == "WA"
        assert "stolen" not in result.message
        assert "19283746" not in result.message
        assert "stolen" not in word(result.hidden)


def test_flags_of_the_standard_validator_change_nothing() -> None:
    loose = checker_for(CheckerSpec("tensors", ("float_tolerance", "0.5")))
    assert loose.check(b"", ANSWER.replace(b"5 6", b"5 6.4"), ANSWER).verdict == "WA"
    with pytest.raises(CheckerError, match="loose"):
        checker_for(CheckerSpec("tensors", ("loose",)))


@given(st.binary(max_size=200))
def test_any_bytes_get_a_verdict(output: bytes) -> None:
    assert check(output).verdict == "WA"
    assert check(b"tensor out float32 2x3\n" + output).verdict == "WA"
    assert check(ANSWER, output).verdict in {"WA", "JE"}


SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, max_side=4)


@given(hnp.arrays(st.sampled_from([np.float32, np.float64]), SHAPES,
                  elements=st.floats(-1e6, 1e6, width=32)), st.data())  # fmt: skip
def test_the_tolerance_is_of_the_largest_value(array: np.ndarray, data: st.DataObject) -> None:
    relative = 1e-4 if array.dtype == np.float32 else 1e-6
    allowed = relative * float(np.abs(array).max(initial=0)) + 1e-6
    at = tuple(data.draw(st.integers(0, size - 1)) for size in array.shape)
    answer = text(array)
    for factor, verdict in ((0.5, "AC"), (2.0, "WA")):
        moved = array.astype(np.float64)
        moved[at] += factor * allowed
        output = text(moved).replace(b"float64", str(array.dtype).encode(), 1)
        assert check(output, answer).verdict == verdict


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=5), st.integers(1, 9))
def test_integers_are_exact(values: list[int], by: int) -> None:
    def tensor(numbers: list[int]) -> bytes:
        return f"tensor x int64 {len(numbers)}\n{' '.join(map(str, numbers))}\n".encode()

    assert check(tensor(values), tensor(values)).verdict == "AC"
    assert check(tensor([values[0] + by, *values[1:]]), tensor(values)).verdict == "WA"


def test_large_output_is_bounded() -> None:
    assert check(b"tensor out float32 2x3\n" + b"1 " * (4 << 20)).verdict == "WA"
    assert check(b"value a 1\n" * 800_000).message == (
        "The output can't be read: there are too many tensors."
    )
