"""Correct random numbers always pass, and each kind of wrong ones gets its own message."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from judge.differences import Reason
from worker.checkers.distribution import Floats, choice_fault, uniform_fault

SHAPE = (64, 4, 16)
RANDOM = np.random.default_rng
Draw = Callable[[np.random.Generator], Floats]


def test_no_right_draw_fails() -> None:
    for seed, shape in enumerate(((4096,), (512, 2, 4), (2, 4, 1024), (64, 64), (2048, 1, 2)) * 40):
        random = RANDOM(seed)
        drawn = random.uniform(-0.5, 0.5, shape).astype(np.float32).astype(np.float64)
        assert uniform_fault(drawn.ravel(), shape, -0.5, 0.5) is None
        chosen = np.where(random.random((64, 64)) < 0.4, 1.0, 1 + 1 / 0.6)
        chances = {1.0: 0.4, 1 + 1 / 0.6: 0.6}
        assert choice_fault(chosen.ravel(), (64, 64), chances, 1e-4) is None


@pytest.mark.parametrize("rare", [0.3, 0.1, 0.05, 0.01])
@pytest.mark.parametrize("shape", [(64, 64), (16, 64), (8, 512), (1, 80), (4096,)])
def test_no_right_choice_of_rare_values_fails(rare: float, shape: tuple[int, ...]) -> None:
    for seed in range(100):
        chosen = _dropout(RANDOM(seed).random(shape) < rare, rare)
        assert choice_fault(chosen.ravel(), shape, _chances(rare), 1e-4) is None


@pytest.mark.parametrize("rare", [0.3, 0.1, 0.05])
@pytest.mark.parametrize("drawn", [(64, 1), (1, 64)])
def test_rare_values_must_not_come_together(rare: float, drawn: tuple[int, int]) -> None:
    for seed in range(100):
        lines = RANDOM(seed).random(drawn) < rare
        chosen = _dropout(np.broadcast_to(lines, (64, 64)), rare)
        fault = choice_fault(chosen.ravel(), (64, 64), _chances(rare), 1e-4)
        assert fault in (Reason.DRAWN_DEPENDENT, Reason.CHOSEN_UNEVENLY)


@pytest.mark.parametrize("rate", [0.0, 0.02, 0.25])
def test_a_rare_value_must_come_as_often_as_it_should(rate: float) -> None:
    chosen = _dropout(RANDOM(0).random((64, 64)) < rate, 0.1)
    fault = choice_fault(chosen.ravel(), (64, 64), _chances(0.1), 1e-4)
    assert fault is Reason.CHOSEN_UNEVENLY


def _chances(rare: float) -> dict[float, float]:
    return {0.0: rare, 1 / (1 - rare): 1 - rare}


def _dropout(dropped: npt.NDArray[np.bool_], rare: float) -> Floats:
    return np.where(dropped, 0.0, 1 / (1 - rare))


def _rows(random: np.random.Generator, change: Callable[[Floats, int], Floats]) -> Floats:
    row = random.uniform(-1, 1, (64, 1, 16))
    return np.concatenate([change(row, i) for i in range(4)], axis=1)


WRONG: dict[str, tuple[Draw, Reason]] = {
    "normal": (lambda r: r.normal(0, 0.5, SHAPE), Reason.DRAWN_OUTSIDE),
    "not a number": (lambda r: r.uniform(-1, 1, SHAPE) * np.nan, Reason.DRAWN_OUTSIDE),
    "one side": (lambda r: r.uniform(0, 1, SHAPE), Reason.DRAWN_UNEVENLY),
    "too small a range": (lambda r: r.uniform(-0.97, 0.97, SHAPE), Reason.DRAWN_UNEVENLY),
    "triangular": (lambda r: r.triangular(-1, 0, 1, SHAPE), Reason.DRAWN_UNEVENLY),
    "outer part bent": (
        lambda r: _bent(r.uniform(-1, 1, SHAPE)),
        Reason.DRAWN_UNEVENLY,
    ),
    "few values": (lambda r: r.integers(-500, 501, SHAPE) / 500, Reason.DRAWN_REPEATED),
    "half precision": (
        lambda r: r.uniform(-1, 1, SHAPE).astype(np.float16).astype(np.float64),
        Reason.DRAWN_REPEATED,
    ),
    "one call for all": (
        lambda r: np.broadcast_to(r.uniform(-1, 1, (1, 4, 16)), SHAPE).copy(),
        Reason.DRAWN_REPEATED,
    ),
    "rows mirrored": (
        lambda r: _rows(r, lambda row, i: row * (-1) ** i * (1 - 0.001 * i)),
        Reason.DRAWN_DEPENDENT,
    ),
    "rows scaled": (
        lambda r: _rows(r, lambda row, i: row * (1 - 0.02 * i)),
        Reason.DRAWN_DEPENDENT,
    ),
    "a small column": (
        lambda r: r.uniform(-1, 1, SHAPE) * np.where(np.arange(16) == 3, 0.3, 1),
        Reason.DRAWN_UNEVENLY,
    ),
}  # fmt: skip


def _bent(drawn: Floats) -> Floats:
    outer = np.abs(drawn) > 0.5
    bent = np.sign(drawn) * (0.5 + 0.5 * np.maximum(2 * np.abs(drawn) - 1, 0) ** 2)
    return np.where(outer, bent, drawn)


@pytest.mark.parametrize("name", WRONG)
def test_wrong_draws_are_told_as_what_they_are(name: str) -> None:
    draw, reason = WRONG[name]
    found = {uniform_fault(draw(RANDOM(seed)).ravel(), SHAPE, -1.0, 1.0) for seed in range(20)}
    assert found == {reason}


@pytest.mark.parametrize(
    ("draw", "reason"),
    [
        (lambda r: r.choice([0.0, 1.0], (64, 64)), Reason.OTHER_VALUES),
        (lambda r: r.choice([0.0, 2.0], (64, 64), p=[0.4, 0.6]), Reason.CHOSEN_UNEVENLY),
        (lambda _: np.full((64, 64), 2.0), Reason.DRAWN_DEPENDENT),
        (lambda _: np.full((64, 64), np.nan), Reason.OTHER_VALUES),
        (lambda r: np.repeat(r.choice([0.0, 2.0], (64, 1)), 64, axis=1), Reason.DRAWN_DEPENDENT),
        (lambda r: np.repeat(r.choice([0.0, 2.0], (1, 64)), 64, axis=0), Reason.DRAWN_DEPENDENT),
    ],
)
def test_wrong_choices_are_told_as_what_they_are(draw: Draw, reason: Reason) -> None:
    chances = {0.0: 0.5, 2.0: 0.5}
    assert choice_fault(draw(RANDOM(0)).ravel(), (64, 64), chances, 1e-4) is reason
