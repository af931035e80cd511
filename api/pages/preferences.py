"""The language and the theme of the pages: the reader's choice, else the browser's and system's.

A signed-in user's choice is stored with the account, a visitor's in a cookie.
"""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse

from api.content_language import ContentLanguage
from api.pages.forms import OurForm
from api.pages.next_page import LONGEST_ADDRESS, same_site_path
from api.pages.viewer import Viewer
from api.services import Ctx
from judge.accounts.preferences import PageLanguage, Theme, change_preferences
from judge.accounts.users import Principal

router = APIRouter(include_in_schema=False)

LANGUAGES: dict[str, str] = {PageLanguage.EN: "English", PageLanguage.ZH: "中文"}
LANGUAGE_COOKIE = "shousi_language"
THEME_COOKIE = "shousi_theme"
_YEAR_S = 365 * 86400


def theme_of(request: Request) -> str | None:
    """Return `light` or `dark` if the reader has chosen it; None means the system's theme."""
    viewer = _viewer_of(request)
    chosen = (viewer and viewer.user.theme) or request.cookies.get(THEME_COOKIE)
    # `auto` is the choice of the system's theme.
    return chosen if chosen in set(Theme) - {Theme.AUTO} else None


def language_of(request: Request) -> str:
    """Return the chosen language, else the first one of Accept-Language that the pages have."""
    viewer = _viewer_of(request)
    chosen = (viewer and viewer.user.language) or request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    return (
        ContentLanguage.of_header(request.headers.get("accept-language", "")).pick(
            # `pick` returns a text; here the texts are the tags themselves.
            {tag: tag for tag in LANGUAGES}
        )
        or "en"
    )


def _viewer_of(request: Request) -> Principal | None:
    # For an error outside of any page's route, nothing has set the viewer.
    viewer: Principal | None = getattr(request.state, "viewer", None)
    return viewer


def reader_of(request: Request) -> ContentLanguage:
    """Return the language of titles, statements and messages on a page."""
    return ContentLanguage((language_of(request),))


@router.post("/preferences")
def choose(
    request: Request,
    ctx: Ctx,
    viewer: Viewer,
    _: OurForm,
    language: Annotated[str, Form()] = "",
    theme: Annotated[str, Form()] = "",
    next_page: Annotated[str, Form(alias="next", max_length=LONGEST_ADDRESS)] = "/",
) -> RedirectResponse:
    """Store the chosen language or theme, and show the page again."""
    answer = RedirectResponse(same_site_path(next_page), 303)
    chosen: dict[str, Theme | PageLanguage] = {}
    # An unknown theme or language leaves the choice as it is.
    if language in set(PageLanguage):
        chosen["language"] = PageLanguage(language)
    if theme in set(Theme):
        chosen["theme"] = Theme(theme)
    for name, value in chosen.items():
        # Signed-in users get the cookie too, so that pages look the same after signing out.
        answer.set_cookie(
            {"language": LANGUAGE_COOKIE, "theme": THEME_COOKIE}[name],
            value,
            max_age=_YEAR_S,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
    if viewer is not None and chosen:
        change_preferences(ctx.db, viewer.user_id, chosen)
    return answer
