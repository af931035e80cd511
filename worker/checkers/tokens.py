"""`tokens`: behaves exactly like the Kattis/ICPC default output validator.

The published format describes four flags. Details that it leaves open (which tokens are numbers,
infinities) follow the validator in the format's own tools, as found by running it. The cases are
kept in `tests/unit/worker/checkers/default_validator.json`.

- White space is the C locale's; unless `space_change_sensitive`, its amount doesn't matter.
- Case is ignored, for ASCII letters only, unless `case_sensitive`.
- With a float tolerance, if a token of the *answer* is a finite number, the output's token is read
  as a number too. NaN and infinities are no numbers: they are compared as text. Hexadecimal numbers
  are read, and an exponent may lack its digits (`1e` is 1), both as in C's `scanf`.
- A NUL is a byte like others: the format compares tokens byte for byte. (In the tools' validator
  tokens are C strings, which end at a NUL.)

There is one difference: a token of more than `LONGEST_NUMBER` bytes is no number. No double needs
that many, and reading longer tokens could take too long.

All work is linear in the output. For this every repetition below is possessive (`++`, `*+`): with
backtracking, a repetition can take quadratic time.
"""

import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from math import floor, inf, isfinite, log10

from judge.differences import Difference, Reason, quarters
from judge.result import CheckResult
from judge.verdict import Verdict
from worker.checkers.base import CheckerError

LONGEST_NUMBER = 400
LARGEST = sys.float_info.max
"""Told in place of an infinite error: JSON has no infinity, and PostgreSQL stores none in it."""
_TOKEN = re.compile(rb"[^ \t\n\v\f\r]++")
# The number and its exponent; `scanf` also accepts an `e` without digits.
_DECIMAL = re.compile(rb"([+-]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++))(?:[eE]([+-]?[0-9]++|[+-]?))?")
_HEXADECIMAL = re.compile(
    rb"([+-]?0[xX](?:[0-9a-fA-F]++\.?[0-9a-fA-F]*+|\.[0-9a-fA-F]++))(?:[pP]([+-]?[0-9]++|[+-]?))?"
)
# `scanf` reads this as 0.
_HEXADECIMAL_ZERO = re.compile(rb"[+-]?0[xX]\.")
_NO_TOLERANCE = -1.0
_GREATEST_POWER = 9


@dataclass(frozen=True, slots=True)
class _Wrong:
    """How a token is wrong. For a number, `error` is its error and `ratio` that divided by the
    allowed error."""

    reason: Reason
    error: float = 0.0
    ratio: float = inf


_OTHER_TEXT = _Wrong(Reason.TOKEN_DIFFERS)
_NO_NUMBER = _Wrong(Reason.NUMBER_EXPECTED)
_Same = Callable[[bytes, bytes], _Wrong | None]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The flags of one problem. A negative tolerance means none; of two, one must hold."""

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

    def check(self, input: bytes, output: bytes, answer: bytes) -> CheckResult:  # noqa: ARG002 - the checkers' signature
        """Return AC, or WA with the place of the first token that differs."""
        if output == answer:
            return CheckResult(Verdict.AC)
        difference = self._first_difference(output, answer)
        if difference is None:
            return CheckResult(Verdict.AC)
        return CheckResult(Verdict.WA, difference, hidden=self._on_the_whole(output, answer))

    def _first_difference(self, output: bytes, answer: bytes) -> Difference | None:
        same = self._same_token()
        pairs = zip_longest(_TOKEN.finditer(output), _TOKEN.finditer(answer))
        got_end = want_end = 0
        for number, (got, want) in enumerate(pairs, 1):
            spaces = output[got_end : got.start() if got else len(output)]
            wanted_spaces = answer[want_end : want.start() if want else len(answer)]
            if self.space_change_sensitive and spaces != wanted_spaces:
                return Difference(Reason.SPACE_DIFFERS, _place(output, got_end, number))
            if want is None:
                assert got is not None
                return Difference(Reason.LONG_OUTPUT, _place(output, got.start(), number))
            if got is None:
                return _no_output(output) or Difference(
                    Reason.SHORT_OUTPUT, {"right_tokens": number - 1}
                )
            wrong = same(got.group(), want.group())
            if wrong is not None:
                error = {"error": wrong.error} if wrong.reason is Reason.NUMBER_OFF else {}
                return Difference(wrong.reason, _place(output, got.start(), number) | error)
            got_end, want_end = got.end(), want.end()
        if self.space_change_sensitive and output[got_end:] != answer[want_end:]:
            return Difference(Reason.SPACE_DIFFERS, _place(output, got_end, None))
        return None

    def _on_the_whole(self, output: bytes, answer: bytes) -> Difference:
        """Return what is told about a hidden test. It doesn't depend on the tokens' order: if users
        knew how far an output is correct, they could read the answer token by token."""
        wanted = answer.split()
        # Split off at most one token more than expected: the output may have millions.
        got = output.split(None, len(wanted))
        if not got:
            return _no_output(output) or Difference(Reason.WRONG_ANSWER)
        if len(got) != len(wanted):
            return Difference(Reason.SHORT_OUTPUT if len(got) < len(wanted) else Reason.LONG_OUTPUT)
        same = self._same_token()
        found = [same(*pair) for pair in zip(got, wanted, strict=True)]
        wrong = [one for one in found if one is not None]
        if not wrong:
            return Difference(Reason.SPACE_DIFFERS)
        if any(one is _NO_NUMBER for one in wrong):
            return Difference(Reason.NUMBER_EXPECTED)
        values = {
            "share": quarters(len(wrong), len(wanted)),
            "power": power_of_ten(max(one.ratio for one in wrong)),
        }
        told = {name: value for name, value in values.items() if value is not None}
        return Difference(Reason.WRONG_ANSWER, told)

    def _same_token(self) -> _Same:
        """Return the function that compares tokens: (got, wanted) -> error, or None if equal."""
        as_text = _same_text if self.case_sensitive else _same_letters
        if self.absolute < 0 and self.relative < 0:
            return as_text

        def as_number(got: bytes, want: bytes) -> _Wrong | None:
            wanted = parse_number(want)
            if wanted is None:
                return as_text(got, want)
            value = parse_number(got)
            if value is None:
                return _NO_NUMBER
            error = abs(wanted - value)
            if error <= self.absolute or error <= self.relative * abs(wanted):
                return None
            allowed = max(self.absolute, self.relative * abs(wanted))
            ratio = error / allowed if allowed > 0 else inf
            return _Wrong(Reason.NUMBER_OFF, min(error, LARGEST), ratio)

        return as_number


def parse_number(token: bytes) -> float | None:
    """Return the finite number that C's `scanf("%lf")` reads from the whole token, or None."""
    if len(token) > LONGEST_NUMBER:
        return None
    if match := _DECIMAL.fullmatch(token):
        # `1e` and `1e+` are 1.
        exponent = match[2] if match[2] and match[2][-1:].isdigit() else b"0"
        value = float(match[1] + b"e" + exponent)
    elif match := _HEXADECIMAL.fullmatch(token):
        exponent = match[2] if match[2] and match[2][-1:].isdigit() else b"0"
        try:
            value = float.fromhex((match[1] + b"p" + exponent).decode("ascii"))
        except OverflowError:
            return None
    elif _HEXADECIMAL_ZERO.fullmatch(token):
        return 0.0
    else:
        return None
    return value if isfinite(value) else None


def power_of_ten(ratio: float) -> int | None:
    """Return the power of ten of `ratio`, an error divided by the allowed one, in 0 to
    `_GREATEST_POWER`; None for an invalid ratio."""
    if not isfinite(ratio) or ratio <= 0:
        return None
    return min(max(floor(log10(ratio)), 0), _GREATEST_POWER)


def _tolerance(flag: str, words: Iterator[str]) -> float:
    word = next(words, None)
    value = None if word is None else parse_number(word.encode())
    if value is None:
        raise CheckerError(f"the flag {flag} needs a number, got {word!r}")
    return value


def _same_text(got: bytes, want: bytes) -> _Wrong | None:
    return None if got == want else _OTHER_TEXT


def _same_letters(got: bytes, want: bytes) -> _Wrong | None:
    return _same_text(got.lower(), want.lower())


def _place(output: bytes, at: int, number: int | None) -> dict[str, float]:
    line = output.count(b"\n", 0, at) + 1
    return {"line": line} if number is None else {"line": line, "token": number}


def _no_output(output: bytes) -> Difference | None:
    if not output:
        return Difference(Reason.NO_OUTPUT)
    return None if _TOKEN.search(output) else Difference(Reason.BLANK_OUTPUT)
