"""The class of the API's routers."""

from fastapi import APIRouter
from starlette.routing import Match
from starlette.types import Scope

from api.services import PREFIX


class ApiRouter(APIRouter):
    """A router that compares a request with its routes only if the path is below the API's. Else
    each page's path would first be compared with a hundred routes, a fifth of the page's time."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether one of the routes matches, and what it adds to the scope."""
        if not scope["path"].startswith(PREFIX):
            return Match.NONE, {}
        return super().matches(scope)
