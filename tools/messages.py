"""Collects the pages' messages into `api/pages/locale/`, for `make messages`.

Messages come from the templates, the code in `api/pages/` and the code that raises errors. Each
catalogue keeps its translations, gets new messages and loses removed ones. With `--check` nothing
is written: it is an error if a catalogue is out of date or a message has no translation.
"""

import argparse
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from api.pages.error_wording import ERRORS
from tools.error_sentences import error_sentences

PROJECT = Path(__file__).resolve().parents[1]
PAGES = PROJECT / "api" / "pages"
LOCALES = PAGES / "locale"
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "mark": None}


def found() -> Catalog:
    """Extract all messages, without file and line, which would change with each edit."""
    catalogue = Catalog()
    messages = extract_from_dir(
        PAGES,
        METHODS,
        keywords=KEYWORDS,
        options_map={"templates/**.html": {"trimmed": "false", "newstyle_gettext": "true"}},
    )
    for _file, _line, message, _comments, context in sorted(messages, key=lambda one: str(one[2])):
        catalogue.add(message, context=context)
    # Errors have their own context, by which `api.pages.error_wording` looks them up.
    for sentence in error_sentences():
        catalogue.add(sentence, context=ERRORS)
    return catalogue


def written(catalogue: Catalog) -> bytes:
    """Return the catalogue file's bytes; equal catalogues give equal bytes."""
    out = io.BytesIO()
    write_po(out, catalogue, width=100, sort_output=True, omit_header=True)
    header = (
        'msgid ""\nmsgstr ""\n'
        '"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Language: {catalogue.locale}\\n"\n'
        f'"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    )
    return header.encode() + out.getvalue()


def updated(path: Path) -> Catalog:
    """Read the catalogue at `path` and update it with the current messages."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parent.name)
    catalogue.update(found(), no_fuzzy_matching=True)
    catalogue.obsolete.clear()
    return catalogue


def complaints() -> Iterator[str]:
    """Yield a line for each outdated catalogue and each message without a translation."""
    for path in sorted(LOCALES.glob("*/messages.po")):
        catalogue = updated(path)
        if written(catalogue) != path.read_bytes():
            yield f"{path.relative_to(PROJECT)} is out of date; run `make messages`"
        for message in catalogue:
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            if message.id and not all(strings):
                yield f"{path.relative_to(PROJECT)}: not translated: {message.id!r}"


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, only check")
    if not parser.parse_args().check:
        for path in sorted(LOCALES.glob("*/messages.po")):
            path.write_bytes(written(updated(path)))
    told = list(complaints())
    print("\n".join(told) or "every message is translated")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
