"""The picture of a wrong tensor: which cells it shows, which one is framed, and when there is no
picture.
"""

import numpy as np
import pytest

from judge.differences import Difference, Reason
from judge.tensor_pictures import MOST_CELLS, picture_of
from worker.checkers.tensors import Tensors


def text(values: np.ndarray, name: str = "out", dtype: str = "float32") -> str:
    """One tensor as a driver prints it."""
    shape = "x".join(map(str, values.shape)) or "scalar"
    return f"tensor {name} {dtype} {shape}\n{' '.join(map(str, values.ravel()))}\n"


def found(got: str, want: str) -> Difference | None:
    """What the checker says."""
    return Tensors().check(b"", got.encode(), want.encode()).difference


def test_the_worst_cell_of_a_matrix_is_framed_and_small_errors_are_pale() -> None:
    want = np.array([[1.0, 2.0], [3.0, 40.0]])
    got = want + np.array([[0.0, 0.5], [0.2, -2.0]])
    picture = picture_of(text(want), text(got), found(text(got), text(want)))
    assert picture is not None
    assert [[cell.level for cell in row] for row in picture.cells] == [[0, 2], [1, 3]]
    assert picture.index == (1, 1)
    assert picture.slice == ""
    assert (picture.framed.expected, picture.framed.got, picture.framed.difference) == (
        "40.000",
        "38.000",
        "2.000",
    )
    assert picture.num_wrong == 3
    assert picture.error == pytest.approx(2)
    assert picture.allowed == pytest.approx(40 * 1e-4 + 1e-6)


def test_of_a_large_tensor_the_slice_around_the_worst_place_is_shown() -> None:
    want = np.zeros((2, 3, 20, 30))
    got = want.copy()
    got[1, 2, 18, 11] = 7
    picture = picture_of(text(want), text(got), found(text(got), text(want)))
    assert picture is not None
    assert picture.slice == "[1, 2, :, :]"
    assert (picture.first_row, picture.first_column) == (12, 7)
    assert {len(row) for row in picture.cells} == {MOST_CELLS} == {len(picture.cells)}
    assert picture.framed.got == "7.000"


def test_other_wrong_parts_are_named_and_can_be_shown() -> None:
    want = np.zeros((2, 20, 30))
    got = want.copy()
    got[1, 18, 11] = 7
    got[0, 3, 2:5] = [1, 3, 2]
    got[1, 0, 29] = 4
    of = text(want), text(got), found(text(got), text(want))
    picture = picture_of(*of)
    assert picture is not None
    assert picture.is_worst
    assert [(one.index, one.num_wrong) for one in picture.elsewhere] == [
        ((1, 0, 29), 1),
        ((0, 3, 3), 3),
    ]
    other = picture_of(*of, (0, 3, 3))
    assert other is not None
    assert not other.is_worst
    assert (other.slice, other.framed.got) == ("[0, :, :]", "3.000")
    assert [one.index for one in other.elsewhere] == [(1, 18, 11), (1, 0, 29)]
    assert (other.num_wrong, other.error) == (picture.num_wrong, picture.error)


@pytest.mark.parametrize("at", [(2, 0, 0), (0, 0), (0, 0, 30), ()])
def test_a_place_that_is_not_there_has_no_picture(at: tuple[int, ...]) -> None:
    want = np.zeros((2, 20, 30))
    got = want + 1
    assert picture_of(text(want), text(got), found(text(got), text(want)), at) is None


def test_of_a_long_vector_the_other_parts_are_named() -> None:
    want = np.zeros(40)
    got = want.copy()
    got[[1, 30]] = [5, 2]
    picture = picture_of(text(want), text(got), found(text(got), text(want)))
    assert picture is not None
    assert [one.index for one in picture.elsewhere] == [(30,)]


@pytest.mark.parametrize("shape", [(), (3,), (1, 0), (0,)])
def test_scalars_and_vectors_are_matrices_of_one_row(shape: tuple[int, ...]) -> None:
    want, got = np.zeros(shape), np.ones(shape)
    picture = picture_of(text(want), text(got), found(text(got), text(want)))
    if want.size == 0:
        assert picture is None
    else:
        assert picture is not None
        assert len(picture.cells) == 1
        assert len(picture.cells[0]) == want.size


def test_nan_and_integers_have_a_picture_too() -> None:
    want, got = np.array([1.0, 2.0]), np.array([1.0, np.nan])
    picture = picture_of(text(want), text(got), found(text(got), text(want)))
    assert picture is not None
    assert picture.framed.got == "nan"
    assert (picture.framed.level, picture.allowed) == (3, None)
    ones = text(np.array([[1, 1]]), dtype="int64")
    other = text(np.array([[1, 0]]), dtype="int64")
    picture = picture_of(ones, other, found(other, ones))
    assert picture is not None
    assert (picture.framed.expected, picture.framed.got) == ("1", "0")


def test_an_input_that_was_changed_is_shown_where_it_was() -> None:
    want, got = text(np.array([[1.0, 2.0]]), "x"), text(np.array([[1.0, 5.0]]), "x")
    difference = Difference(Reason.INPUT_CHANGED, {"name": "x"})
    picture = picture_of(want, got, difference)
    assert picture is not None
    assert picture.index == (0, 1)


def test_where_matrices_would_show_nothing_there_is_none() -> None:
    want = text(np.zeros((2, 2)))
    for got in (
        text(np.zeros((4, 1))),
        text(np.zeros((2, 2)), dtype="float64"),
        text(np.zeros((2, 2)))[:-5] + "\n... (17 more bytes)",
        "no tensor at all",
        "",
    ):
        assert picture_of(want, got, found(got, want) or Difference(Reason.NAN)) is None
    assert picture_of(None, want, Difference(Reason.NAN, {"name": "out"})) is None
    assert picture_of(want, want, None) is None


def test_integers_that_floats_can_t_tell_apart_are_not_drawn() -> None:
    def drawn(got: list[int], want: list[int]) -> bool:
        expected, output = (text(np.array(values), dtype="int64") for values in (want, got))
        return picture_of(expected, output, found(output, expected)) is not None

    assert drawn([2**53 - 1, 1], [2**53 - 2, 0])
    # They would be drawn as equal, and framed as wrong.
    assert not drawn([2**53 + 1, 1], [2**53, 0])
