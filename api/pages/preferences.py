"""The language and the theme of the pages: by choice (a cookie), else by browser and system."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse

from api.content_language import ContentLanguage
from api.pages.forms import OurForm
from api.pages.next_page import same_site_path

router = APIRouter(include_in_schema=False)

LANGUAGES = {"en": "English", "zh": "中文"}
THEMES = ("auto", "light", "dark")
LANGUAGE_COOKIE = "shousi_language"
THEME_COOKIE = "shousi_theme"
_YEAR_S = 365 * 86400


def theme_of(request: Request) -> str | None:
    """`light` or `dark` if the reader has chosen; None leaves it to the system."""
    chosen = request.cookies.get(THEME_COOKIE)
    # `auto` is a choice as well, but one that leaves it to the system.
    return chosen if chosen in THEMES and chosen != "auto" else None


def language_of(request: Request) -> str:
    """The language of the pages: chosen, else the first of Accept-Language that we have."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    return (
        ContentLanguage.of_header(request.headers.get("accept-language", "")).pick(
            # Lookup gives the text; here the tags themselves are the texts.
            {tag: tag for tag in LANGUAGES}
        )
        or "en"
    )


def reader_of(request: Request) -> ContentLanguage:
    """What titles, statements and messages are worded in on a page."""
    return ContentLanguage((language_of(request),))


@router.post("/preferences")
def choose(
    request: Request,
    _: OurForm,
    language: Annotated[str, Form()] = "",
    theme: Annotated[str, Form()] = "",
    next_page: Annotated[str, Form(alias="next", max_length=2000)] = "/",
) -> RedirectResponse:
    """Keep what was chosen, and show the page again."""
    answer = RedirectResponse(same_site_path(next_page), 303)
    chosen = {LANGUAGE_COOKIE: (language, tuple(LANGUAGES)), THEME_COOKIE: (theme, THEMES)}
    for cookie, (value, allowed) in chosen.items():
        if value in allowed:
            answer.set_cookie(
                cookie,
                value,
                max_age=_YEAR_S,
                httponly=True,
                samesite="lax",
                secure=request.url.scheme == "https",
            )
    return answer
