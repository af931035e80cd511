"""Reads one case, does its operations on the submission's `LRUCache`, answers what `get` gives."""

import sys
from collections.abc import Callable
from numbers import Integral
from typing import Any

from runner import harness

ENTRY = "LRUCache"
DECLARATION = "class LRUCache"
FORM = "the input must be `capacity q`, and then q lines `get key` or `put key value`"
OPERATIONS = {"get": 2, "put": 3}
"""How many words each has, itself included."""

Operation = tuple[str, list[int]]


def read_case(text: bytes) -> tuple[int, list[Operation]]:
    """The capacity, and each operation with its numbers. Raises ValueError for something else."""
    first, *lines = [line.split() for line in text.decode().splitlines()] or [[]]
    if len(first) != 2 or int(first[1]) != len(lines):
        raise ValueError(FORM)
    if not all(line and OPERATIONS.get(line[0]) == len(line) for line in lines):
        raise ValueError(FORM)
    return int(first[0]), [(line[0], list(map(int, line[1:]))) for line in lines]


def as_integer(value: object) -> int:
    """The returned integer. numpy's integers are integers; a bool is an answer to another
    question, and a float, a tensor or None shows a mistake that printing would hide."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{ENTRY}.get must return an int, not {type(value).__name__}")
    return int(value)


def as_lines(cache_class: Callable[[int], Any], capacity: int, operations: list[Operation]) -> str:
    """What each `get` returns, in a line of its own. What `put` returns doesn't matter."""
    cache = cache_class(capacity)
    found = []
    for name, numbers in operations:
        if name == "get":
            found.append(str(as_integer(cache.get(*numbers))))
        else:
            cache.put(*numbers)
    return "\n".join(found)


def main() -> None:
    # The case is read before the submission is loaded: input is not the submission's business.
    capacity, operations = read_case(sys.stdin.buffer.read())
    harness.answer(as_lines(harness.entry(ENTRY, DECLARATION), capacity, operations))


if __name__ == "__main__":
    main()
