"""Sends a NUL in each parameter of each route and page: PostgreSQL stores none in text, SQLite
does.

The parameters are read from the app, so that new ones are tested too. No answer may be a 5xx;
`test_api_postgres` tests some answers exactly.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts

from api.form_tokens import FIELD
from api.main import create_app
from judge.settings import Settings
from judge.teams import membership, practice
from judge.teams.practice import PracticePlan
from tests.integration.api.service import Service
from tests.integration.api.test_api_permissions import LINES, ROLES, World, make_world
from tests.integration.pages.browser import Browser

NUL = "a\0b"
# Valid values for the other parameters, if any text won't do.
RIGHT = {"name": "Week 1", "slugs": "maxsubarray", "language": "python3"}
# Requests that would end the session which later ones need.
LAST = "/sign-out"


def parameters(dependant: Dependant) -> Iterator[tuple[str, str, Any]]:
    """Return kind, name and type of each parameter of a route; headers can't contain a NUL."""
    for kind in ("path", "query", "body"):
        for one in getattr(dependant, f"{kind}_params"):
            yield kind, one.alias, one.field_info.annotation
    for one in dependant.dependencies:
        yield from parameters(one)


def routes(settings: Settings) -> Iterator[tuple[str, str, list[tuple[str, str, Any]]]]:
    """Method, path and parameters of each that takes any."""
    for route in iter_route_contexts(create_app(settings).routes):
        dependant = getattr(route, "dependant", None)
        if dependant and (found := list(parameters(dependant))):
            assert route.path
            assert route.methods
            for method in route.methods:
                yield method, route.path, found


def statuses(http: httpx.Client, method: str, requests: Iterator[dict[str, Any]]) -> dict[str, int]:
    """Return the answers' statuses, by request."""
    found = {}
    for request in requests:
        with http.stream(method, **request) as answer:
            found[f"{method} {request}"] = answer.status_code
    return found


def faults(found: dict[str, int]) -> dict[str, int]:
    return {request: status for request, status in found.items() if status >= 500}


def of_route(
    world: World, method: str, path: str, taken: list[tuple[str, str, Any]]
) -> Iterator[dict[str, Any]]:
    """A request for each parameter with a NUL in it, and for each member of a body."""
    url, body = world.address(path), world.bodies.get(f"{method} {path}")
    known = world.queries.get(f"{method} {path}", {})
    for kind, name, type_ in taken:
        if kind == "path":
            address = world.address(path, **{name: quote(NUL)})
            yield {"url": address, "params": known, "json": body}
        elif kind == "query":
            yield {"url": url, "params": {**known, name: NUL}, "json": body}
        else:
            for member, schema in type_.model_json_schema()["properties"].items():
                lists = (
                    [[NUL], [{"language": NUL, "source": NUL}]] if "array" in str(schema) else []
                )
                for value in (NUL, *lists):
                    yield {"url": url, "params": known, "json": {**(body or {}), member: value}}


def test_routes_take_it_or_refuse_it(over_postgres: Service) -> None:
    lines = {(method, path): roles for method, path, _, *roles in LINES}
    world = make_world(over_postgres)
    found: dict[str, int] = {}
    for method, path, taken in routes(over_postgres.settings):
        if path.startswith("/api/v1/"):
            path = path.removeprefix("/api/v1")
            # As a user with the right to do it: others are refused before any look-up.
            role = min(ROLES, key=lambda role: lines[method, path][ROLES.index(role)])
            http = world.people[role].http
            found |= statuses(http, method, of_route(world, method, path, taken))
    assert faults(found) == {}
    assert len(found) > 200


def test_pages_take_it_or_refuse_it(over_postgres: Service) -> None:
    boss = over_postgres.account("admin")
    owned = membership.create_team(over_postgres.db, boss.id, f"team-{boss.name}")
    plan = PracticePlan("Week 2", ("maxsubarray",))
    made = practice.create_practice(over_postgres.db, owned, plan, by=boss.id).id
    team = owned.slug
    found: dict[str, int] = {}
    with Browser(over_postgres.url) as browser:
        browser.sign_in_as(over_postgres, boss)
        browser.http.follow_redirects = False
        token = browser.open("/tokens").form("/tokens").fields[FIELD]
        for method, path, taken in routes(over_postgres.settings):
            if not path.startswith("/api/v1/") and path != LAST:
                known = {
                    name: made if "/sets/" in path else "x"
                    for kind, name, _ in taken
                    if kind == "path"
                }
                known |= {"slug": team if path.startswith("/teams") else "maxsubarray"}
                requests = of_page(path, known, token, taken)
                found |= statuses(browser.http, method, requests)
        # The browser is still signed in.
        assert browser.open("/tokens").status == 200
    assert faults(found) == {}
    assert len(found) > 150


def of_page(
    path: str, known: dict[str, str], token: str, taken: list[tuple[str, str, Any]]
) -> Iterator[dict[str, Any]]:
    """The same of a page, whose bodies are forms."""
    names = {name for kind, name, _ in taken if kind == "body"} - {"file"}
    fields = {name: RIGHT.get(name, "") for name in names}
    form = {**fields, FIELD: token} if fields else None
    for kind, name, _ in taken:
        if kind == "path":
            yield {"url": path.format(**{**known, name: quote(NUL)}), "data": form}
        elif kind == "query":
            yield {"url": path.format(**known), "params": {name: NUL}, "data": form}
        elif name in fields and form:
            yield {"url": path.format(**known), "data": {**form, name: NUL}}
