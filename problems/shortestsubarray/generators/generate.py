"""Writes data/ again, byte for byte: `python3 generators/generate.py` (or with a folder to
write to). Answers come from the array read backwards, which no accepted solution does; small ones
are checked against brute force.
"""

import sys
from collections import deque
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
    """The least length, or -1. For each start, from the last on, the ends that are worth keeping:
    each is higher than all nearer ones, so the farthest is the highest."""
    before = [0, *accumulate(nums)]
    best = len(nums) + 1
    ends: deque[int] = deque()  # the nearest first
    for start in range(len(nums) - 1, -1, -1):
        while ends and before[ends[0]] <= before[start + 1]:
            ends.popleft()
        ends.appendleft(start + 1)
        while ends and before[ends[-1]] - before[start] >= s:
            # Any start before this one is farther from that end.
            best = min(best, ends.pop() - start)
    return best if best <= len(nums) else -1


def brute_force(s: int, nums: list[int]) -> int:
    """Every subarray's own sum."""
    n = len(nums)
    pairs = ((i, j) for i in range(n) for j in range(i, n))
    return min((j - i + 1 for i, j in pairs if sum(nums[i : j + 1]) >= s), default=-1)


def small_cases() -> Iterator[Case]:
    """One trap each."""
    yield "single-enough-exactly", 5, [5]
    yield "single-too-small", 5, [4]
    yield "single-negative", 5, [-5]
    yield "all-negative", 1, [-3, -1, -2, -4]
    yield "all-zero", 1, [0] * 6
    yield "sum-exactly-s", 9, [1, 4, -1, 6, 1, 2]
    yield "sum-one-below-s", 10, [1, 4, -1, 6, -1, 2]
    yield "whole-array-exactly", 12, [3, 1, -2, 1, 5, 4]
    yield "whole-array-one-below", 13, [3, 1, -2, 1, 5, 4]
    yield "negative-number-inside", 11, [7, -3, 4, 3, -9, 2]
    yield "negative-number-first", 7, [-6, 3, 4, -8, 1]
    yield "shrinks-past-a-dip", 15, [3, 2, -4, 6, 4, 5, -7, 2]
    yield "sum-stays-positive-but-worse", 12, [5, -4, 6, 6, -20, 4, 1, 8]
    yield "falls-below-zero-then-rises", 10, [4, -9, 3, 2, 5, -6, 1, 9]
    yield "shorter-comes-later", 9, [2, 2, 3, 2, -5, 4, 5, -8, 1, 1]
    yield "shorter-comes-first", 9, [4, 5, -12, 3, 2, 2, 3, -1, 2]
    yield "longest-is-longer", 6, [1, 2, 3, 1, -1, 2, 4, 1]
    yield "best-at-start", 14, [6, 8, -3, 4, 4, 4, 4, -9]
    yield "best-at-end", 14, [4, 4, 4, 4, -9, -3, 8, 6]
    yield "zeros-around", 8, [0, 0, 5, 0, 0, 3, 0, 0]
    yield "large-ones-apart", 17, [9, -5, 8, -6, 9, -4, 1, 2]
    yield "several-starts-at-once", 20, [1, 1, 2, 1, 1, 19, 3]
    yield "several-dips-at-once", 7, [6, -1, -1, -1, -1, 5, 2, -8, 4]
    yield "prefixes-repeat", 6, [3, -3, 4, -4, 3, 3, -6, 2]
    yield "all-equal", 50, [7] * 20
    yield "exact-sum-is-longer", 10, [1, 2, 3, 4, -20, 8, 4, -9]


def wide_cases(numbers: Numbers) -> Iterator[Case]:
    """Sums that 32 bits, or the 24 bits of a float, can't hold, and values at the bounds."""
    yield "sums-beyond-32-bits", 3 * 10**9, [10**9] * 8
    yield "prefixes-far-below-32-bits", 2 * 10**9, [-(10**9)] * 6 + [10**9, -1, 10**9, 1, 7, -5]
    nums = numbers.many(60, -(2 * 10**8), 10**9)
    yield "beyond-32-bits-exactly", greatest(nums, 13), nums
    yield "beyond-32-bits-one-more", greatest(nums, 13) + 1, nums
    yield "largest-s", 10**18, [10**9] * 60
    yield "highest-then-lowest", 4 * 10**9, [10**9] * 3 + [-(10**9)] * 9 + [10**9] * 5


def random_cases(numbers: Numbers) -> Iterator[Case]:
    """Random numbers, with s on the border between two answers."""
    for index, (count, low, high, length) in enumerate(
        [(60, -9, 9, 11), (200, -30, 40, 33), (300, -(10**9), 10**9, 23)], 1
    ):
        nums = numbers.many(count, low, high)
        s = greatest(nums, length)
        yield f"random-{index}-exactly", s, nums
        yield f"random-{index}-one-more", s + 1, nums


def greatest(nums: list[int], length: int) -> int:
    """The greatest s at which the answer is `length` or less."""
    n = len(nums)
    return max(
        sum(nums[i : i + short]) for short in range(1, length + 1) for i in range(n - short + 1)
    )


def large_cases(numbers: Numbers) -> Iterator[Case]:
    """n = 300,000. In the first an O(n^2) solution looks at 2 * 10^10 subarrays, also one that
    gives a start up below zero or beyond the shortest length so far.

    Each of the others is for an idea that is fast on that: taking starts off the front of a list;
    looking at every start that is low enough; paying each negative number from the positive ones
    before it; starts that a long descent leaves.
    """
    n = 300_000
    nums = numbers.many(n, -4, 9)
    yield "large-half", sum(nums) // 2, nums
    yield "large-none", n // 2 + 9, [9, -8] * (n // 2)
    yield "large-last-serves-all", 10**9 + 1, [1] * (n - 1) + [10**9]
    yield "large-two-are-enough", 10, [9] * n
    yield "large-whole-array", 2 * 10**9 - (n - 2), [10**9] + [-1] * (n - 2) + [10**9]


def cases() -> Iterator[Case]:
    """Every secret test, in order."""
    numbers = Numbers(20240403)
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
    write(data / "sample", "1", 7, [4, -2, 5, 1, 3])
    write(data / "sample", "2-none", 6, [2, 3, -4, 1])
    write(data / "sample", "3-one-is-enough", 8, [6, -5, 4, 4, -9, 8])
    for number, (name, s, nums) in enumerate(cases(), 1):
        write(data / "secret", f"{number:02d}-{name}", s, nums)


if __name__ == "__main__":
    main()
