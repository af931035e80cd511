"""The hidden word in every form by which we know that the form is ours (against CSRF).

The word is made of the browser's own cookie: the session's where somebody is signed in, else one
that is given to every visitor with the first form. Another site can neither read the word nor
make it, for it lacks the cookie and the key.
"""

import hmac
import secrets
from dataclasses import dataclass

from fastapi import Request, Response

from api import error_types as kinds
from api.auth import COOKIE
from api.errors import ProblemError

FIELD = "form_token"
VISITOR_COOKIE = "shousi_visitor"
_VISITOR_S = 30 * 86400


@dataclass(frozen=True, slots=True)
class FormTokens:
    """Makes and checks the words with one service's key."""

    key: bytes

    def issue(self, request: Request) -> str:
        """The word for a form on the page that answers `request`; see `remember`."""
        browser = _browser_of(request)
        if browser is None:
            # Before a visitor's first form there is no cookie: it comes with the page. A page may
            # have several forms, and all of them belong to one cookie.
            visitor: str | None = getattr(request.state, "new_visitor", None)
            if visitor is None:
                visitor = request.state.new_visitor = secrets.token_urlsafe(24)
            browser = f"{VISITOR_COOKIE}={visitor}"
        return self._word(browser)

    def check(self, request: Request, word: str) -> None:
        """Raise ProblemError (403) where `word` was not made for this browser."""
        browser = _browser_of(request)
        if browser is None:
            raise ProblemError(
                kinds.FORBIDDEN,
                "The form came without a cookie. Allow cookies for this address, open the page "
                "again and send the form once more.",
            )
        # In constant time: how long it takes tells nothing of the right word.
        if not hmac.compare_digest(self._word(browser).encode(), word.encode()):
            raise ProblemError(
                kinds.FORBIDDEN,
                "The form is out of date, because you signed in or out meanwhile, or it is not "
                "of this service. Open the page again and send it once more.",
            )

    def _word(self, browser: str) -> str:
        return hmac.new(self.key, browser.encode(), "sha256").hexdigest()


def remember(request: Request, response: Response) -> None:
    """Give a visitor who has just got the first form the cookie that belongs to it."""
    visitor: str | None = getattr(request.state, "new_visitor", None)
    if visitor is not None:
        response.set_cookie(
            VISITOR_COOKIE,
            visitor,
            max_age=_VISITOR_S,
            httponly=True,
            # Lax: a form on another site's page is sent without it.
            samesite="lax",
            secure=request.url.scheme == "https",
        )


def _browser_of(request: Request) -> str | None:
    # Signing in or out changes the cookie, and with it makes the words of open pages invalid.
    for name in (COOKIE, VISITOR_COOKIE):
        if request.cookies.get(name):
            return f"{name}={request.cookies[name]}"
    return None
