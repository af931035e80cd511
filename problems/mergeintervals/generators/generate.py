"""Writes data/ again, byte for byte: `python3 generators/generate.py` (or with a folder to
write to). Answers come from how far the intervals that begin at each number reach, by increasing
number, which no accepted solution does; small ones are checked against the points that they cover.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

MASK = (1 << 64) - 1
Interval = tuple[int, int]
Case = tuple[str, list[Interval]]


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

    def interval(self, low: int, high: int, length: int) -> Interval:
        """It begins in low ... high, and is at most `length` long."""
        left = low + self.below(high - low + 1)
        return left, left + self.below(length + 1)

    def shuffled(self, intervals: list[Interval]) -> list[Interval]:
        """In another order (Fisher and Yates)."""
        mixed = list(intervals)
        for i in range(len(mixed) - 1, 0, -1):
            j = self.below(i + 1)
            mixed[i], mixed[j] = mixed[j], mixed[i]
        return mixed


def answer(intervals: list[Interval]) -> list[Interval]:
    """The union's parts: the farthest end of those that begin at each number, then the numbers in
    order, each of which begins a new part or belongs to the last one."""
    reach: dict[int, int] = {}
    for left, right in intervals:
        reach[left] = max(reach.get(left, right), right)
    parts: list[Interval] = []
    for left in sorted(reach):
        if parts and left <= parts[-1][1]:
            parts[-1] = parts[-1][0], max(parts[-1][1], reach[left])
        else:
            parts.append((left, reach[left]))
    return parts


def by_points(intervals: list[Interval]) -> list[Interval]:
    """The same from the set of all covered points, where half a step between two of them counts
    too: so [1, 2] and [3, 4] stay apart."""
    covered = {point for a, b in intervals for point in range(2 * a, 2 * b + 1)}
    lefts = sorted(point for point in covered if point - 1 not in covered)
    rights = sorted(point for point in covered if point + 1 not in covered)
    return [(a // 2, b // 2) for a, b in zip(lefts, rights, strict=True)]


def small_cases() -> Iterator[Case]:
    """One trap each."""
    yield "single", [(3, 8)]
    yield "single-point", [(0, 0)]
    yield "all-apart", [(1, 2), (5, 6), (9, 12)]
    yield "neighbouring-integers", [(1, 2), (3, 4), (5, 5), (6, 9)]
    yield "ends-touch", [(1, 4), (4, 6), (6, 6), (8, 9), (9, 11)]
    yield "points-touch", [(2, 2), (2, 5), (7, 9), (9, 9), (11, 11), (11, 11)]
    yield "inside-another", [(1, 20), (3, 5), (8, 9), (25, 30), (26, 27)]
    yield "inside-then-touching-the-outer", [(1, 10), (2, 3), (5, 8), (9, 14), (20, 30), (21, 22)]
    yield "same-twice", [(4, 7), (4, 7), (9, 12), (9, 12), (9, 12)]
    yield "same-start", [(1, 3), (1, 9), (1, 5), (12, 13), (12, 20), (12, 14)]
    yield "same-end", [(2, 9), (5, 9), (8, 9), (12, 15), (14, 15)]
    yield "not-sorted", [(15, 18), (8, 10), (1, 3), (2, 6), (17, 20)]
    yield "sorted-backwards", [(30, 35), (20, 31), (10, 12), (5, 11), (1, 2)]
    yield "long-one-last", [(1, 2), (4, 5), (7, 8), (10, 11), (0, 9), (13, 14)]
    yield "bridge-last", [(1, 5), (10, 15), (20, 25), (4, 11), (30, 31)]
    yield "chain", [(1, 3), (2, 5), (4, 7), (6, 9), (8, 11), (13, 14)]
    yield "everything-in-one", [(-5, 50), (1, 2), (3, 4), (10, 40), (45, 50)]
    yield "last-stands-alone", [(1, 4), (2, 6), (9, 10)]
    yield "negative", [(-9, -7), (-8, -4), (-2, -1), (-20, -15), (-15, -12)]
    yield "across-zero", [(-6, -3), (-3, 2), (0, 4), (6, 8)]
    yield "far-below-zero", [(-1000, -900), (-950, -800), (-700, -600), (-10, -5)]
    yield "points", [(5, 5), (1, 1), (3, 3), (1, 1), (9, 9)]
    yield "ten-and-two", [(10, 12), (2, 3), (100, 101), (20, 21), (3, 4)]
    yield "bounds", [(10**9, 10**9), (-(10**9), -(10**9)), (-1, 1), (10**9 - 5, 10**9 - 1)]
    yield "whole-range", [(-(10**9), 10**9), (-5, 5), (10**9, 10**9), (-(10**9), -(10**9))]


def random_cases(numbers: Numbers) -> Iterator[Case]:
    """Few and many overlaps, and ends that often touch."""
    for index, (count, spread, length) in enumerate(
        [(12, 30, 3), (40, 60, 2), (60, 300, 9), (200, 5000, 40), (300, 10**8, 10**6)], 1
    ):
        yield (
            f"random-{index}",
            [numbers.interval(-spread, spread, length) for _ in range(count)],
        )


def large_cases(numbers: Numbers) -> Iterator[Case]:
    """n = 100,000: nothing to merge, one in another, one chain; and fewer at random."""
    n = 100_000
    yield "large-all-apart", numbers.shuffled([(4 * i, 4 * i + 2) for i in range(n)])
    yield "large-nested", [(n - i, n + i) for i in range(n)]
    yield "large-chain", numbers.shuffled([(3 * i, 3 * i + 3) for i in range(n)])
    yield "large-random", [numbers.interval(-(10**6), 10**6, 60) for _ in range(n // 3)]


def cases() -> Iterator[Case]:
    """Every secret test, in order."""
    numbers = Numbers(20240510)
    yield from small_cases()
    yield from random_cases(numbers)
    yield from large_cases(numbers)


def lines(intervals: list[Interval]) -> str:
    """How many, and each in a line."""
    return "".join([f"{len(intervals)}\n", *(f"{left} {right}\n" for left, right in intervals)])


def write(folder: Path, name: str, intervals: list[Interval]) -> None:
    """One test's `.in` and `.ans`."""
    result = answer(intervals)
    spread = max(right for _, right in intervals) - min(left for left, _ in intervals)
    assert spread > 20_000 or result == by_points(intervals), name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.in").write_text(lines(intervals), newline="\n")
    (folder / f"{name}.ans").write_text(lines(result), newline="\n")


def main() -> None:
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "data"
    write(data / "sample", "1", [(8, 10), (1, 3), (2, 6), (15, 18)])
    write(data / "sample", "2-touching", [(1, 4), (4, 5), (6, 7)])
    write(data / "sample", "3-inside", [(-4, 12), (0, 3), (5, 9)])
    for number, (name, intervals) in enumerate(cases(), 1):
        write(data / "secret", f"{number:02d}-{name}", intervals)


if __name__ == "__main__":
    main()
