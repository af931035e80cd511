"""Reads one case, calls the submission's `merge_intervals`, answers what it returns."""

import sys
from numbers import Integral

from runner import harness

ENTRY = "merge_intervals"
DECLARATION = "def merge_intervals(intervals: list[list[int]]) -> list[list[int]]"


def read_case() -> list[list[int]]:
    """The input: `n`, then n pairs. Raises ValueError where it is something else."""
    numbers = list(map(int, sys.stdin.buffer.read().split()))
    if len(numbers) < 3 or len(numbers) != 2 * numbers[0] + 1:
        raise ValueError("the input must be `n`, and then n pairs, at least one")
    return [list(pair) for pair in zip(numbers[1::2], numbers[2::2], strict=True)]


def as_lines(value: object) -> str:
    """The number of intervals, and a line for each. A numpy array counts as the lists that it
    holds, numpy's integers as integers. Anything else shows a mistake that printing would hide."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(value, list | tuple):
        raise TypeError(f"{ENTRY} must return a list of pairs, not {type(value).__name__}")
    return "\n".join(
        [str(len(value)), *(as_line(number, pair) for number, pair in enumerate(value))]
    )


def as_line(number: int, pair: object) -> str:
    """The pair with that number, of integers (a bool is none)."""
    pair = pair.tolist() if hasattr(pair, "tolist") else pair
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        raise TypeError(f"{ENTRY} must return pairs, but item {number} is {pair!r:.80}")
    for end in pair:
        if isinstance(end, bool) or not isinstance(end, Integral):
            kind = type(end).__name__
            raise TypeError(f"{ENTRY} must return pairs of ints, but item {number} has a {kind}")
    return f"{int(pair[0])} {int(pair[1])}"


def main() -> None:
    # The case is read before the submission is loaded: input is not the submission's business.
    intervals = read_case()
    merge_intervals = harness.entry(ENTRY, DECLARATION)
    harness.answer(as_lines(merge_intervals(intervals)))


if __name__ == "__main__":
    main()
