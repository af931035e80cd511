"""A reproduction compares two answers as the checker does, in a reader's terminal."""

import pytest

from judge.reproduction import standalone
from worker.checkers import tensors
from worker.checkers.tensors import Tensors

WANT = "tensor out float32 2x2\n1 2\n3 400\nvalue leaf true\ntensor n int64 scalar\n3\n"


def test_its_tolerances_are_the_checkers() -> None:
    assert (standalone.RELATIVE, standalone.ABSOLUTE) == (tensors.RELATIVE, tensors.ABSOLUTE)


@pytest.mark.parametrize(
    ("got", "num_wrong", "says"),
    [
        (WANT, 0, "out: as expected"),
        (WANT.replace("1 2", "1.03 2"), 0, "out: as expected"),
        (WANT.replace("1 2", "1.05 2"), 1, "1 of 4 values differ; the largest error is 0.05 at"),
        (WANT.replace("400", "nan"), 1, "the largest error is inf at index [1, 1]"),
        (WANT.replace("2x2", "4"), 1, "expected float32 2x2, got float32 4"),
        (WANT.replace("float32", "float64"), 1, "got float64 2x2"),
        (WANT.replace("true", "false"), 1, "leaf: expected value true, got value leaf false"),
        (WANT.replace("\n3\n", "\n4\n"), 1, "n: 1 of 1 values differ"),
        (WANT.replace(" n ", " m "), 1, "n: is missing"),
    ],
)
def test_it_says_what_the_checker_finds(
    got: str, num_wrong: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert standalone.report(WANT, got) == num_wrong
    assert says in capsys.readouterr().out
    verdict = Tensors().check(b"", got.encode(), WANT.encode()).verdict
    assert (verdict == "AC") == (num_wrong == 0)


def test_what_is_random_and_what_relates_is_not_compared(
    capsys: pytest.CaptureFixture[str],
) -> None:
    want = "tensor a float32 1 any\n1\ntensor b float32 1 uniform=0,1\n0.1\ndifferent a b\n"
    assert standalone.report(want, "tensor a float32 1\n7\ntensor b float32 1\n0.5\n") == 0
    assert capsys.readouterr().out == "a: as expected\nb: as expected\n"


def test_other_answers_are_compared_by_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert standalone.report("6\n", "6") == 0
    assert standalone.report("6\n", "7") == 1
    assert "expected:\n6" in capsys.readouterr().out


def test_of_a_large_tensor_the_worst_place_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    values = ["0"] * (2 * 20 * 20)
    want = f"tensor out float64 2x20x20\n{' '.join(values)}\n"
    values[400 + 19 * 20 + 19] = "5"
    assert standalone.report(want, f"tensor out float64 2x20x20\n{' '.join(values)}\n") == 1
    said = capsys.readouterr().out
    assert "at index [1, 19, 19]" in said
    assert "got [1, 12:20, 12:20]" in said
