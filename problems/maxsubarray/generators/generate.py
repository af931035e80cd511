"""Writes data/ again, byte for byte: `python3 generators/generate.py` (or with a folder to
write to). Answers come from folding the array from the right, which no accepted solution does;
small ones are checked against brute force.
"""

import sys
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

MASK = (1 << 64) - 1
Case = tuple[str, list[int]]


class Numbers:
    """splitmix64: the same numbers in every version of Python, which `random` doesn't promise."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def below(self, bound: int) -> int:
        """A number in 0 ... bound - 1."""
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9 & MASK
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB & MASK
        return (mixed ^ (mixed >> 31)) % bound

    def between(self, low: int, high: int) -> int:
        """A number in low ... high."""
        return low + self.below(high - low + 1)

    def many(self, count: int, low: int, high: int) -> list[int]:
        """`count` numbers in low ... high."""
        return [self.between(low, high) for _ in range(count)]


def answer(nums: list[int]) -> int:
    """The greatest sum: for each start, the highest prefix sum that comes after it."""
    before = [0, *accumulate(nums)]
    highest_later = list(accumulate(reversed(before[1:]), max))[::-1]
    return max(later - start for later, start in zip(highest_later, before, strict=False))


def brute_force(nums: list[int]) -> int:
    """Every non-empty subarray's own sum."""
    n = len(nums)
    return max(sum(nums[i : j + 1]) for i in range(n) for j in range(i, n))


def small_cases() -> Iterator[Case]:
    """One trap each."""
    yield "single-positive", [5]
    yield "single-negative", [-7]
    yield "single-zero", [0]
    yield "all-negative", [-8, -3, -6, -2, -5, -4]
    yield "all-negative-best-first", [-1, -2, -3, -4]
    yield "all-zero", [0] * 8
    yield "zeros-and-negatives", [-3, 0, -2, -5, 0]
    yield "all-positive", [3, 1, 4, 1, 5]
    yield "highest-before-lowest", [5, -10, 3]
    yield "highest-long-before-lowest", [9, 4, -20, 1, 2, -3, 6, -1]
    yield "bridge-over-a-negative", [8, -3, 7, -20, 9]
    yield "bridge-that-is-too-deep", [8, -9, 7, -2, 3]
    yield "best-at-start", [6, 2, -9, 3, -4, 1]
    yield "best-at-end", [1, -4, 3, -9, 2, 6]
    yield "alternating", [-1, 2] * 12
    yield "one-positive-among-negatives", [-5, -9, 2, -7, -1, -8]


def wide_cases() -> Iterator[Case]:
    """Sums that 32 bits can't hold, and values at the bounds."""
    yield "sum-beyond-32-bits", [10**9] * 9
    yield "prefix-far-below-32-bits", [-(10**9)] * 6 + [10**9, -1, 10**9]
    yield "lowest-possible", [-(10**9)] * 5
    yield "far-below-zero", [-(10**9), -123_456_789, -987_654_321]
    yield "highest-then-lowest", [10**9] * 3 + [-(10**9)] * 5 + [10**9] * 4


def random_cases(numbers: Numbers) -> Iterator[Case]:
    """Random numbers around zero, and mostly below it."""
    yield "random-small", numbers.many(60, -9, 9)
    yield "random-below-zero", numbers.many(120, -30, 12)
    yield "random-wide", numbers.many(300, -(10**9), 10**9)


def large_cases(numbers: Numbers) -> Iterator[Case]:
    """n = 200,000: an O(n^2) solution looks at 2 * 10^10 subarrays.

    One that gives a start up when its sum falls below zero is fast on the first two; it is slow
    where sums stay positive. In the last one that holds for starts after a negative number only,
    and the positive numbers still to come promise much more than any subarray has.
    """
    n = 200_000
    yield "large-random", numbers.many(n, -9, 9)
    yield "large-below-zero", numbers.many(n, -9, -1)
    yield "large-rising", numbers.many(n, -4, 9)
    yield "large-zigzag", [9, -8] * (n // 2)


def cases() -> Iterator[Case]:
    """Every secret test, in order."""
    numbers = Numbers(20240402)
    yield from small_cases()
    yield from wide_cases()
    yield from random_cases(numbers)
    yield from large_cases(numbers)


def write(folder: Path, name: str, nums: list[int]) -> None:
    """One test's `.in` and `.ans`."""
    result = answer(nums)
    assert len(nums) > 300 or result == brute_force(nums), name
    folder.mkdir(parents=True, exist_ok=True)
    numbers = " ".join(map(str, nums))
    (folder / f"{name}.in").write_text(f"{len(nums)}\n{numbers}\n", newline="\n")
    (folder / f"{name}.ans").write_text(f"{result}\n", newline="\n")


def main() -> None:
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "data"
    write(data / "sample", "1", [2, -3, 4, -1, 3, -6, 5])
    write(data / "sample", "2-negative", [-3, -1, -2])
    for number, (name, nums) in enumerate(cases(), 1):
        write(data / "secret", f"{number:02d}-{name}", nums)


if __name__ == "__main__":
    main()
