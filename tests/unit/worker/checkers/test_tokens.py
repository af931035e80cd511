"""`tokens` against the default validator of the package format's own tools (problemtools
1.20260907): each verdict in `default_validator.json` and in the table below is the one that this
program gave for these bytes (stored as Latin-1 in the file).
"""

import json
import re
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from judge.job import CheckerSpec
from judge.verdict import Verdict
from judge.wording import word
from worker.checkers import CheckerError, checker_for
from worker.checkers.tokens import _DECIMAL, Tokens, parse_number

RECORDED = json.loads(Path(__file__).with_name("default_validator.json").read_text())
# There a token ends at its first NUL; the format's text says "byte for byte".
CASES = [one for one in RECORDED if "\0" not in one["output"] + one["answer"]]
TOLERANT = ("float_tolerance", "1e-6")


def verdict(output: bytes, answer: bytes, *flags: str) -> Verdict:
    return checker_for(CheckerSpec("tokens", flags)).check(b"", output, answer).verdict


@pytest.mark.parametrize("case", CASES, ids=range(len(CASES)))
def test_same_verdict_as_the_default_validator(case: dict[str, str]) -> None:
    output, answer = case["output"].encode("latin-1"), case["answer"].encode("latin-1")
    assert verdict(output, answer, *case["flags"]) == case["verdict"]


@pytest.mark.parametrize(
    ("answer", "output", "flags", "expected"),
    [
        (b"inf", b"INF", TOLERANT, "AC"),  # infinities are no numbers: text
        (b"inf", b"infinity", TOLERANT, "WA"),
        (b"nan", b"NaN", TOLERANT, "AC"),
        (b"nan", b"nan(12)", TOLERANT, "WA"),
        (b"1", b"nan", TOLERANT, "WA"),
        (b"1", b"0x1", TOLERANT, "AC"),
        (b"0x10", b"16", TOLERANT, "AC"),
        (b"1e400", b"1e400", TOLERANT, "AC"),  # too large for a double: text
        (b"1e400", b"inf", TOLERANT, "WA"),
        (b"1e", b"1", TOLERANT, "AC"),
        (b"1e-400", b"0", TOLERANT, "AC"),
        (b"0", b"0", ("float_relative_tolerance", "1e-6"), "AC"),
        (b"0", b"1e-320", ("float_relative_tolerance", "1e-6"), "WA"),
        (b"1", b"1.0", (), "WA"),
        (b"1", b"1.0", ("float_tolerance", "-1"), "WA"),
        (b"1", b"1.0", ("float_tolerance", "0"), "AC"),
        (b"1", b"2", ("float_absolute_tolerance", "2", "float_absolute_tolerance", "0"), "WA"),
        (b"a\0b", b"a\0c", (), "WA"),  # a NUL is a byte like others
        (b"a\0b", b"A\0B", (), "AC"),
        (b"3", b"3\0", (), "WA"),
        (b"3", b"3 \0", (), "WA"),
        (b"3", b"3\0", TOLERANT, "WA"),
        (b"1\0x", b"1\0y", TOLERANT, "WA"),
        ("É".encode(), "é".encode(), (), "WA"),  # case is ignored in ASCII only
        (b"a\n", b"a", (), "AC"),
        (b"a\n", b"a", ("space_change_sensitive",), "WA"),
        (b"a", b"a\n", ("space_change_sensitive",), "WA"),
        (b"a\r\n", b"a\n", ("space_change_sensitive",), "WA"),
        (b"a b", b"a\vb", (), "AC"),
        (b"a b", b"a\xa0b", (), "WA"),
        (b"a b", b"a\x1cb", (), "WA"),
        (b"", b" \n", (), "AC"),
        (b"", b" \n", ("space_change_sensitive",), "WA"),
        (b"a", b"", (), "WA"),
        (b"a", b" ", (), "WA"),
        (b"a b", b"a", (), "WA"),
        (b"a", b"a b", (), "WA"),
        (b"Yes", b"YES", (), "AC"),
        (b"Yes", b"YES", ("case_sensitive",), "WA"),
    ],
)
def test_named_cases(answer: bytes, output: bytes, flags: tuple[str, ...], expected: str) -> None:
    assert verdict(output, answer, *flags) == expected


@pytest.mark.parametrize("flags", [("float_tolerance",), ("float_tolerance", "nan"),
                                   ("float_tolerance", "inf"), ("float_tolerance", "1x"),
                                   ("ignore_case",)])  # fmt: skip
def test_bad_flags_are_named(flags: tuple[str, ...]) -> None:
    with pytest.raises(CheckerError, match=flags[0]):
        Tokens.from_arguments(flags)


def test_unknown_checker_lists_those_there_are() -> None:
    with pytest.raises(CheckerError, match="'fuzzy': there are exact, quiz, tensors, tokens"):
        checker_for(CheckerSpec("fuzzy"))


@pytest.mark.parametrize(
    "token", b". .e5 - + -. 0x 0X 0xp1 0xg infi +-1 1d5 1L 1_0 0b1 1,0".split()
)
def test_no_number(token: bytes) -> None:
    assert parse_number(token) is None


@pytest.mark.parametrize(
    ("token", "value"),
    [(b".5", 0.5), (b"5.e", 5.0), (b"1e+", 1.0), (b"0x.8", 0.5), (b"0x.", 0.0), (b"0x1p", 1.0),
     (b"-0x1.8p-1", -0.75), (b"00012", 12.0), (b"0x0p99999999999999999999", 0.0)],
)  # fmt: skip
def test_numbers(token: bytes, value: float) -> None:
    assert parse_number(token) == value


@pytest.mark.parametrize("size", [8 << 20])
def test_huge_tokens_are_read_and_compared(size: int) -> None:
    assert verdict(b"1" * size, b"1", *TOLERANT) == "WA"
    assert verdict(b"1." + b"0" * size, b"1", *TOLERANT) == "WA"
    assert verdict(b"1." + b"0" * 398, b"1", *TOLERANT) == "AC"
    assert verdict(b"x" * size, b"X" * size) == "AC"


@given(st.binary(max_size=64), st.binary(max_size=64), st.sampled_from([(), TOLERANT]))
def test_never_raises_and_accepts_the_answer_itself(
    output: bytes, answer: bytes, flags: tuple[str, ...]
) -> None:
    assert verdict(answer, answer, *flags) == "AC"
    assert verdict(output, answer, *flags) in {"AC", "WA"}


@given(st.lists(st.sampled_from([b"ab", b"1.5", b"-7"]), max_size=6), st.data())
def test_white_space_does_not_count(tokens: list[bytes], data: st.DataObject) -> None:
    spaces = st.lists(st.sampled_from([b" ", b"\n", b"\t", b"\r"]), min_size=1).map(b"".join)
    output = b"".join(token + data.draw(spaces) for token in tokens)
    assert verdict(output, b" ".join(tokens)) == "AC"


@given(st.floats(-1e9, 1e9), st.floats(-1e-3, 1e-3))
def test_tolerance_is_absolute_or_relative(value: float, error: float) -> None:
    got = value + error
    right = abs(got - value) <= 1e-6 or abs(got - value) <= 1e-6 * abs(value)
    assert (verdict(repr(got).encode(), repr(value).encode(), *TOLERANT) == "AC") == right


@pytest.mark.parametrize(
    ("output", "answer", "flags", "message"),
    [
        (b"", b"secret", (), "The output is empty."),
        (b" \n", b"secret", (), "The output is only white space."),
        (b"1\n2", b"1\n2\nsecret", (), "The output ends too early, after 2 tokens."),
        (b"1\n2\n3", b"1\n2", (),
         "There is more output than expected: line 3, token 3 of the output."),
        (b"1\n2 x", b"1\n2 secret", (), "The token differs: line 2, token 3 of the output."),
        (b"1\nx", b"1\n2", TOLERANT, "A number was expected: line 2, token 2 of the output."),
        (b"1.5", b"1", TOLERANT, "The number is off by 0.5: line 1, token 1 of the output."),
        (b"a\n\nb", b"a\nb", ("space_change_sensitive",),
         "The white space differs: line 1, token 2 of the output."),
    ],
)  # fmt: skip
def test_messages_say_where_and_not_what(
    output: bytes, answer: bytes, flags: tuple[str, ...], message: str
) -> None:
    assert checker_for(CheckerSpec("tokens", flags)).check(b"", output, answer).message == message


@pytest.mark.parametrize(
    ("output", "answer", "flags", "message"),
    [
        (b"", b"secret", (), "The output is empty."),
        (b" \n", b"secret", (), "The output is only white space."),
        (b"1", b"1 2", (), "The output is shorter than expected."),
        (b"x", b"1 2", (), "The output is shorter than expected."),
        (b"1 2 3", b"1 2", (), "There is more output than expected."),
        (b"x y z", b"1 2", (), "There is more output than expected."),
        (b"1 x", b"1 2", (), "Wrong answer."),
        (b"x 2", b"1 2", (), "Wrong answer."),
        (b"1 2 3 4 5 6 7 x", b"1 2 3 4 5 6 7 8", (),
         "Wrong answer: up to a quarter of the values differ."),
        (b"x 2 3 4 5 6 7 8", b"1 2 3 4 5 6 7 8", (),
         "Wrong answer: up to a quarter of the values differ."),
        (b"x x x x x 6 7 8", b"1 2 3 4 5 6 7 8", (),
         "Wrong answer: between half and three quarters of the values differ."),
        (b"1 x", b"1 2", TOLERANT, "A number was expected."),
        (b"1.5", b"1", TOLERANT,
         "Wrong answer; the largest error is about 10^5 times the allowed one."),
        (b"1.6", b"1", TOLERANT,
         "Wrong answer; the largest error is about 10^5 times the allowed one."),
        (b"a\n\nb", b"a\nb", ("space_change_sensitive",), "Only the white space differs."),
    ],
)  # fmt: skip
def test_hidden_tests_do_not_tell_how_far_it_is_right(
    output: bytes, answer: bytes, flags: tuple[str, ...], message: str
) -> None:
    result = checker_for(CheckerSpec("tokens", flags)).check(b"", output, answer)
    assert word(result.told(shown=False)) == message


def test_what_is_told_is_json_whatever_the_numbers_are() -> None:
    told = Tokens(absolute=1e-6).check(b"", b"-1.7e308", b"1.7e308").told(shown=True)
    assert told is not None
    json.dumps(told.to_json(), allow_nan=False)


def test_long_numbers_are_none() -> None:
    assert parse_number(b"1" * 310) is None  # infinite, as for scanf
    assert parse_number(b"0" * 399 + b"1") == 1.0
    assert parse_number(b"0" * 400 + b"1") is None


_OLD_DECIMAL = re.compile(rb"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))(?:[eE]([+-]?[0-9]+|[+-]?))?")


def test_possessive_patterns_read_what_the_plain_ones_read() -> None:
    for length in range(7):
        for token in map(bytes, product(b"+1.eE", repeat=length)):
            old, new = _OLD_DECIMAL.fullmatch(token), _DECIMAL.fullmatch(token)
            assert (old and old.groups()) == (new and new.groups()), token
