"""Reads one case, calls the submission's `max_subarray`, answers what it returns."""

import sys
from numbers import Integral

from runner import harness

ENTRY = "max_subarray"
DECLARATION = "def max_subarray(nums: list[int]) -> int"


def read_case() -> list[int]:
    """The input: `n`, then n numbers. Raises ValueError where it is something else."""
    numbers = list(map(int, sys.stdin.buffer.read().split()))
    if len(numbers) < 2 or numbers[0] != len(numbers) - 1:
        raise ValueError("the input must be `n`, and then n numbers, at least one")
    return numbers[1:]


def as_integer(value: object) -> int:
    """The returned integer. numpy's integers are integers; a bool is an answer to another
    question, and a float, a tensor or None shows a mistake that printing would hide."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{ENTRY} must return an int, not {type(value).__name__}")
    return int(value)


def main() -> None:
    # The case is read before the submission is loaded: input is not the submission's business.
    nums = read_case()
    max_subarray = harness.entry(ENTRY, DECLARATION)
    harness.answer(str(as_integer(max_subarray(nums))))


if __name__ == "__main__":
    main()
