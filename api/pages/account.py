"""The page behind a one-time sign-in link.

Opening it changes nothing, so that neither a chat's preview nor a reload uses the link up: its
button does. Everything else of a browser's session is in `api.sessions`.
"""

from html import escape
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse

from api.auth import check_origin
from api.services import Ctx
from api.sessions import begin_session
from judge.accounts import management as accounts
from judge.accounts.management import SIGN_IN_PATH
from judge.errors import GoneError

router = APIRouter(include_in_schema=False)

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Shousi</title>
<h1>Shousi</h1>
{body}
</html>
"""
_FORM = """<form method="post">
<input type="hidden" name="link" value="{word}">
<button>Sign in</button>
</form>"""
_HEADERS = {
    # The address holds a secret: it is kept nowhere and told to no other site.
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
}


@router.get(SIGN_IN_PATH)
def show_sign_in(link: Annotated[str, Query(max_length=200)] = "") -> HTMLResponse:
    """A button that uses the link."""
    return _page(_FORM.format(word=escape(link)))


@router.post(SIGN_IN_PATH)
def use_link(
    link: Annotated[str, Form(max_length=200)], request: Request, ctx: Ctx
) -> HTMLResponse:
    """Trade the link for a session."""
    check_origin(request, missing_is_fine=True)
    try:
        user = accounts.redeem_link(ctx.db, link)
    except GoneError as error:
        return _page(f"<p>{escape(str(error))}</p>", status=410)
    answer = _page(f"<p>You are signed in as {escape(user.name)}.</p>")
    begin_session(request, ctx, user, answer)
    return answer


def _page(body: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(_PAGE.format(body=body), status, _HEADERS)
