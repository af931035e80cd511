"""The viewer of a page: the user of the session's cookie, or a visitor (None)."""

from typing import Annotated

from fastapi import Depends, Request

from api import error_types as kinds
from api.auth import COOKIE
from api.errors import ProblemError
from api.services import Ctx
from judge.accounts.users import Principal, TokenKind


async def _viewer(request: Request, ctx: Ctx) -> Principal | None:
    secret = request.cookies.get(COOKIE)
    found = None if not secret else await ctx.calls.principal_of(secret, TokenKind.SESSION)
    # The bar at the top of the page shows the viewer, on error pages too.
    request.state.viewer = found
    return found


def _signed_in(viewer: Annotated[Principal | None, Depends(_viewer)]) -> Principal:
    if viewer is None:
        raise ProblemError(kinds.NOT_SIGNED_IN, "Sign in to see this page.")
    return viewer


def _member(viewer: Annotated[Principal, Depends(_signed_in)]) -> Principal:
    if viewer.is_guest:
        raise ProblemError(kinds.FORBIDDEN, "That needs an account: make one first.")
    return viewer


def _admin(viewer: Annotated[Principal, Depends(_signed_in)]) -> Principal:
    if not viewer.is_admin:
        raise ProblemError(kinds.FORBIDDEN, "That is for admins of this service.")
    return viewer


Viewer = Annotated[Principal | None, Depends(_viewer)]
SignedIn = Annotated[Principal, Depends(_signed_in)]
"""For pages with the viewer's own data; a visitor is sent to the sign-in page."""
Member = Annotated[Principal, Depends(_member)]
"""For pages that need an account (teams, tokens); guests are refused."""
Admin = Annotated[Principal, Depends(_admin)]
"""For the pages below /admin."""
