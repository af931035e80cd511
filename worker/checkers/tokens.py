"""`tokens`: the Kattis/ICPC default output validator, to the letter.

The published format describes four flags; what it leaves open (which tokens are numbers,
infinities) follows the validator that the format's own tools ship, found by running it. The cases
are kept in `tests/unit/worker/checkers/default_validator.json`.

- White space is the C locale's; unless `space_change_sensitive`, any amount equals any other.
- Case is ignored, for ASCII letters only, unless `case_sensitive`.
- With a float tolerance, a token of the *answer* that is a finite number makes the output's token
  be read as one. NaN and infinities are no numbers: they are compared as text. Hexadecimal is
  read, and an exponent may lack its digits (`1e` is 1), both as C's `scanf` does.
- A NUL is a byte like others: the format compares tokens byte for byte. (In the tools' validator
  tokens are C strings, which end at it.)
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from math import isfinite

from judge.result import CheckResult
from judge.verdict import Verdict
from worker.checkers.base import CheckerError

_TOKEN = re.compile(rb"[^ \t\n\v\f\r]+")
_DECIMAL = re.compile(rb"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:[eE]([+-]?[0-9]+|[+-]?))?")
_HEXADECIMAL = re.compile(
    rb"([+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+))(?:[pP]([+-]?[0-9]+|[+-]?))?"
)
_HEXADECIMAL_ZERO = re.compile(rb"[+-]?0[xX]\.")
_NO_TOLERANCE = -1.0


@dataclass(frozen=True, slots=True)
class Tokens:
    """The flags of one problem. A negative tolerance is none; with both, either is enough."""

    case_sensitive: bool = False
    space_change_sensitive: bool = False
    absolute: float = _NO_TOLERANCE
    relative: float = _NO_TOLERANCE

    @classmethod
    def from_arguments(cls, arguments: tuple[str, ...]) -> "Tokens":
        """Read validator flags; raises CheckerError for an unknown one or a missing number."""
        case = space = False
        absolute = relative = _NO_TOLERANCE
        words = iter(arguments)
        for word in words:
            match word:
                case "case_sensitive":
                    case = True
                case "space_change_sensitive":
                    space = True
                case "float_absolute_tolerance":
                    absolute = _tolerance(word, words)
                case "float_relative_tolerance":
                    relative = _tolerance(word, words)
                case "float_tolerance":
                    absolute = relative = _tolerance(word, words)
                case _:
                    raise CheckerError(f"the checker has no flag {word!r}")
        return cls(case, space, absolute, relative)

    def check(self, input: bytes, output: bytes, answer: bytes) -> CheckResult:  # noqa: ARG002 - all checkers are given it
        """AC, or WA with the place of the first token that differs."""
        if output == answer:
            return CheckResult(Verdict.AC)
        same = self._same_token()
        pairs = zip_longest(_TOKEN.finditer(output), _TOKEN.finditer(answer))
        got_end = want_end = 0
        for number, (got, want) in enumerate(pairs, 1):
            spaces = output[got_end : got.start() if got else len(output)]
            wanted_spaces = answer[want_end : want.start() if want else len(answer)]
            if self.space_change_sensitive and spaces != wanted_spaces:
                return _wrong("The white space differs", output, got_end, number)
            if want is None:
                assert got is not None
                return _wrong("There is more output than expected", output, got.start(), number)
            if got is None:
                return _too_short(output, number)
            complaint = same(got.group(), want.group())
            if complaint is not None:
                return _wrong(complaint, output, got.start(), number)
            got_end, want_end = got.end(), want.end()
        if self.space_change_sensitive and output[got_end:] != answer[want_end:]:
            return _wrong("The white space at the end differs", output, got_end, None)
        return CheckResult(Verdict.AC)

    def _same_token(self) -> Callable[[bytes, bytes], str | None]:
        """How two tokens are compared: (got, wanted) -> a complaint, or None when equal."""
        as_text = _same_text if self.case_sensitive else _same_letters
        if self.absolute < 0 and self.relative < 0:
            return as_text

        def as_number(got: bytes, want: bytes) -> str | None:
            wanted = parse_number(want)
            if wanted is None:
                return as_text(got, want)
            value = parse_number(got)
            if value is None:
                return "A number was expected"
            error = abs(wanted - value)
            if error <= self.absolute or error <= self.relative * abs(wanted):
                return None
            return f"The number is off by {error:.2g}"

        return as_number


def parse_number(token: bytes) -> float | None:
    """The finite number that the whole token spells for C's `scanf("%lf")`, or None."""
    if match := _DECIMAL.fullmatch(token):
        exponent = match[2] if match[2] and match[2][-1:].isdigit() else b"0"
        value = float(match[1] + b"e" + exponent)
    elif match := _HEXADECIMAL.fullmatch(token):
        exponent = match[2] if match[2] and match[2][-1:].isdigit() else b"0"
        value = _from_hexadecimal(match[1] + b"p" + exponent)
    elif _HEXADECIMAL_ZERO.fullmatch(token):
        return 0.0
    else:
        return None
    return value if isfinite(value) else None


def _from_hexadecimal(token: bytes) -> float:
    try:
        return float.fromhex(token.decode("ascii"))
    except OverflowError:
        return float("inf")


def _tolerance(flag: str, words: Iterator[str]) -> float:
    word = next(words, None)
    value = None if word is None else parse_number(word.encode())
    if value is None:
        raise CheckerError(f"the flag {flag} needs a number, got {word!r}")
    return value


def _same_text(got: bytes, want: bytes) -> str | None:
    return None if got == want else "The token differs"


def _same_letters(got: bytes, want: bytes) -> str | None:
    return _same_text(got.lower(), want.lower())


def _wrong(complaint: str, output: bytes, at: int, number: int | None) -> CheckResult:
    line = output.count(b"\n", 0, at) + 1
    where = f"line {line}" if number is None else f"line {line}, token {number} of the output"
    return CheckResult(Verdict.WA, f"{complaint}: {where}.")


def _too_short(output: bytes, number: int) -> CheckResult:
    if not output:
        return CheckResult(Verdict.WA, "The output is empty.")
    if number == 1:
        return CheckResult(Verdict.WA, "The output is only white space.")
    return CheckResult(Verdict.WA, f"The output ends too early, after {number - 1} tokens.")
