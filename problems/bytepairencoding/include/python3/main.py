"""Reads one case, calls the submission's `byte_pair`, answers what it returns."""

import sys
from numbers import Integral

from runner import harness

ENTRY = "byte_pair"
DECLARATION = (
    "def byte_pair(text: bytes, k: int, query: bytes) -> tuple[list[tuple[int, int]], list[int]]"
)
FORM = "the input must be `n m k`, then n bytes as numbers, then m bytes, at least one of each"


def read_case(data: bytes) -> tuple[bytes, int, bytes]:
    """The text, k, and the query. Raises ValueError where the input is something else."""
    numbers = list(map(int, data.split()))
    if len(numbers) < 5 or min(numbers[:2]) < 1 or len(numbers) != 3 + sum(numbers[:2]):
        raise ValueError(FORM)
    n, _, k, *values = numbers
    return bytes(values[:n]), k, bytes(values[n:])


def as_lines(value: object) -> str:
    """The number of merges, and a line for each; the number of ids, and a line with all."""
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise TypeError(f"{ENTRY} must return two lists, (merges, ids), not {value!r:.80}")
    merges = [as_words(f"merge {i}", pair) for i, pair in enumerate(as_list("merges", value[0]))]
    for i, pair in enumerate(merges):
        if len(pair) != 2:
            raise TypeError(f"{ENTRY} must return pairs, but merge {i} has {len(pair)} numbers")
    ids = as_words("ids", value[1])
    return "\n".join(
        [str(len(merges)), *(" ".join(pair) for pair in merges), str(len(ids)), " ".join(ids)]
    )


def as_list(what: str, value: object) -> list | tuple:
    """A list or tuple as it is; a numpy array is the lists that it holds."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if not isinstance(value, list | tuple):
        kind = type(value).__name__
        raise TypeError(f"{ENTRY} must return lists, but {what}: {kind}")
    return value


def as_words(what: str, value: object) -> list[str]:
    """The integers of a list, those of numpy too. A bool is an answer to another question, and a
    float or a byte string shows a mistake that printing would hide."""
    numbers = as_list(what, value)
    for number in numbers:
        if isinstance(number, bool) or not isinstance(number, Integral):
            kind = type(number).__name__
            raise TypeError(f"{ENTRY} must return ints, but {what} has a {kind}")
    return [str(int(number)) for number in numbers]


def main() -> None:
    # The case is read before the submission is loaded: input is not the submission's business.
    case = read_case(sys.stdin.buffer.read())
    byte_pair = harness.entry(ENTRY, DECLARATION)
    harness.answer(as_lines(byte_pair(*case)))


if __name__ == "__main__":
    main()
