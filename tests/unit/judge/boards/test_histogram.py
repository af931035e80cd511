"""The histogram of a problem's runtimes."""

from itertools import pairwise

import pytest

from judge.boards.runtimes import NUM_BINS, bins_of


@pytest.mark.parametrize(
    "medians",
    [
        [0.1, 0.2, 0.2, 0.4, 1.6],
        [0.0, 0.0004, 5.0],
        [0.25],
        [0.25, 0.25, 0.2500001],
        [0.001 * 1.01**n for n in range(900)],
    ],
)
def test_every_median_lies_in_its_bin(medians: list[float]) -> None:
    bins = bins_of(medians)
    assert sum(one.count for one in bins) == len(medians)
    assert len(bins) in (1, NUM_BINS)
    for low, high in pairwise(bins):
        assert low.high_s == pytest.approx(high.low_s)
    for one in bins:
        # Times below a millisecond are not told apart, and edges are rounded.
        inside = [m for m in medians if one.low_s - 1e-9 <= max(m, 0.001) <= one.high_s + 1e-9]
        assert one.count <= len(inside)


def test_a_slower_submission_widens_the_histogram() -> None:
    bins = bins_of([0.1, 0.2], [3.0])
    assert bins[-1].low_s < 3.0 <= bins[-1].high_s * (1 + 1e-9)
    assert sum(one.count for one in bins) == 2


def test_without_solutions_there_are_no_bins() -> None:
    assert bins_of([], [0.5]) == ()
