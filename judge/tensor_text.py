"""The text in which a driver prints named tensors, and an answer file stores them.

    tensor NAME DTYPE 2x8        (or `scalar`), then the values, split by white space
    tensor NAME DTYPE 2x8 device=meta       a tensor that is elsewhere: no values follow
    value NAME WORD ...          a plain fact
    untold NAME                  a call that could not be made on a device without data

An answer file says more, by words at the end of a tensor's line, and by lines of their own. Its
values are then an example. In an output none of these words has a meaning.

    exact                        no tolerance
    unchanged                    the same: an input as it is after the call
    kept                         a result, shown again after later calls
    frozen                       a parameter that must not move, or its gradient
    trainable                    how many numbers are trainable
    any                          any numbers; relations say more
    uniform=LOW,HIGH             independent numbers from that range
    choice=0:0.5,2:0.5           each of these values with that probability, independently
    same NAME OTHER              two tensors of the output hold the same values (exactly)
    close NAME OTHER             the same within the tolerance; OTHER is broadcast
    different NAME OTHER         they hold different values

The output is untrusted: sizes are bounded, the work is linear, and parsing raises nothing but
`FormatError`, which repeats nothing of the text.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
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
# Possessive repetitions never go back: matching stays linear, whatever an output holds.
_HEADER = re.compile(
    rb"^(?:tensor|value|untold|same|close|different)[ \t][^\n]*+(?:\n|\Z)", re.MULTILINE
)
_SHAPE = re.compile(r"scalar|[0-9]{1,9}+(?:x[0-9]{1,9}+){0,15}+")


class FormatError(Exception):
    """The text is not in the format. `why` is a key of `[why]` in `judge/wording.toml`, `line` is
    the place; None for the whole text."""

    def __init__(self, why: str, line: int | None = None) -> None:
        super().__init__(f"{why} in line {line}")
        self.why = why
        self.line = line

    def values(self) -> dict[str, str | int]:
        """The error as values of a Difference."""
        return {"why": self.why} | ({} if self.line is None else {"line": self.line})


@dataclass(frozen=True)
class Tensor:
    """One printed tensor. Its values are read from the text `body` once, when they are first asked
    for."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    body: bytes
    line: int
    rules: Mapping[str, str] = field(default_factory=dict)
    """The words at the end of its line, e.g. {"uniform": "0,1", "exact": ""}."""

    @property
    def device(self) -> str:
        """The tensor's device."""
        return self.rules.get("device", "cpu")

    @property
    def size(self) -> int:
        """How many values the shape needs."""
        return prod(self.shape)

    @cached_property
    def floats(self) -> npt.NDArray[np.float64]:
        """The values, flat, as float64. Raises FormatError for too many, too few or no numbers."""
        words = self._words()
        try:
            values = np.fromiter(map(float, words), np.float64, len(words))
        except ValueError:
            raise FormatError("not_a_number", self.line) from None
        # The array is kept and handed out again, so nobody may change it.
        values.setflags(write=False)
        return values

    @cached_property
    def integers(self) -> list[int]:
        """The values, flat, exact. Raises FormatError for too many, too few or no integers."""
        try:
            return list(map(int, self._words()))
        except ValueError:
            raise FormatError("not_an_integer", self.line) from None

    def _words(self) -> list[bytes]:
        # One word more than needed shows that there are too many. A shape's product may exceed the
        # largest number that `split` takes; there are never more words than bytes.
        words = self.body.split(None, min(self.size, len(self.body)))
        if len(words) < self.size:
            raise FormatError("too_few_values", self.line)
        if len(words) > self.size:
            raise FormatError("too_many_values", self.line)
        # Python parses a number of any length, in more than linear time.
        if max(map(len, words), default=0) > LONGEST_NUMBER:
            raise FormatError("not_a_number", self.line)
        return words


@dataclass(frozen=True, slots=True)
class Fact:
    """One `value` line."""

    name: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Untold:
    """An `untold` line."""

    name: str


@dataclass(frozen=True, slots=True)
class Relation:
    """A `same`, `close` or `different` line: what must hold between two tensors of the output."""

    kind: str
    name: str
    other: str


Entry = Tensor | Fact | Untold
Line = Entry | Relation


def parse(text: bytes) -> list[Entry]:
    """The entries in their order, without relations. Raises FormatError."""
    return parse_answer(text)[0]


def parse_answer(text: bytes) -> tuple[list[Entry], list[Relation]]:
    """The entries in their order, and the relations between them. Raises FormatError."""
    entries: list[Entry] = []
    relations: list[Relation] = []
    for line in _lines(text):
        if isinstance(line, Relation):
            relations.append(line)
        else:
            entries.append(line)
    return entries, relations


def _lines(text: bytes) -> Iterator[Line]:
    headers = list(islice(_HEADER.finditer(text), MAX_ENTRIES + 1))
    if len(headers) > MAX_ENTRIES:
        raise FormatError("too_many")
    start = headers[0].start() if headers else len(text)
    if text[:start].strip():
        raise FormatError("no_header", 1)
    ends = [header.start() for header in headers[1:]] + [len(text)] * bool(headers)
    # Lines are counted from the last header on, so that all the counting stays linear.
    line, counted = 1, 0
    for header, end in zip(headers, ends, strict=True):
        line += text.count(b"\n", counted, header.start())
        counted = header.start()
        yield _entry(header.group(), text[header.end() : end], line)


def _entry(header: bytes, body: bytes, line: int) -> Line:
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
    if kind != "tensor":
        # A relation names a second tensor; `untold` names nothing more.
        if len(rest) != (kind != "untold") or body.strip():
            raise FormatError("not_a_tensor", line)
        return Untold(name) if kind == "untold" else Relation(kind, name, rest[0])
    if len(rest) < 2 or not _SHAPE.fullmatch(rest[1]):
        raise FormatError("not_a_tensor", line)
    shape = () if rest[1] == "scalar" else tuple(int(size) for size in rest[1].split("x"))
    rules = {word: value for word, _, value in (rule.partition("=") for rule in rest[2:])}
    if rules.get("device", "cpu") != "cpu" and body.strip():
        raise FormatError("too_many_values", line)
    return Tensor(name, rest[0], shape, body, line, rules)
