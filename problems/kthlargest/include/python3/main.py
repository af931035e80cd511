"""Reads one case, calls the submission's `kth_largest`, answers what it returns."""

import sys
from numbers import Integral

from runner import harness

ENTRY = "kth_largest"
DECLARATION = "def kth_largest(k: int, nums: list[int]) -> int"


def read_case() -> tuple[int, list[int]]:
    """The input: `n k`, then n numbers. Raises ValueError where it is something else."""
    numbers = list(map(int, sys.stdin.buffer.read().split()))
    if len(numbers) < 3 or numbers[0] != len(numbers) - 2:
        raise ValueError("the input must be `n k`, and then n numbers, at least one")
    return numbers[1], numbers[2:]


def as_integer(value: object) -> int:
    """The returned integer. numpy's integers are integers; a bool is an answer to another
    question, and a float, a tensor or None shows a mistake that printing would hide."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{ENTRY} must return an int, not {type(value).__name__}")
    return int(value)


def main() -> None:
    # The case is read before the submission is loaded: input is not the submission's business.
    k, nums = read_case()
    kth_largest = harness.entry(ENTRY, DECLARATION)
    harness.answer(str(as_integer(kth_largest(k, nums))))


if __name__ == "__main__":
    main()
