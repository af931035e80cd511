"""Every page, with the status that each kind of reader gets.

A line names a route, then the statuses for a visitor, a user, and the user who owns the object.
Forms are sent as another site's page would send them: with the cookie, without the form's token.
"""

import pytest
from fastapi.routing import iter_route_contexts

from api.main import create_app
from judge.interviews import sittings
from judge.settings import Settings
from judge.teams import membership
from tests.integration.api.service import Service
from tests.integration.pages.browser import Browser
from tests.support.sittings import add_interview

TABLE = """
GET   /                                    200 200 200
GET   /static/{version}/{name}             404 404 404
GET   /split/{percent}.css                 200 200 200
GET   /problems                            200 200 200
GET   /problems/{slug}                     200 200 200
GET   /problems/{slug}/solvers             200 200 200
POST  /problems/{slug}/submissions         403 403 403
POST  /problems/{slug}/runs                403 403 403
GET   /submissions                         303 200 200
GET   /submissions/{id}                    303 404 200
GET   /submissions/{id}/panel              303 404 200
GET   /submissions/{id}/panel/events       303 404 200
GET   /submissions/{id}/tensor             303 404 404
GET   /settled/submissions                 303 204 204
GET   /settled/problems                    303 204 204
GET   /leaderboard                         200 200 200
GET   /leaderboard/events                  200 200 200
GET   /teams                               303 200 200
POST  /teams                               401 403 403
GET   /teams/{slug}                        303 404 200
GET   /teams/{slug}/events                 303 404 200
GET   /teams/{slug}/join                   303 404 404
POST  /teams/{slug}/join                   401 403 403
POST  /teams/{slug}/members/{name}/remove  401 403 403
POST  /teams/{slug}/invitations            401 403 403
POST  /teams/{slug}/invitations/{id}/revoke 401 403 403
POST  /teams/{slug}/sets                   401 403 403
POST  /teams/{slug}/sets/{id}              401 403 403
POST  /teams/{slug}/sets/{id}/drop         401 403 403
POST  /teams/{slug}/owner                  401 403 403
POST  /teams/{slug}/delete                 401 403 403
POST  /teams/{slug}/interviews             401 403 403
POST  /teams/{slug}/interviews/{name}/withdraw 401 403 403
GET   /interviews                          200 200 200
POST  /interviews/{name}/start             401 403 403
GET   /sittings/{id}                       303 404 200
POST  /sittings/{id}/advance               401 403 403
GET   /sittings/{id}/report                303 404 409
GET   /tokens                              303 200 200
POST  /tokens                              401 403 403
POST  /tokens/{id}/revoke                  401 403 403
POST  /account/password                    401 403 403
POST  /account/delete                      401 403 403
GET   /users/{name}                        200 200 200
GET   /admin/uploads                       303 403 403
POST  /admin/uploads                       401 403 403
GET   /admin/uploads/{id}                  303 403 403
GET   /admin/uploads/{id}/events           303 403 403
POST  /admin/uploads/{id}/publish          401 403 403
GET   /admin/users                         303 403 403
POST  /admin/users/{name}                  401 403 403
GET   /admin/invitations                   303 403 403
POST  /admin/invitations                   401 403 403
POST  /admin/invitations/{id}/revoke       401 403 403
GET   /admin/log                           303 403 403
GET   /admin/problems                      303 403 403
GET   /admin/problems/{slug}               303 403 403
POST  /admin/problems/{slug}/withdraw      401 403 403
POST  /admin/problems/{slug}/bring-back    401 403 403
POST  /admin/problems/{slug}/rejudge       401 403 403
POST  /admin/submissions/{id}/rejudge      401 403 403
GET   /admin/rejudges                      303 403 403
GET   /admin/rejudges/{id}                 303 403 403
POST  /admin/rejudges/{id}/apply           401 403 403
POST  /admin/rejudges/{id}/drop            401 403 403
GET   /admin/queue                         303 403 403
POST  /admin/pause                         401 403 403
POST  /admin/resume                        401 403 403
POST  /admin/workers/{id}/draining         401 403 403
POST  /admin/submissions/{id}/retry        401 403 403
POST  /admin/submissions/{id}/cancel       401 403 403
GET   /sign-in                             200 200 200
POST  /sign-in                             403 403 403
GET   /sign-in/by/{provider}               404 404 404
GET   /sign-in/by/{provider}/back          404 404 404
POST  /sign-up                             403 403 403
POST  /sign-out                            403 403 403
POST  /preferences                         403 403 403
"""
LINES = [line.split() for line in TABLE.strip().splitlines()]
PROBES = {"/healthz", "/readyz", "/metrics"}


def test_every_page_has_a_line(settings: Settings) -> None:
    routes = {
        (method, route.path)
        for route in iter_route_contexts(create_app(settings).routes)
        if route.path and not route.path.startswith("/api/v1/") and route.path not in PROBES
        for method in route.methods or ()
    }
    assert sorted(routes) == sorted((line[0], line[1]) for line in LINES)


def status_of(browser: Browser, method: str, address: str) -> int:
    form = {"name": "x", "password": "y" * 8} if method == "POST" else None
    # A stream goes on for as long as it is read.
    with browser.http.stream(method, address, data=form, follow_redirects=False) as answer:
        return answer.status_code


@pytest.mark.parametrize("line", LINES, ids=lambda line: " ".join(line[:2]))
def test_each_gets_what_they_may(
    service: Service, visitor: Browser, eve: Browser, line: list[str]
) -> None:
    method, path, *statuses = line
    owner = service.account()
    team = membership.create_team(service.db, owner.id, f"team-{owner.name}")
    interview = add_interview(service.db, ("lorainit",))
    sitting = sittings.start(service.db, owner.id, interview)
    address = path.format(
        version="0",
        slug=team.slug if path.startswith("/teams") else "maxsubarray",
        id=sitting.id if path.startswith("/sittings") else owner.submitted(),
        percent=44,
        provider="nobody",
        name=owner.name if path.startswith("/users") else "app.css",
    )
    with Browser(service.url) as mine:
        mine.sign_in_as(service, owner)
        found = [status_of(browser, method, address) for browser in (visitor, eve, mine)]
    assert found == [int(status) for status in statuses]
