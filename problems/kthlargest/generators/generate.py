"""Writes data/ again, byte for byte: `python3 generators/generate.py` (or with a folder to
write to). Answers come from halving the range of values and counting, which no accepted solution
does, and are checked against the definition.
"""

import sys
from collections.abc import Iterator
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

    def many(self, count: int, low: int, high: int) -> list[int]:
        """`count` numbers in low ... high."""
        return [low + self.below(high - low + 1) for _ in range(count)]


def answer(k: int, nums: list[int]) -> int:
    """The greatest number that at least k of `nums` reach."""
    low, high = min(nums), max(nums)
    while low < high:
        middle = (low + high + 1) // 2
        if sum(num >= middle for num in nums) >= k:
            low = middle
        else:
            high = middle - 1
    return low


def is_right(k: int, nums: list[int], found: int) -> bool:
    """By the definition: fewer than k numbers are greater, and at least k are not less."""
    greater = sum(num > found for num in nums)
    return found in nums and greater < k <= greater + nums.count(found)


def small_cases() -> Iterator[Case]:
    """One trap each."""
    yield "single", 1, [7]
    yield "single-negative", 1, [-7]
    yield "largest", 1, [3, 9, -2, 8, 5]
    yield "smallest", 5, [3, 9, -2, 8, 5]
    yield "second", 2, [4, 1, 6, 3]
    yield "second-of-two", 2, [5, 11]
    yield "last-is-the-answer", 3, [10, 2, 30, 4, 9]
    yield "first-is-the-answer", 2, [25, 30, 4, 9, 12]
    yield "greatest-twice", 2, [8, 3, 8, 5]
    yield "repeated", 4, [5, 5, 9, 2, 5, 9, 1]
    yield "behind-the-repeated", 6, [5, 5, 9, 2, 5, 9, 1]
    yield "two-values", 5, [1, 0, 1, 0, 0, 1, 1, 0]
    yield "all-equal", 3, [6] * 7
    yield "all-zero", 2, [0] * 5
    yield "all-negative", 2, [-8, -3, -11, -5]
    yield "more-negative-than-positive", 4, [-9, 12, -20, 7, -1, -30]
    yield "zero-is-the-answer", 3, [4, -4, 0, 9, -9]
    yield "by-absolute-value", 2, [-50, 3, 8, -20, 6]
    yield "ten-and-nine", 2, [9, 10, 100, 8, 7]
    yield "digits-of-negative", 3, [-1, -10, -2, -100, -20]
    yield "sorted", 3, [1, 4, 6, 9, 15, 22]
    yield "sorted-backwards", 3, [22, 15, 9, 6, 4, 1]
    yield "median", 4, [13, 2, 8, 21, 5, 1, 3]


def wide_cases(numbers: Numbers) -> Iterator[Case]:
    """Values at the bounds, and numbers that the 24 bits of a float can't tell apart."""
    yield "bounds", 2, [10**9, -(10**9), 10**9 - 1, -(10**9), 5]
    yield "all-at-the-lower-bound", 3, [-(10**9)] * 4
    yield "near-each-other", 20, [10**9 - num for num in numbers.many(50, 0, 200)]
    yield "beyond-ten-thousand", 9, numbers.many(40, -(10**6), 10**6)
    yield "far-below", 12, numbers.many(30, -(10**9), -(10**8))


def random_cases(numbers: Numbers) -> Iterator[Case]:
    """Random numbers, few and many different ones."""
    for index, (count, k, high) in enumerate(
        [(50, 17, 9), (200, 150, 40), (300, 299, 10**9), (1000, 3, 10**9)], 1
    ):
        yield f"random-{index}", k, numbers.many(count, -high, high)


def large_cases(numbers: Numbers) -> Iterator[Case]:
    """n = 300,000 and k in the middle: k passes are too slow, and so is a quickselect that
    takes the first or the last number for its pivot, or whose parts don't shrink among equals."""
    n = 300_000
    yield "large-random", n // 2, numbers.many(n, -(10**6), 10**6)
    yield "large-sorted", n // 2, list(range(n))
    yield "large-sorted-backwards", n // 2 + 1, list(range(n, 0, -1))
    yield "large-all-equal", n // 2, [1] * n


def cases() -> Iterator[Case]:
    """Every secret test, in order."""
    numbers = Numbers(20240611)
    yield from small_cases()
    yield from wide_cases(numbers)
    yield from random_cases(numbers)
    yield from large_cases(numbers)


def write(folder: Path, name: str, k: int, nums: list[int]) -> None:
    """One test's `.in` and `.ans`."""
    result = answer(k, nums)
    assert is_right(k, nums, result), name
    folder.mkdir(parents=True, exist_ok=True)
    numbers = " ".join(map(str, nums))
    (folder / f"{name}.in").write_text(f"{len(nums)} {k}\n{numbers}\n", newline="\n")
    (folder / f"{name}.ans").write_text(f"{result}\n", newline="\n")


def main() -> None:
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "data"
    write(data / "sample", "1", 2, [3, 2, 1, 5, 6, 4])
    write(data / "sample", "2-repeated", 4, [3, 2, 3, 1, 2, 4, 5, 5, 6])
    write(data / "sample", "3-negative", 3, [-7, -2, -30, -5])
    for number, (name, k, nums) in enumerate(cases(), 1):
        write(data / "secret", f"{number:02d}-{name}", k, nums)


if __name__ == "__main__":
    main()
