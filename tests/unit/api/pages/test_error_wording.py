"""Errors in the reader's language: the catalogue has every error sentence that the code raises."""

import re

import pytest

from api.pages.error_wording import in_words
from tools.error_sentences import error_sentences, sentences_in

CODE = """
raise ConflictError(f"There is a team {name!r} already.")
message = f"It has {size} bytes"
message = {A: "One.", B: f"Two {x}."}[kind]
raise ProblemError(kinds.CHANGED, kinds.CHANGED.advice)
other = "Not this."
raise ValueError("Nor this.")
raise InvalidError(f"{a}: {b}")
"""


def test_sentences_are_read_from_the_code_that_raises_them() -> None:
    assert set(sentences_in(CODE)) == {
        "There is a team {0} already.",
        "It has {0} bytes",
        "One.",
        "Two {0}.",
        "Read it again and decide again; `If-Match` is the ETag of what you have read.",
    }


@pytest.mark.parametrize("sentence", sorted(error_sentences()))
def test_each_is_told_in_chinese(sentence: str) -> None:
    count = len(set(re.findall(r"\{\d\}", sentence)))
    values = [f"'v{number}'" for number in range(count)]
    told = in_words(sentence.format(*values), "zh")
    assert re.search("[\u4e00-\u9fff]", told)
    assert sorted(re.findall(r"'v\d'", told)) == values


def test_a_value_may_be_words_itself() -> None:
    assert in_words("Too many submissions of yours; try again in 7 seconds.", "zh") == (
        "你的提交太多；请在 7 秒后再试。"
    )


@pytest.mark.parametrize("said", ["Something else.", "", "{0}", "There is no problem"])
def test_what_nobody_translated_stays(said: str) -> None:
    assert in_words(said, "zh") == said
    assert in_words("The source is empty.", "en") == "The source is empty."


def test_braces_in_a_value_are_no_places_for_values() -> None:
    assert in_words("There is no problem '{0}{1}'.", "zh") == "没有题目 '{0}{1}'。"


def test_the_sentences_come_from_the_judge_and_the_api() -> None:
    found = error_sentences()
    assert {"There is a team {0} already.", "The source is empty."} <= found
    # A package's complaints are for its author, in the format's own language.
    assert not any("data/secret" in one for one in found)
