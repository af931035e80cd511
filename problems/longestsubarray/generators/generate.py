"""Writes data/ again, byte for byte: `python3 generators/generate.py` (or with a folder to
write to). Answers come from a binary search on the length, which no accepted solution uses;
small ones are checked against brute force.
"""

import sys
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

MASK = (1 << 64) - 1
Case = tuple[str, int, list[int]]


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


def answer(s: int, nums: list[int]) -> int:
    """The greatest length at which some window's sum is at most s (numbers are positive, so
    whatever fits at one length fits at every smaller one)."""
    before = [0, *accumulate(nums)]

    def fits(length: int) -> bool:
        return any(before[i + length] - before[i] <= s for i in range(len(nums) - length + 1))

    low, high = 0, len(nums)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def brute_force(s: int, nums: list[int]) -> int:
    """Every subarray's own sum."""
    n = len(nums)
    pairs = ((i, j) for i in range(n) for j in range(i, n))
    return max((j - i + 1 for i, j in pairs if sum(nums[i : j + 1]) <= s), default=0)


def small_cases() -> Iterator[Case]:
    """One trap each."""
    yield "single-fits-exactly", 5, [5]
    yield "single-too-large", 4, [5]
    yield "all-too-large", 1, [2, 3, 4, 5]
    yield "all-too-large-by-one", 10**9 - 1, [10**9] * 6
    yield "sum-exactly-s", 6, [5, 1, 2, 3, 9]
    yield "sum-one-above-s", 6, [5, 1, 2, 4, 9]
    yield "whole-array-exactly", 23, [3, 1, 4, 1, 5, 9]
    yield "whole-array-one-above", 22, [3, 1, 4, 1, 5, 9]
    yield "large-ones-split", 5, [1, 1, 1, 50, 1, 1, 1, 1, 50, 1, 1]
    yield "large-one-first", 9, [1000, 2, 2, 2, 2]
    yield "best-at-start", 10, [1, 2, 1, 2, 1, 2, 9, 9, 1, 9]
    yield "best-at-end", 10, [9, 1, 9, 9, 2, 1, 2, 1, 2, 1]
    yield "best-in-the-middle", 12, [7, 6, 1, 2, 1, 3, 1, 4, 8, 7, 5]
    yield "small-ones-apart", 6, [1, 9, 1, 9, 1, 9, 1, 9, 1, 9, 1]
    yield "alternating", 30, [1, 10] * 15
    yield "all-equal", 49, [7] * 20
    yield "longer-is-not-larger", 10, [10, 1, 1, 1, 1, 10, 9, 1]


def wide_cases(numbers: Numbers) -> Iterator[Case]:
    """Sums that 32 bits, or the 24 bits of a float, can't hold, and values at the bounds."""
    yield "sums-beyond-32-bits", 3 * 10**9, [10**9] * 8
    nums = numbers.many(40, 9 * 10**8, 10**9)
    yield "beyond-32-bits-exactly", tightest(nums, 13), nums
    yield "beyond-32-bits-one-below", tightest(nums, 13) - 1, nums
    yield "largest-s", 10**18, [10**9] * 60


def random_cases(numbers: Numbers) -> Iterator[Case]:
    """Random numbers, with s on the border between two answers."""
    for index, (count, high, length) in enumerate([(60, 9, 17), (300, 10**9, 101)], 1):
        nums = numbers.many(count, 1, high)
        s = tightest(nums, length)
        yield f"random-{index}-exactly", s, nums
        yield f"random-{index}-one-below", s - 1, nums


def tightest(nums: list[int], length: int) -> int:
    """The least s at which `length` is the answer, or more."""
    return min(sum(nums[i : i + length]) for i in range(len(nums) - length + 1))


def large_cases(numbers: Numbers) -> Iterator[Case]:
    """n = 200,000. In each of the first two an O(n^2) solution looks at 10^10 pairs or more, also
    one that stops a window at the first sum above s, or gives up where too little is left.

    Each of the others is for an idea that is fast on these: taking numbers off the front of a list
    (a copy of half the window, on the average), trying longer and longer lengths up to the first
    start that fits, and shorter and shorter ones.
    """
    n = 200_000
    nums = numbers.many(n, 1, 9)
    yield "large-half", sum(nums) // 2, nums
    yield "large-all-fits", n, [1] * n
    yield "large-last-too-large", 10**9 - 1, [1] * (n - 1) + [10**9]
    yield "large-best-at-end", n // 2, [9] * (n // 2) + [1] * (n // 2)
    yield "large-one-fits", 9, [9] * n


def cases() -> Iterator[Case]:
    """Every secret test, in order."""
    numbers = Numbers(20240401)
    yield from small_cases()
    yield from wide_cases(numbers)
    yield from random_cases(numbers)
    yield from large_cases(numbers)


def write(folder: Path, name: str, s: int, nums: list[int]) -> None:
    """One test's `.in` and `.ans`."""
    result = answer(s, nums)
    assert len(nums) > 300 or result == brute_force(s, nums), name
    folder.mkdir(parents=True, exist_ok=True)
    numbers = " ".join(map(str, nums))
    (folder / f"{name}.in").write_text(f"{len(nums)} {s}\n{numbers}\n", newline="\n")
    (folder / f"{name}.ans").write_text(f"{result}\n", newline="\n")


def main() -> None:
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "data"
    write(data / "sample", "1", 7, [2, 3, 1, 2, 4, 3])
    write(data / "sample", "2-none", 3, [4, 5, 6])
    for number, (name, s, nums) in enumerate(cases(), 1):
        write(data / "secret", f"{number:02d}-{name}", s, nums)


if __name__ == "__main__":
    main()
