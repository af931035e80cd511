"""The language that a reader wants texts in: `?lang=`, else Accept-Language, else English."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Query

DEFAULT = "en"
VARY = {"Vary": "Accept-Language"}


@dataclass(frozen=True, slots=True)
class ContentLanguage:
    """Language tags in lower case, the most wanted first."""

    tags: tuple[str, ...]

    def pick(self, texts: Mapping[str, str]) -> str | None:
        """The text in the language most wanted, by lookup (RFC 4647, section 3.4: `zh-CN` takes
        `zh`), else English, else any; None where there is none."""
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
        """What an Accept-Language header asks for."""
        return cls(_weighted(accept_language))


async def content_language(
    lang: Annotated[
        str | None,
        Query(description="Language tag of titles, statements and hints", max_length=35),
    ] = None,
    accept_language: Annotated[str, Header(description="Used where `lang` is not given")] = "",
) -> ContentLanguage:
    """The reader's languages."""
    if lang:
        return ContentLanguage((lang.lower(),))
    return ContentLanguage.of_header(accept_language)


InLanguage = Annotated[ContentLanguage, Depends(content_language)]


def _weighted(header: str) -> tuple[str, ...]:
    """The tags of an Accept-Language header (RFC 9110, section 12.5.4), by falling weight."""
    wanted = []
    # A header of any length may come; readers have a handful of languages.
    for part in header[:500].split(","):
        tag, _, parameter = part.strip().partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=") or 1.0)
        except ValueError:
            continue
        if tag and tag != "*" and weight > 0:
            wanted.append((-weight, tag.strip().lower()))
    # A stable sort: equal weights keep the header's order.
    return tuple(tag for _, tag in sorted(wanted, key=lambda each: each[0]))
