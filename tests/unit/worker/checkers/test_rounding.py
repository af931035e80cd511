"""Whether two wrong answers are wrong by float32's rounding, or by something else."""

import numpy as np
import numpy.typing as npt
import pytest

from worker.checkers.comparing import WrongAnswers
from worker.checkers.rounding import roundings

Floats = npt.NDArray[np.float64]
RANDOM = np.random.default_rng(5)
X = RANDOM.uniform(4095, 4097, (10, 12))
W = RANDOM.uniform(-1, 1, (12, 6))
W -= W.mean(0)  # large numbers cancel
RIGHT = X @ W


def in_precision(dtype: npt.DTypeLike, order: npt.NDArray[np.int64]) -> Floats:
    """Return the same sums of products, in this precision and order, as another processor might
    compute them.
    """
    total = np.zeros(RIGHT.shape, dtype)
    for k in order:
        total = total + X[:, k, None].astype(dtype) * W[k].astype(dtype)
    return total.astype(np.float64)


HERE = in_precision(np.float32, np.arange(12))
THERE = in_precision(np.float32, RANDOM.permutation(12))


def noise(seed: int, bits: float = -13) -> Floats:
    """Return the right answer with independent errors of that size."""
    return RIGHT + np.random.default_rng(seed).normal(0, 2.0**bits, RIGHT.shape)


def text(values: npt.ArrayLike, name: str = "out", dtype: str = "float64", rules: str = "") -> str:
    array = np.asarray(values)
    shape = "x".join(map(str, array.shape)) or "scalar"
    return f"tensor {name} {dtype} {shape}{rules}\n{' '.join(map(repr, array.ravel().tolist()))}\n"


def agree(ours: str, theirs: str, right: str) -> bool:
    ((found),) = roundings(wrong(ours), [wrong(theirs)], {"1": right.encode()})
    return found


def wrong(output: str, failed: int = 1, *, drawn: bool = False) -> WrongAnswers:
    return WrongAnswers({"1": output.encode()}, failed, drawn)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (HERE, THERE),
        (noise(1), noise(2)),
        (noise(1), noise(2, -12)),  # a processor that adds up in halves is more exact
        (HERE, noise(1, np.log2(np.std(HERE - RIGHT)))),
        # A result that is rounded once more at the end.
        (noise(1).astype(np.float32).astype(np.float64), noise(2)),
    ],
)
def test_float32_on_two_processors_is_one_mistake(ours: Floats, theirs: Floats) -> None:
    assert agree(text(ours), text(theirs), text(RIGHT))


@pytest.mark.parametrize(
    "other",
    [
        RIGHT + 2.0**-13,  # all by the same number
        RIGHT * (1 + 2.0**-13),  # by the same share
        RIGHT * (1 + 2.0**-13 * np.linspace(0.5, 2, 10)[:, None]),  # by each row's
        noise(1, -15) + 2.0**-12,  # most of the error has a pattern
        in_precision(np.float16, np.arange(12)),
        noise(1, -9),  # float16, had less been cancelled
        noise(1, -17),
        np.where(RIGHT.max() > RIGHT, noise(1), np.nan),
        np.where(RIGHT.max() > RIGHT, noise(1), np.inf),
        -RIGHT,
        RIGHT,
    ],
)
def test_what_is_off_otherwise_is_another(other: Floats) -> None:
    assert not agree(text(other), text(HERE), text(RIGHT))
    assert not agree(text(HERE), text(other), text(RIGHT))


def test_an_epsilon_that_is_too_large_is_no_rounding() -> None:
    rows = RANDOM.normal(0, RANDOM.uniform(0.5, 2, (10, 1)), (10, 16))

    def normed(eps: float, size: float = 0) -> Floats:
        exact: Floats = rows / np.sqrt((rows**2).mean(1, keepdims=True) + eps)
        return exact + RANDOM.normal(0, size, rows.shape)

    right, large = text(normed(1e-12)), text(normed(1e-5))
    size = float(np.std(normed(1e-5) - normed(1e-12)))
    rounded = text(normed(1e-12, size))
    assert not agree(large, rounded, right)
    assert not agree(rounded, large, right)
    assert agree(rounded, text(normed(1e-12, size)), right)


def test_few_values_must_be_float32s_own() -> None:
    right = text(3.7623480914, "a") + text(1.6712903345, "b")
    here = text(float(np.float32(3.76236)), "a") + text(float(np.float32(1.67131)), "b")
    there = text(float(np.float32(3.76233)), "a") + text(float(np.float32(1.67126)), "b")
    assert agree(here, there, right)
    assert not agree(here, text(3.76233, "a") + text(1.67126, "b"), right)
    # Numbers that float32 can represent exactly prove nothing.
    plain = text(3.5, "a") + text(1.25, "b")
    assert not agree(text(3.5 + 2.0**-13, "a") + text(1.25, "b"), text(3.5 - 2.0**-13, "a"), plain)
    assert not agree(text(3.5 + 2.0**-13), text(3.5 - 2.0**-13), text(3.5))


BESIDE = text(RIGHT, "beside")
WRONG_BESIDE = text(RIGHT + 1, "beside")


@pytest.mark.parametrize(
    ("ours", "theirs", "is_same"),
    [
        (BESIDE, BESIDE, True),
        (WRONG_BESIDE, WRONG_BESIDE, True),
        (WRONG_BESIDE, BESIDE, False),
        (BESIDE, WRONG_BESIDE, False),
        (WRONG_BESIDE, text(RIGHT + 2, "beside"), False),
        (text(noise(3), "beside"), BESIDE, False),
        (text(noise(3), "beside"), text(noise(4), "beside"), True),
        (text(RIGHT, "beside", "float32"), BESIDE, False),
        (text(RIGHT.T, "beside"), BESIDE, False),
        ("value beside 1\n", "value beside 1\n", True),
        ("value beside 1\n", "value beside 2\n", False),
        ("", "", False),
        (text(RIGHT, "other"), text(RIGHT, "other"), False),
        ("tensor beside float64 3\n1 2\n", BESIDE, False),
    ],
)
def test_the_rest_must_be_the_same(ours: str, theirs: str, *, is_same: bool) -> None:
    right = text(RIGHT) + BESIDE
    assert agree(text(HERE) + ours, text(THERE) + theirs, right) is is_same


def test_there_must_be_some_rounding() -> None:
    assert not agree(text(RIGHT) + WRONG_BESIDE, text(RIGHT) + WRONG_BESIDE, text(RIGHT) + BESIDE)


@pytest.mark.parametrize(("dtype", "rules"), [("float32", ""), ("float64", " exact")])
def test_only_where_the_answer_is_float64_with_a_tolerance(dtype: str, rules: str) -> None:
    right = text(RIGHT, dtype=dtype, rules=rules)
    assert not agree(text(HERE, dtype=dtype), text(THERE, dtype=dtype), right)


def test_all_that_is_wrong_must_be_known() -> None:
    here, there, right = text(HERE), text(THERE), {"1": text(RIGHT).encode()}
    known = wrong(there)
    two = WrongAnswers({"1": there.encode(), "2": there.encode()}, 2)
    none = WrongAnswers({}, 0)
    others = [known, wrong(there, 2), wrong(there, drawn=True), two, none]
    assert roundings(wrong(here), others, right) == [True, False, False, True, False]
    for ours in (wrong(here, 2), wrong(here, drawn=True), none):
        assert roundings(ours, [known], right) == [False]
    ours = WrongAnswers({"1": here.encode(), "2": here.encode()}, 2)
    assert roundings(ours, [known, two], {**right, "2": right["1"]}) == [False, True]
