"""The pages' texts in each language: gettext catalogues, read when they are first used.

A message's key is its English text. `make messages` collects the messages of the templates and of
this package into `locale/`. This module reads the `.po` files themselves, so that no compiled copy
can be out of date.
"""

import gettext
import io
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

_FOLDER = Path(__file__).with_name("locale")


@cache
def translations(language: str) -> gettext.NullTranslations:
    """Return the catalogue of a language; in English the messages stay as they are."""
    catalogue = read_catalogue(language)
    if catalogue is None:
        return gettext.NullTranslations()
    # gettext reads compiled catalogues only; this one is compiled in memory.
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def read_catalogue(language: str) -> Catalog | None:
    """Read a language's messages with their translations; None for English."""
    path = _FOLDER / language / "messages.po"
    if not path.exists():
        return None
    with path.open("rb") as file:
        return read_po(file, locale=language)


def mark(message: str) -> str:
    """Mark a message that a template translates later, so that `make messages` finds it."""
    return message
