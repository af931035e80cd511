"""The language that a reader wants texts in: `?lang=`, else Accept-Language, else English."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Query

from api.accepting import weights

DEFAULT = "en"
VARY = {"Vary": "Accept-Language"}
_MOST_TAGS = 10
"""Real readers name a few languages. A longer list is a part of keys in caches, which must not
need more memory than the cached values."""


@dataclass(frozen=True, slots=True)
class ContentLanguage:
    """Language tags in lower case, the most wanted first."""

    tags: tuple[str, ...]

    def pick(self, texts: Mapping[str, str]) -> str | None:
        """Return the text in the most wanted language that there is (lookup of RFC 4647, section
        3.4: `zh-CN` finds `zh`), else in English, else in any; None if there are no texts."""
        # The usual case, made fast: a page asks for a thousand titles.
        first = self.tags[0] if self.tags else DEFAULT
        if first in texts:
            return texts[first]
        by_tag = {tag.lower(): text for tag, text in texts.items()}
        for tag in (*self.tags, DEFAULT):
            while tag:
                if tag in by_tag:
                    return by_tag[tag]
                # `zh-hant-tw` falls back to `zh-hant`, then to `zh` (RFC 4647, section 3.4).
                tag = tag.rpartition("-")[0]
        return next(iter(by_tag.values()), None)

    @classmethod
    def of_header(cls, accept_language: str) -> "ContentLanguage":
        """Read the languages from an Accept-Language header."""
        wanted = [(tag, weight) for tag, weight in weights(accept_language).items() if weight > 0]
        # A stable sort: equal weights keep the header's order.
        wanted.sort(key=lambda each: -each[1])
        return cls(tuple(tag for tag, _ in wanted if tag != "*")[:_MOST_TAGS])


async def content_language(
    lang: Annotated[
        str | None,
        Query(description="Language tag of titles, statements and hints", max_length=35),
    ] = None,
    accept_language: Annotated[str, Header(description="Used if `lang` is not given")] = "",
) -> ContentLanguage:
    """The reader's languages."""
    if lang:
        return ContentLanguage((lang.lower(),))
    return ContentLanguage.of_header(accept_language)


InLanguage = Annotated[ContentLanguage, Depends(content_language)]
