"""Writes data/ again, byte for byte: `python3 generators/generate.py` (or with a folder to
write to). Answers come from the time of each key's last use and a heap of these times, which no
accepted solution does; small ones are checked against a plain list of keys.
"""

import heapq
import sys
from collections.abc import Iterator
from pathlib import Path

MASK = (1 << 64) - 1
Operation = tuple[int] | tuple[int, int]
"""(key) is a `get`, (key, value) is a `put`."""
Case = tuple[str, int, list[Operation]]


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

    def operations(self, count: int, keys: int, values: int) -> list[Operation]:
        """A `put` first; then as many `get`s as `put`s, of keys and values below these bounds."""
        made: list[Operation] = [(self.below(keys), self.below(values))]
        while len(made) < count:
            key = self.below(keys)
            made.append((key,) if self.below(2) else (key, self.below(values)))
        return made


def answers(capacity: int, operations: list[Operation]) -> list[int]:
    """What each `get` gives."""
    values: dict[int, int] = {}
    used: dict[int, int] = {}
    uses: list[tuple[int, int]] = []  # (time, key); out of date where `used` has a later time
    found = []
    for time, (key, *value) in enumerate(operations):
        if not value:
            found.append(values.get(key, -1))
        if value or key in values:
            used[key] = time
            heapq.heappush(uses, (time, key))
        if value:
            values[key] = value[0]
        while len(values) > capacity:
            oldest, last = heapq.heappop(uses)
            if used[last] == oldest:
                del values[last], used[last]
    return found


def by_list(capacity: int, operations: list[Operation]) -> list[int]:
    """The same, from the keys in the order of their last use."""
    keys: list[int] = []
    values: dict[int, int] = {}
    found = []
    for key, *value in operations:
        if value and key not in keys and len(keys) == capacity:
            keys.pop(0)
        if not value:
            found.append(values[key] if key in keys else -1)
        if value or key in keys:
            values[key] = value[0] if value else values[key]
            keys = [other for other in keys if other != key] + [key]
    return found


def small_cases() -> Iterator[Case]:
    """One trap each."""
    yield "nothing-there", 2, [(1,), (0,), (7,)]
    yield "one-key", 3, [(5, 50), (5,), (6,)]
    yield "value-zero", 2, [(1, 0), (1,), (2, 0), (3, 0), (1,), (2,), (3,)]
    yield "key-zero", 2, [(0, 4), (0,), (1, 5), (0,), (2, 6), (0,), (1,), (2,)]
    yield "exactly-full", 3, [(1, 11), (2, 12), (3, 13), (1,), (2,), (3,)]
    yield "one-more-than-fits", 3, [(1, 11), (2, 12), (3, 13), (4, 14), (1,), (2,), (3,), (4,)]
    yield (
        "capacity-one",
        1,
        [(1, 11), (1,), (2, 12), (1,), (2,), (2, 22), (2,), (3, 33), (2,), (3,)],
    )
    yield "get-refreshes", 2, [(1, 11), (2, 12), (1,), (3, 13), (2,), (1,), (3,)]
    yield "put-refreshes", 2, [(1, 11), (2, 12), (1, 21), (3, 13), (2,), (1,), (3,)]
    yield "update-changes-the-value", 2, [(1, 11), (1, 12), (1,), (1, 13), (1,)]
    yield "update-when-full", 2, [(1, 11), (2, 12), (2, 22), (1,), (2,), (1, 31), (2,), (1,)]
    yield "same-value-again", 2, [(1, 5), (2, 5), (1, 5), (3, 5), (1,), (2,), (3,)]
    yield "miss-changes-nothing", 2, [(1, 11), (2, 12), (9,), (8,), (1,), (2,), (9,)]
    yield "miss-of-the-evicted", 2, [(1, 11), (2, 12), (3, 13), (1,), (4, 14), (2,), (3,), (4,)]
    yield "back-again", 2, [(1, 11), (2, 12), (3, 13), (1, 21), (2,), (3,), (1,)]
    yield "back-with-the-same-value", 1, [(1, 7), (2, 8), (1,), (1, 7), (1,), (2,)]
    yield (
        "often-used-but-long-ago",
        2,
        [(1, 11), (1,), (1,), (1,), (2, 12), (3, 13), (1,), (2,), (3,)],
    )
    yield "large-key-first", 2, [(9, 19), (3, 13), (5, 15), (9,), (3,), (5,)]
    yield "large-value-last", 2, [(1, 90), (2, 30), (3, 60), (1,), (2,), (3,)]
    yield (
        "refreshed-in-the-middle",
        3,
        [(1, 11), (2, 12), (3, 13), (2,), (4, 14), (5, 15), (1,), (2,), (3,)],
    )
    yield (
        "last-used-refreshed",
        3,
        [(1, 11), (2, 12), (3, 13), (3,), (4, 14), (1,), (2,), (3,), (4,)],
    )
    yield "bounds", 2, [(10**9, 10**9), (0, 10**9), (10**9,), (1, 0), (0,), (10**9,), (1,)]
    yield "more-room-than-keys", 100_000, [(3, 1), (1, 2), (4, 3), (3,), (1,), (4,), (2,)]
    yield "keys-beyond-an-array", 2, [(100_007, 3), (7, 4), (100_007,), (7,), (200_007, 5), (7,)]


def random_cases(numbers: Numbers) -> Iterator[Case]:
    """More keys than fit, few and many values."""
    for index, (capacity, count, keys, values) in enumerate(
        [
            (3, 40, 5, 2),
            (5, 400, 9, 3),
            (10, 300, 14, 1000),
            (20, 1000, 400, 9),
            (50, 2000, 60, 5),
        ],
        1,
    ):
        yield f"random-{index}", capacity, numbers.operations(count, keys, values)


def large_cases(numbers: Numbers) -> Iterator[Case]:
    """q = 200,000: uses all over a full cache, and an eviction at nearly each operation. The latter
    is of 5,000 keys only: in a plain dict of Python's the first key of many is slow to find once
    thousands before it were deleted, and that should do all the same."""
    half = 100_000
    filled: list[Operation] = [(key, key % 10) for key in range(half)]
    yield "large-uses", half, [*filled, *((numbers.below(half),) for _ in range(half))]
    fresh: list[Operation] = [(key, key % 7) for key in range(2 * half - 100)]
    looked: list[Operation] = [(numbers.below(2 * half),) for _ in range(100)]
    yield "large-evictions", half // 20, [*fresh, *looked]


def cases() -> Iterator[Case]:
    """Every secret test, in order."""
    numbers = Numbers(20240712)
    yield from small_cases()
    yield from random_cases(numbers)
    yield from large_cases(numbers)


def write(folder: Path, name: str, capacity: int, operations: list[Operation]) -> None:
    """One test's `.in` and `.ans`."""
    found = answers(capacity, operations)
    assert len(operations) > 2000 or found == by_list(capacity, operations), name
    folder.mkdir(parents=True, exist_ok=True)
    words = [f"{'put' if len(one) > 1 else 'get'} {' '.join(map(str, one))}" for one in operations]
    text = "\n".join([f"{capacity} {len(operations)}", *words])
    (folder / f"{name}.in").write_text(f"{text}\n", newline="\n")
    (folder / f"{name}.ans").write_text("".join(f"{one}\n" for one in found), newline="\n")


def main() -> None:
    data = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent.parent / "data"
    first: list[Operation] = [(1, 1), (2, 2), (1,), (3, 3), (2,), (4, 4), (1,), (3,), (4,)]
    write(data / "sample", "1", 2, first)
    write(data / "sample", "2-update", 2, [(1, 10), (2, 20), (1, 15), (3, 30), (2,), (1,)])
    for number, (name, capacity, operations) in enumerate(cases(), 1):
        write(data / "secret", f"{number:02d}-{name}", capacity, operations)


if __name__ == "__main__":
    main()
