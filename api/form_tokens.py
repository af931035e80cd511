"""CSRF tokens: a hidden field in every form shows that the form is from this service.

The token is made from the browser's own cookie: the session's if somebody is signed in, else one
that every visitor gets with the first form. Another site can neither read the token nor make it,
because it lacks the cookie and the key.
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
    """Makes and checks the tokens with one service's key."""

    key: bytes

    def issue(self, request: Request) -> str:
        """Return the token for a form on the page that answers `request`; see `remember`."""
        browser = _browser_of(request)
        if browser is None:
            # A visitor gets the cookie with the page that holds their first form. A page may have
            # several forms, and all of them belong to one cookie.
            visitor: str | None = getattr(request.state, "new_visitor", None)
            if visitor is None:
                visitor = request.state.new_visitor = secrets.token_urlsafe(24)
            browser = f"{VISITOR_COOKIE}={visitor}"
        return self._token(browser)

    def check(self, request: Request, token: str) -> None:
        """Raise ProblemError (403) if `token` was not made for this browser."""
        browser = _browser_of(request)
        if browser is None:
            raise ProblemError(
                kinds.FORBIDDEN,
                "The form came without a cookie. Allow cookies for this address, open the page "
                "again and send the form once more.",
            )
        # In constant time, so that the time taken tells nothing about the right token.
        if not hmac.compare_digest(self._token(browser).encode(), token.encode()):
            raise ProblemError(
                kinds.FORBIDDEN,
                "The form is out of date, because you signed in or out meanwhile, or it is not "
                "of this service. Open the page again and send it once more.",
            )

    def _token(self, browser: str) -> str:
        return hmac.new(self.key, browser.encode(), "sha256").hexdigest()


def remember(request: Request, response: Response) -> None:
    """If the page holds a visitor's first form, set the cookie that belongs to it."""
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
    # Signing in or out changes the cookie, which makes the tokens of open pages invalid.
    for name in (COOKIE, VISITOR_COOKIE):
        if request.cookies.get(name):
            return f"{name}={request.cookies[name]}"
    return None
