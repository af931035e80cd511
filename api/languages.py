"""Which language a person reads: `?lang=`, else Accept-Language (RFC 9110, section 12.5.4)."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Header, Query

DEFAULT = "en"
_MOST = 20


async def reading(
    lang: Annotated[
        str | None,
        Query(description="Language of the texts, before Accept-Language", max_length=35),
    ] = None,
    accept_language: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> tuple[str, ...]:
    """The reader's languages as tags, the preferred first; `en` at the end."""
    asked = [lang] if lang else []
    return (*asked, *_accepted(accept_language or ""), DEFAULT)


Reading = Annotated[tuple[str, ...], Depends(reading)]


def pick(texts: Mapping[str, str], languages: tuple[str, ...]) -> str | None:
    """The text in the first language that there is one in; None where there is no text.

    `zh-CN` is served by `zh`.
    """
    by_tag = {tag.lower(): text for tag, text in texts.items()}
    for language in languages:
        tag = language.lower()
        found = by_tag.get(tag) or by_tag.get(tag.partition("-")[0])
        if found:
            return found
    return next(iter(texts.values()), None)


def _accepted(header: str) -> list[str]:
    """The header's tags, by weight; those of weight 0 are not wanted."""
    weighted: list[tuple[float, str]] = []
    for item in header.split(",")[:_MOST]:
        tag, _, parameter = item.strip().partition(";")
        weight = _weight(parameter.strip())
        if tag and tag != "*" and weight > 0:
            weighted.append((weight, tag.strip()))
    return [tag for _, tag in sorted(weighted, key=lambda one: -one[0])]


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
