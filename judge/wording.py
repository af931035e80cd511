"""Turns differences into sentences, in each of the judge's languages; `wording.toml` has them.

Texts of a program or of a package's own validator are not translated.
"""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from judge.differences import Difference

LANGUAGES = ("en", "zh")

_FILE = Path(__file__).with_name("wording.toml")
# `<...>` is a part that is left out if one of its values is missing.
_OPTIONAL = re.compile(r"<([^<>]*+)>")
# `{name` begins a placeholder for a value.
_NAME = re.compile(r"\{([a-z_]++)")


def word(difference: Difference | None, language: str = "en") -> str:
    """The sentence in one of LANGUAGES; empty for None."""
    if difference is None:
        return ""
    values = dict(_shown(difference, language))
    sentences = _texts()[difference.reason][language]
    # Of several sentences the first one whose values are all known.
    complete = (text for text in sentences if _fits(_OPTIONAL.sub("", text), values))
    text = _fill(next(complete), values) + values.get("also", "")
    return f"{values['test']}: {text}" if "test" in values else text


def wordings(difference: Difference) -> dict[str, str]:
    """The sentence in every language, by tag."""
    return {language: word(difference, language) for language in LANGUAGES}


@cache
def _texts() -> dict[str, Any]:
    return tomllib.loads(_FILE.read_text())


def _fits(text: str, values: Mapping[str, Any]) -> bool:
    return values.keys() >= set(_NAME.findall(text))


def _fill(text: str, values: Mapping[str, Any]) -> str:
    kept = _OPTIONAL.sub(lambda part: part[1] if _fits(part[1], values) else "", text)
    return kept.format_map(values)


def _shown(difference: Difference, language: str) -> Iterator[tuple[str, Any]]:
    """The values as a sentence shows them. Those that are missing or false are left out."""
    # A sentence about an exception needs a word for it even if its name is unknown.
    if "error_type" not in difference.values:
        yield "error_type", _texts()["words"]["error"][language]
    for name, value in difference.values.items():
        shown = _SHOWN[name](value, language, difference.values) if name in _SHOWN else value
        if shown is not None and shown is not False:
            # A flag has no text of its own: it only decides whether its part of the sentence is
            # shown.
            yield name, "" if shown is True else shown
    if "wrong" in difference.values:
        yield "is_are", "is" if difference.values["wrong"] == 1 else "are"


def _within(table: str, key: str, language: str, values: Mapping[str, Any]) -> str:
    text: str = _texts()[table][key][language]
    return _fill(text, values)


def _share(quarters: int | None, language: str, _: Mapping[str, Any]) -> str | None:
    return None if quarters is None else _within("share", str(quarters), language, {})


def _power(power: int | None, language: str, _: Mapping[str, Any]) -> str | None:
    if power is None:
        return None
    return _within("power", "more" if power else "0", language, {"power": power})


def _note(texts: Mapping[str, str], language: str, _: Mapping[str, Any]) -> str | None:
    """A package's own line; if it has none in this language, one in another language."""
    return texts.get(language) or next(iter(texts.values()), None)


def _also(names: list[str], language: str, values: Mapping[str, Any]) -> str:
    listed = ", ".join(names)
    if more := values.get("also_more"):
        listed = _within("words", "and_more", language, {"names": listed, "more": more})
    return _within("words", "also", language, {"names": listed})


_SHOWN: Mapping[str, Callable[[Any, str, Mapping[str, Any]], Any]] = {
    "share": _share,
    "power": _power,
    "note": _note,
    "also": _also,
    "stream": lambda stream, language, _: _within("stream", stream, language, {}),
    "names": lambda names, *_: ", ".join(names),
    "index": lambda index, *_: f"[{', '.join(map(str, index))}]" if index else None,
    "shape": lambda shape, *_: "x".join(map(str, shape)) or "scalar",
    "expected_shape": lambda shape, *_: "x".join(map(str, shape)) or "scalar",
    "why": lambda why, language, values: _within("why", why, language, values),
    "what": lambda what, language, _: _within("what", what, language, {}),
    "cause": lambda cause, language, _: _within("cause", cause, language, {}),
}
