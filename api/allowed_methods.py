"""The methods that an address allows, for the Allow header of a 405 (RFC 9110, section 10.2.1).

The framework names only those of the first route that has the address; others may have it, too.
"""

from collections.abc import Iterable

from starlette.routing import BaseRoute, Match
from starlette.types import Scope

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def allowed_methods(routes: Iterable[BaseRoute], scope: Scope) -> list[str]:
    """Return the methods that `routes` have for the path of `scope`, HEAD beside GET."""
    # Only these: the rest of the scope belongs to the route that has refused the method.
    asked = {name: scope[name] for name in ("type", "path", "root_path") if name in scope}
    routes = list(routes)
    found = [
        method
        for method in _METHODS
        if any(route.matches({**asked, "method": method})[0] is Match.FULL for route in routes)
    ]
    # `HeadAsGet` answers HEAD wherever GET is allowed.
    return ["GET", "HEAD", *found[1:]] if found[:1] == ["GET"] else found
