"""Images of statements: which may be shown, and what an SVG must not contain.

"Any `.svg` files must not contain scripting or references to external resources" (2025-09). A page
holds an SVG only as the source of an `<img>`, where browsers run no script and load nothing
(https://www.w3.org/TR/SVG2/conform.html#secure-static-mode), and never as a document. An SVG that
breaks the rule is refused all the same: other systems may show the same file less carefully.
"""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from xml.parsers import expat

TYPES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".svg": "image/svg+xml",
}
# A statement's pictures are part of its page, so their size adds to the page's.
MOST_BYTES = 4 << 20
# The last two attach a script by XML Events.
_ACTIVE = frozenset({"script", "foreignobject", "iframe", "embed", "object", "handler", "listener"})
_REFERENCES = frozenset({"href", "src"})
_LINKS = frozenset({"a"})
"""Elements whose address is followed only by a person's click, which an image never gets."""
# `@import`, or a `url(...)` that neither names a part of the file nor holds an image itself.
_FOREIGN_URL = re.compile(r"url\(\s*['\"]?(?!#|data:image/)|@import", re.IGNORECASE)


class PictureError(ValueError):
    """Why an image can't be shown; `line` counts from 1."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


def pictures(files: Mapping[str, bytes], folder: str) -> dict[str, bytes]:
    """The images below `folder` that are small enough for a page, by their path below it."""
    return {
        path.removeprefix(f"{folder}/"): content
        for path, content in files.items()
        if path.startswith(f"{folder}/") and type_of(path) and len(content) <= MOST_BYTES
    }


def type_of(name: str) -> str | None:
    """The media type of an image, by its suffix; None if it is no image."""
    return TYPES.get(PurePosixPath(name).suffix.lower())


def check_picture(name: str, content: bytes) -> None:
    """Raise PictureError if an SVG has forbidden content; other images are not checked."""
    if type_of(name) == TYPES[".svg"]:
        _SvgCheck().check(content)


class _SvgCheck:
    """Reads an SVG and raises PictureError at the first forbidden content."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._in_style = 0
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.EntityDeclHandler = self._entity
        self._parser.ProcessingInstructionHandler = self._instruction

    def check(self, content: bytes) -> None:
        try:
            self._parser.Parse(content, True)
        except expat.ExpatError as error:
            message = expat.ErrorString(error.code)
            raise PictureError(f"is no well-formed SVG: {message}", error.lineno) from error

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        tag = _local(name)
        if tag in _ACTIVE:
            self._refuse(f"holds `<{name}>`: an SVG of a statement has no scripting")
        self._in_style += tag == "style"
        for key, value in attributes.items():
            attribute = _local(key)
            # Browsers skip white space inside an address: `java\nscript:` is `javascript:`.
            target = re.sub(r"\s", "", value).lower()
            if attribute.startswith("on"):
                self._refuse(f"holds `{key}=...`: an SVG of a statement has no scripting")
            if attribute in _REFERENCES and target.startswith("javascript:"):
                self._refuse(f'holds `{key}="javascript:..."`: it has no scripting')
            # `#name` is a part of this file.
            local = target.startswith(("#", "data:image/")) or not target
            if attribute in _REFERENCES and tag not in _LINKS and not local:
                self._refuse(f"refers to `{value[:60]}`: put what it needs into the file itself")
            if _FOREIGN_URL.search(value):
                self._refuse(f"refers to something outside by `{key}`; put it into the file itself")

    def _end(self, name: str) -> None:
        self._in_style -= _local(name) == "style"

    def _text(self, text: str) -> None:
        if self._in_style and _FOREIGN_URL.search(text):
            self._refuse("refers to something outside in its style; put it into the file itself")

    def _entity(self, name: str, _parameter: bool, value: str | None, *_place: str | None) -> None:
        # Namespaces are allowed, as some drawing programs write them; not what grows or is fetched.
        if value is None or "&" in value or "%" in value:
            self._refuse(f"declares the entity `{name}` by other entities; write the text instead")

    def _instruction(self, target: str, _data: str) -> None:
        if target.lower() == "xml-stylesheet":
            self._refuse("names a style sheet outside; put the style into the file itself")

    def _refuse(self, message: str) -> None:
        raise PictureError(message, self._parser.CurrentLineNumber)


def _local(name: str) -> str:
    """A name without its namespace's prefix."""
    return name.rpartition(":")[2].lower()
