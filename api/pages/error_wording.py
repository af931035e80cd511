"""What is wrong, in the reader's language.

The judge and the API say it in English, with values in it. The catalogue has each such sentence
under the context `error`, with `{0}`, `{1}`, ... for the values (`tools.error_sentences` finds
them). What was said is matched with these, and said again in the other language.
"""

import re
from collections.abc import Mapping
from functools import cache

from api.pages.catalogues import read_catalogue

ERRORS = "error"
_VALUE = re.compile(r"\{\d+\}")


def in_words(said: str, language: str) -> str:
    """`said` in a language; as it is where the catalogue has no such sentence."""
    plain, patterns = _sentences(language)
    if said in plain:
        return plain[said]
    for pattern, translation in patterns.items():
        if found := pattern.fullmatch(said):
            # A value may be a sentence's part itself: "Too many submissions of yours; ...".
            return translation.format(*(plain.get(one, one) for one in found.groups()))
    return said


@cache
def _sentences(language: str) -> tuple[Mapping[str, str], Mapping[re.Pattern[str], str]]:
    """(Sentences without values, those with values as patterns), each with its translation."""
    plain: dict[str, str] = {}
    with_values: dict[str, str] = {}
    for message in read_catalogue(language) or ():
        if message.context == ERRORS and message.string:
            chosen = with_values if _VALUE.search(str(message.id)) else plain
            chosen[str(message.id)] = str(message.string)
    # The most words first: of two sentences that fit, the more exact one.
    order = sorted(with_values, key=lambda one: -len(_VALUE.sub("", one)))
    return plain, {
        # A value holds anything; that it may hold so much is bounded by whoever raises the error.
        re.compile("(.*?)".join(map(re.escape, _VALUE.split(one))), re.DOTALL): with_values[one]
        for one in order
    }
