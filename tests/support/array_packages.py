"""Data about each array package, for `tests/unit/problems/test_array_packages.py`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any

Solution = Callable[..., Any]


@cache
def numbers_of(text: bytes) -> tuple[int, ...]:
    """Return all numbers in an input; words between them are skipped."""
    return tuple(map(int, re.findall(rb"-?[0-9]+", text)))


def call_with_array(driver: ModuleType, solution: Solution, text: bytes) -> str:
    numbers = list(numbers_of(text))  # a copy: the submission may change it
    return f"{driver.as_integer(solution(numbers[1:]))}\n"


def call_with_operations(driver: ModuleType, solution: Solution, text: bytes) -> str:
    return f"{driver.as_lines(solution, *driver.read_case(text))}\n"


def call_with_pairs(driver: ModuleType, solution: Solution, text: bytes) -> str:
    numbers = numbers_of(text)
    pairs = zip(numbers[1::2], numbers[2::2], strict=True)
    return f"{driver.as_lines(solution([list(pair) for pair in pairs]))}\n"


def call_with_bytes(driver: ModuleType, solution: Solution, text: bytes) -> str:
    return f"{driver.as_lines(solution(*driver.read_case(text)))}\n"


def call_with_number_and_array(driver: ModuleType, solution: Solution, text: bytes) -> str:
    _, number, *array = numbers_of(text)
    return f"{driver.as_integer(solution(number, array))}\n"


NO_INTEGERS = {
    value: f"must return an int, not {kind}"
    for value, kind in (
        ("True", "bool"), ("3.0", "float"), ("None", "NoneType"), ("[3]", "list"), ("'3'", "str"),
    )
}  # fmt: skip
"""Wrong return values of a function that must return an int, each with its message."""


@dataclass(frozen=True)
class Facts:
    """`call` calls a submission's entry with an input, as the driver does, and returns the answer;
    `returning` is a template of a submission that returns a given value. The `num_largest` inputs
    with the most numbers begin with the pattern `largest`; `greatest` is the largest absolute value
    of all inputs. `refused` maps values that a submission must not return to their messages."""

    entry: str
    call: Callable[[ModuleType, Solution, bytes], str]
    returning: str
    largest: bytes
    num_largest: int
    greatest: int
    refused: Mapping[str, str] = field(default_factory=NO_INTEGERS.copy)


FACTS = {
    "bytepairencoding": Facts(
        "byte_pair",
        call_with_bytes,
        "def byte_pair(text, k, query):\n    return {}\n",
        largest=b"10000 10000 200\n",
        num_largest=4,
        greatest=10_000,
        refused={
            "None": "must return two lists, (merges, ids), not None",
            "[3]": "must return two lists, (merges, ids), not [3]",
            "([], None)": "must return lists, but ids: NoneType",
            "({}, [97])": "must return lists, but merges: dict",
            "([], b'a')": "must return lists, but ids: bytes",
            "([3], [97])": "must return lists, but merge 0: int",
            "([(1, 2), (1, 2, 3)], [97])": "must return pairs, but merge 1 has 3 numbers",
            "([], [97, 98.0])": "must return ints, but ids has a float",
            "([(1, True)], [97])": "must return ints, but merge 0 has a bool",
        },
    ),
    "kthlargest": Facts(
        "kth_largest",
        call_with_number_and_array,
        "def kth_largest(k, nums):\n    return {}\n",
        largest=b"300000 ",
        num_largest=4,
        greatest=10**9,
    ),
    "longestsubarray": Facts(
        "longest_subarray",
        call_with_number_and_array,
        "def longest_subarray(s, nums):\n    return {}\n",
        largest=b"200000 ",
        num_largest=5,
        greatest=10**18,
    ),
    "lrucache": Facts(
        "LRUCache",
        call_with_operations,
        "class LRUCache:\n"
        "    def __init__(self, capacity):\n        self.put = max\n"
        "    def get(self, key):\n        return {}\n",
        largest=rb"\d+ 200000\n",
        num_largest=2,
        greatest=10**9,
        refused={value: f"get {said}" for value, said in NO_INTEGERS.items()},
    ),
    "maxsubarray": Facts(
        "max_subarray",
        call_with_array,
        "def max_subarray(nums):\n    return {}\n",
        largest=b"200000\n",
        num_largest=4,
        greatest=10**9,
    ),
    "mergeintervals": Facts(
        "merge_intervals",
        call_with_pairs,
        "def merge_intervals(intervals):\n    return {}\n",
        largest=b"100000\n",
        num_largest=3,
        greatest=10**9,
        refused={
            "None": "must return a list of pairs, not NoneType",
            "3": "must return a list of pairs, not int",
            "iter([])": "must return a list of pairs, not list_iterator",
            "[1, 2]": "must return pairs, but item 0 is 1",
            "[[1, 2], [3]]": "must return pairs, but item 1 is [3]",
            "[[1, 2.0]]": "must return pairs of ints, but item 0 has a float",
            "[[1, True]]": "must return pairs of ints, but item 0 has a bool",
        },
    ),
    "shortestsubarray": Facts(
        "shortest_subarray",
        call_with_number_and_array,
        "def shortest_subarray(s, nums):\n    return {}\n",
        largest=b"300000 ",
        num_largest=5,
        greatest=10**18,
    ),
}

MALFORMED = {
    "bytepairencoding": (
        "",
        "1 1 1\n97\n97",
        "1 1 1\n97\n97\n\n",
        "1 1 1\n97 \n97\n",
        "1 1 1\n097\n97\n",
        "1 1 1\n-1\n97\n",
        "1 1 1\n256\n97\n",
        "1 1 1\n97\n256\n",
        "1 1 0\n97\n97\n",
        "1 1 201\n97\n97\n",
        "1 1\n97\n97\n",
        "2 1 1\n97\n97\n",
        "1 1 1\n97\n97 98\n",
        "0 1 1\n\n97\n",
        "1 1 1\n97\n",
        "10001 1 1\n" + " ".join(["97"] * 10001) + "\n97\n",
    ),
    "kthlargest": (
        "",
        "1 1\n5",
        "1 1\n5\n\n",
        "1 1 \n5\n",
        "1 1\n-0\n",
        "1 0\n5\n",
        "1 2\n5\n",
        "0 1\n\n",
        "2 1\n5\n",
        "1 1\n-1000000001\n",
        "300001 5\n" + " ".join(["1"] * 300001) + "\n",
    ),
    "longestsubarray": (
        "",
        "1 5\n5",
        "1 5 \n5\n",
        "1 5\n5\n\n",
        "1 5\n05\n",
        "1 5\n0\n",
        "1 0\n5\n",
        "0 5\n\n",
        "2 5\n5\n",
        "1 5\n-5\n",
        "1 5\n1000000001\n",
        "1 1000000000000000001\n5\n",
        "1  5\n5\n",
        "1\n5\n5\n",
        "1 5\r\n5\r\n",
    ),
    "lrucache": (
        "",
        "1 1\nget 5",
        "1 1\nget 5\n\n",
        "1 1\nget 5 \n",
        "1 1\nget -5\n",
        "1 1\nget 05\n",
        "1 1\nget 5 6\n",
        "1 1\nput 5\n",
        "1 1\nput 5 6\n",
        "1 2\nget 5\n",
        "0 1\nget 5\n",
        "1 1\nlook 5\n",
        "100001 1\nget 5\n",
        "1 1\nget 1000000001\n",
        "1 200001\n" + "get 1\n" * 200001,
    ),
    "maxsubarray": (
        "",
        "1\n5",
        "1\n5\n\n",
        "1\n05\n",
        "1\n-0\n",
        "1\n+5\n",
        "0\n\n",
        "2\n5\n",
        "1\n5 6\n",
        "1\n-1000000001\n",
        "200001\n" + " ".join(["1"] * 200001) + "\n",
        "1 5\n",
    ),
    "mergeintervals": (
        "",
        "1\n1 2",
        "1\n1 2\n\n",
        "1\n1 2 \n",
        "1\n2 1\n",
        "1\n1\n",
        "2\n1 2\n",
        "1\n1 2\n3 4\n",
        "0\n",
        "1\n01 2\n",
        "1\n-1000000001 2\n",
        "100001\n" + "1 2\n" * 100001,
    ),
    "shortestsubarray": (
        "",
        "1 5\n5",
        "1 5\n5\n\n",
        "1 5 \n5\n",
        "1 5\n-05\n",
        "1 5\n-0\n",
        "1 0\n5\n",
        "1 -5\n5\n",
        "0 5\n\n",
        "2 5\n5\n",
        "1 5\n5 6\n",
        "1 5\n-1000000001\n",
        "1 1000000000000000001\n5\n",
        "300001 5\n" + " ".join(["1"] * 300001) + "\n",
        "1\n5\n5\n",
    ),
}
"""Inputs that a package's validator must refuse."""
