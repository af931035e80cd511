"""The pages' texts: collected, translated, and with the same names in both languages."""

import re

import pytest

from api.pages.catalogues import translations
from tools.messages import LOCALES, complaints, found

NAMES = re.compile(r"%\((\w+)\)s")


def test_the_catalogues_are_up_to_date_and_complete() -> None:
    assert list(complaints()) == []


@pytest.mark.parametrize("language", [path.parent.name for path in LOCALES.glob("*/*.po")])
def test_translations_name_what_their_message_names(language: str) -> None:
    catalogue = translations(language)
    for message in found():
        if isinstance(message.id, str):
            if not message.id:
                continue
            said, original = catalogue.gettext(message.id), message.id
        else:
            one, original = message.id
            said = catalogue.ngettext(one, original, 2)
        assert set(NAMES.findall(said)) == set(NAMES.findall(original)), message.id
