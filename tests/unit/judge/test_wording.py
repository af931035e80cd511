import re
import string
import tomllib
from pathlib import Path
from typing import Any

import pytest

from judge import wording
from judge.differences import Difference, Reason, facts_of, from_json, quarters
from judge.wording import LANGUAGES, word

TEXTS = tomllib.loads((Path(wording.__file__).with_suffix(".toml")).read_text())
VALUES: dict[str, object] = {
    "limit_s": 1.0, "cpu_s": 0.5, "limit_mib": 64, "signal": "SIGSEGV", "code": 3,
    "detail": "DETAIL", "error_type": "ValueError", "line": 7, "what": "broadcast",
    "at_import": True, "entry": "solve", "text": "TEXT", "share": 2, "power": 3, "right_tokens": 4,
    "right_bytes": 5, "token": 6, "error": 0.5, "byte": 8, "why": "no_header",
    "names": ["a", "b"], "got": 9, "expected": 10, "name": "out", "size": 11, "also": ["c"],
    "also_more": 12, "note": {"en": "NOTE", "zh": "说明"}, "shape": [2, 3],
    "expected_shape": [], "same_size": True, "reordered": True, "other_rank": True,
    "dtype": "int64", "expected_dtype": "float32", "wrong": 13, "index": [1, 2],
    "relative": 0.25, "allowed": 0.125, "attempts": 3, "cause": "worker_lost",
    "after_tokens": 1, "not_run": 14, "other": "again", "stream": "stderr", "test": "secret/01",
}  # fmt: skip


def fields(text: str) -> set[str]:
    plain = re.sub("[<>]", "", text)
    return {name for _, name, _, _ in string.Formatter().parse(plain) if name}


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_has_words_for_all_and_for_nothing(reason: Reason, language: str) -> None:
    every = {name: VALUES[name] for name in facts_of(reason)}
    assert word(Difference(reason, every), language)
    always = {
        Reason.CPU_LIMIT, Reason.WALL_LIMIT, Reason.MEMORY_LIMIT, Reason.OUTPUT_LIMIT,
        Reason.TIME_BUDGET, Reason.NOT_RUN,
        Reason.COMPILE_TIME, Reason.COMPILE_MEMORY, Reason.TRACEBACK, Reason.VALIDATOR_SAYS,
    }  # fmt: skip
    if reason not in always:
        least = {name: VALUES[name] for name in facts_of(reason) & _least(reason)}
        assert word(Difference(reason, least), language)


def _least(reason: Reason) -> set[str]:
    """What is always there, of hidden tests too."""
    never_without = {"name", "names", "expected_dtype", "attempts", "cause", "why"}
    if reason in {Reason.SAME_AGAIN, Reason.NOT_SAME, Reason.OTHER_VALUES}:
        never_without |= {"other", "got", "expected"}
    if reason in {Reason.ENTRY_MISSING, Reason.ENTRY_OTHER_SORT, Reason.READS_INPUT}:
        never_without |= {"entry"}
    if reason in {Reason.TOKEN_DIFFERS, Reason.NUMBER_OFF, Reason.BYTES_DIFFER}:
        never_without |= {"line", "token", "byte", "error"}  # told of shown tests only
    if reason is Reason.VALUES_DIFFER:
        never_without |= {"power"}
    return never_without


@pytest.mark.parametrize("reason", Reason)
def test_sentences_name_nothing_that_the_reason_does_not_have(reason: Reason) -> None:
    for language in LANGUAGES:
        for sentence in TEXTS[reason][language]:
            assert fields(sentence) <= facts_of(reason) | {"is_are"}, sentence
    if reason is not Reason.JUDGE_FAILED:  # what went wrong inside is told in English only
        assert len(TEXTS[reason]["en"]) == len(TEXTS[reason]["zh"])


def test_chinese_sentences_hold_no_english_words() -> None:
    allowed = {
        "CPU", "MiB", "dtype", "NaN", "os", "_exit", "ASCII", "tensor", "NAME", "DTYPE", "SHAPE",
        "value", "WORD", "x", "view", "reshape", "meta", "None", "numpy", "einsum", "einops",
        "super", "__init__", "public", "static", "void", "main", "String", "args", "Main",
        "torch", "compile", "C", "float",
    }  # fmt: skip
    for key, text in _chinese(TEXTS):
        plain = re.sub(r"\{[^}]*\}", "", text)
        assert set(re.findall("[A-Za-z_]+", plain)) <= allowed, (key, text)
        of_others = {"traceback", "validator_says", "fact_differs", "misconception"}
        assert re.search("[\u4e00-\u9fff]", plain) or key in of_others, (key, text)


def _chinese(table: dict[str, Any], key: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, value in table.items():
        if name == "zh":
            found += [(key, text) for text in ([value] if isinstance(value, str) else value)]
        elif isinstance(value, dict):
            found += _chinese(value, name)
    return found


def test_a_difference_survives_storing() -> None:
    told = Difference(Reason.VALUES_DIFFER, {"name": "out", "share": 1, "power": 2})
    assert from_json(told.to_json()) == told
    assert from_json(None) is None
    assert from_json({"reason": "of_a_later_version"}) is None
    assert from_json({**told.to_json(), "of_a_later_version": 1}) == told
    with pytest.raises(ValueError, match="secret"):
        Difference(Reason.NO_OUTPUT, {"secret": 1})


def test_both_languages_say_the_same() -> None:
    told = Difference(Reason.VALUES_DIFFER, {"name": "out", "share": 1, "power": 2, "also": ["a"]})
    assert word(told.of_test("secret/01"), "en") == (
        "secret/01: `out`: up to a quarter of the values differ; the largest error is about 10^2 "
        "times the allowed one. Also different: a."
    )
    assert word(told.of_test("secret/01"), "zh") == (
        "secret/01: `out`：不超过四分之一的值不同；最大误差约为允许值的 10^2 倍。不同的还有：a。"
    )


def test_a_package_says_in_its_own_words_what_a_value_means() -> None:
    note = {"zh": "两次调用得到相同的数。", "en": "Two calls gave the same numbers."}
    told = Difference(Reason.FACT_DIFFERS, {"name": "a.repeats", "note": note})
    assert word(told, "en") == note["en"]
    assert word(told, "zh") == note["zh"]


def test_text_is_never_read_as_a_template() -> None:
    text = "<{name}> {0} {line!r} <<{}>>"
    assert word(Difference(Reason.TRACEBACK, {"text": text})) == text


def test_quarters_are_rounded_up() -> None:
    assert [quarters(wrong, 8) for wrong in range(1, 9)] == [1, 1, 2, 2, 3, 3, 4, 4]
    assert quarters(1, 7) is None
