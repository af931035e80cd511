"""Translate error messages into the reader's language.

The judge and the API raise errors in English, with values in the sentence. The catalogue has each
such sentence under the context `error`, with `{0}`, `{1}`, ... for the values
(`tools.error_sentences` finds them). A message is matched with these sentences and translated.
"""

import re
from collections.abc import Mapping
from functools import cache

from api.pages.catalogues import read_catalogue

ERRORS = "error"
_VALUE = re.compile(r"\{\d+\}")


def in_words(said: str, language: str) -> str:
    """Translate the message `said`; it stays as it is if the catalogue has no such sentence."""
    plain, patterns = _sentences(language)
    if said in plain:
        return plain[said]
    for pattern, translation in patterns.items():
        if found := pattern.fullmatch(said):
            # A value may be part of a sentence and then has a translation of its own: "Too many
            # submissions of yours; ...".
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
    # Sentences with more text come first: if two match, the more exact one is used.
    order = sorted(with_values, key=lambda one: -len(_VALUE.sub("", one)))
    return plain, {
        # A value may be any text; the code that raises the error limits its length.
        re.compile("(.*?)".join(map(re.escape, _VALUE.split(one))), re.DOTALL): with_values[one]
        for one in order
    }
