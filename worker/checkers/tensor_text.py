"""The text in which a driver prints named tensors, and an answer file holds them.

    tensor NAME DTYPE 2x8        (or `scalar`), then the values, split by white space
    value NAME WORD ...          a plain fact

The output half of it is untrusted: sizes are bounded, the work is linear, and `FormatError` is
all that parsing raises. It repeats nothing of what was parsed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from math import prod

import numpy as np
import numpy.typing as npt

FLOATS = frozenset({"float16", "bfloat16", "float32", "float64"})
INTEGERS = frozenset({"bool", "uint8", "int8", "int16", "int32", "int64"})
DTYPES = FLOATS | INTEGERS

MAX_ENTRIES = 10_000
LONGEST_NUMBER = 400
_MAX_HEADER_BYTES = 512
_HEADER = re.compile(rb"^(?:tensor|value)[ \t][^\n]*+(?:\n|\Z)", re.MULTILINE)
_SHAPE = re.compile(r"scalar|[0-9]{1,9}+(?:x[0-9]{1,9}+){0,15}+")


class FormatError(Exception):
    """The text is not in the format. `why` is a key of `[why]` in `judge/wording.toml`, `line` is
    where; None for the whole text."""

    def __init__(self, why: str, line: int | None = None) -> None:
        super().__init__(f"{why} in line {line}")
        self.why = why
        self.line = line

    def values(self) -> dict[str, str | int]:
        """The same as values of a Difference."""
        return {"why": self.why} | ({} if self.line is None else {"line": self.line})


@dataclass(frozen=True, slots=True)
class Tensor:
    """One printed tensor, its values not yet read: `body` is their text."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    body: bytes
    line: int

    @property
    def size(self) -> int:
        """How many values the shape asks for."""
        return prod(self.shape)

    def floats(self) -> npt.NDArray[np.float64]:
        """The values, flat, as float64; FormatError when too many, too few or no numbers."""
        try:
            return np.array([float(word) for word in self._words()], dtype=np.float64)
        except ValueError:
            raise FormatError("not_a_number", self.line) from None

    def integers(self) -> list[int]:
        """The values, flat, exact; FormatError when too many, too few or no integers."""
        try:
            return [int(word) for word in self._words()]
        except ValueError:
            raise FormatError("not_an_integer", self.line) from None

    def _words(self) -> list[bytes]:
        words = self.body.split(None, min(self.size, len(self.body)))
        if len(words) < self.size:
            raise FormatError("too_few_values", self.line)
        if len(words) > self.size:
            raise FormatError("too_many_values", self.line)
        # Python reads a number of any length, in more than linear time.
        if any(len(word) > LONGEST_NUMBER for word in words):
            raise FormatError("not_a_number", self.line)
        return words


@dataclass(frozen=True, slots=True)
class Fact:
    """One `value` line."""

    name: str
    words: tuple[str, ...]


Entry = Tensor | Fact


def parse(text: bytes) -> list[Entry]:
    """The entries in their order; raises FormatError."""
    return list(_entries(text))


def _entries(text: bytes) -> Iterator[Entry]:
    headers = list(islice(_HEADER.finditer(text), MAX_ENTRIES + 1))
    if len(headers) > MAX_ENTRIES:
        raise FormatError("too_many")
    start = headers[0].start() if headers else len(text)
    if text[:start].strip():
        raise FormatError("no_header", 1)
    ends = [header.start() for header in headers[1:]] + [len(text)] * bool(headers)
    line, counted = 1, 0
    for header, end in zip(headers, ends, strict=True):
        line += text.count(b"\n", counted, header.start())
        counted = header.start()
        yield _entry(header.group(), text[header.end() : end], line)


def _entry(header: bytes, body: bytes, line: int) -> Entry:
    if len(header) > _MAX_HEADER_BYTES:
        raise FormatError("line_too_long", line)
    try:
        kind, name, *rest = header.decode("ascii").split()
    except ValueError:  # UnicodeDecodeError too
        raise FormatError("no_name", line) from None
    if kind == "value":
        if not rest or body.strip():
            raise FormatError("not_a_value", line)
        return Fact(name, tuple(rest))
    if len(rest) != 2 or not _SHAPE.fullmatch(rest[1]):
        raise FormatError("not_a_tensor", line)
    shape = () if rest[1] == "scalar" else tuple(int(size) for size in rest[1].split("x"))
    return Tensor(name, rest[0], shape, body, line)
