"""Which names users may have."""

import pytest

from judge.accounts.usernames import MAX_NAME_LENGTH, checked_name, is_reserved, name_key
from judge.errors import InvalidError


@pytest.mark.parametrize("name", ["a", "alice", "Ada-Lovelace_2.0", "José", "王小明", "김철수"])
def test_ordinary_names_are_kept_as_they_are(name: str) -> None:
    assert checked_name(name) == name


def test_forms_of_the_same_letter_become_one() -> None:
    assert checked_name("\uff21lice\uff11") == "Alice1"
    assert checked_name("a\u0301") == "\u00e1"


@pytest.mark.parametrize(
    "name",
    [
        "",
        " alice",
        "al ice",
        "alice\n",
        ".alice",
        "alice-",
        "a@b",
        "a/b",
        "<b>",
        "\u0430lice",  # Cyrillic a
        "alic\u03b5",  # Greek epsilon
        "alıce",  # dotless i
        "\u30a8\u7a0b",  # Kana that looks like Han
        "a\u0336b",  # combining
        "ali\u200bce",
        "alice\u202egnp",
        "\u2066alice",
        "a\x00b",
        "a\u00adb",
        "\U0001f600",
        "\ud800",
        "x" * (MAX_NAME_LENGTH + 1),
    ],
)
def test_names_that_deceive_are_refused(name: str) -> None:
    with pytest.raises(InvalidError) as caught:
        checked_name(name)
    assert caught.value.field == "name"


def test_case_and_width_make_no_difference() -> None:
    assert name_key("ALICE") == name_key("alice") == name_key("\uff41lice")
    assert name_key("Straße") == name_key("STRASSE")
    assert name_key("alice") != name_key("alicia")


@pytest.mark.parametrize("name", ["admin", "Admin", "ROOT", "\uff41dmin", "管理员"])
def test_names_of_the_service_are_reserved(name: str) -> None:
    assert is_reserved(name)
    assert not is_reserved(name + "x")


@pytest.mark.parametrize("part", ["a", "\u0316\u0300", "\u1100\u1161\u11a8", "\ufdfa"])
def test_only_the_beginning_of_a_long_text_is_looked_at(part: str) -> None:
    # To normalise all of it would take seconds, for texts that anybody may send.
    key = name_key("a" + part * 30_000)
    assert MAX_NAME_LENGTH < len(key) < 10_000
    with pytest.raises(InvalidError, match="at most 64"):
        checked_name("a" + part * 30_000)
