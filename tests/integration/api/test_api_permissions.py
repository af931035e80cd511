"""Every route of the API and every role, with the status that each must get.

The routes are read from the app: one without a line here fails. A line names the scope that a token
needs (`-`: none, everybody may), then the statuses for the user who owns the object, a stranger, a
team mate, the team's owner, and an admin. Without a token, or with an expired one, the status is
401; with a token that lacks the scope, 403. Each call that may change something gets a new world.
"""

import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts

from api.main import create_app
from judge import monitoring
from judge.accounts import users
from judge.errors import NotFoundError
from judge.interviews import sittings
from judge.settings import Settings
from judge.submissions import drafts, rejudges
from judge.submissions.batches import Source, send_batch
from judge.teams import interviews as assignments
from judge.teams import invitations, membership, practice
from judge.teams.practice import PracticePlan
from judge.uploads import lifecycle as uploads
from judge.webhooks import hooks
from judge.webhooks.hooks import EventKind, HookPlan
from tests.integration.api.service import Account, Service
from tests.support.content import set_aside
from tests.support.sittings import add_interview

ROLES = ("user", "stranger", "mate", "owner", "admin")
TABLE = """
POST   /users                               -      201 201 201 201 201
GET    /users/me                            read   200 200 200 200 200
DELETE /users/me                            account  422 422 422 422 422
GET    /users/me/export                     account  200 200 200 200 200
GET    /users/me/mistakes                   read   200 200 200 200 200
PUT    /users/me/password                   account  422 422 422 422 422
GET    /users/me/preferences                read   200 200 200 200 200
PUT    /users/me/preferences                account  200 200 200 200 200
GET    /users/{name}                        -      200 200 200 200 200
POST   /tokens                              -      401 401 401 401 401
GET    /tokens                              read   200 200 200 200 200
DELETE /tokens/{id}                         read   204 404 404 404 404
POST   /session                             -      401 401 401 401 401
DELETE /session                             read   204 204 204 204 204
POST   /users/me/claim                      read   409 409 409 409 409
GET    /problems                            -      200 200 200 200 200
GET    /problems/{slug}                     -      200 200 200 200 200
GET    /problems/{slug}/files/{name:path}    -      404 404 404 404 404
GET    /problems/{slug}/runtimes            read   200 200 200 200 200
GET    /problems/{slug}/solutions           read   403 403 409 403 403
POST   /problems                            admin  403 403 403 403 415
GET    /rejudges                            admin  403 403 403 403 200
GET    /rejudges/{id}                       admin  403 403 403 403 200
DELETE /rejudges/{id}                       admin  403 403 403 403 204
POST   /rejudges/{id}/apply                 admin  403 403 403 403 200
GET    /uploads                             admin  403 403 403 403 200
GET    /uploads/{id}                        admin  403 403 403 403 200
POST   /uploads/{id}/publish                admin  403 403 403 403 409
GET    /uploads/{id}/events                 admin  403 403 403 403 200
GET    /problems/{slug}/leaderboard         -      200 200 200 200 200
GET    /leaderboard                         -      200 200 200 200 200
GET    /leaderboard/events                  -      200 200 200 200 200
POST   /problems/{slug}/submissions         submit 202 202 202 202 202
POST   /problems/{slug}/runs                submit 202 202 202 202 202
POST   /runs:batch                          submit 202 202 202 202 202
GET    /batches/{id}                        read   200 404 404 404 200
GET    /batches/{id}/events                 read   200 404 404 404 200
GET    /problems/{slug}/drafts/{language}   read   200 404 404 404 404
PUT    /problems/{slug}/drafts/{language}   submit 200 200 200 200 200
DELETE /problems/{slug}/drafts/{language}   submit 204 204 204 204 204
GET    /submissions                         read   200 200 200 200 200
GET    /submissions/{id}                    read   200 404 404 404 200
GET    /submissions/{id}/events             read   200 404 404 404 200
GET    /submissions/{id}/reproduction       read   404 404 404 404 404
POST   /submissions/{id}/rejudge            admin  403 403 403 403 202
POST   /submissions/{id}/retry              admin  403 403 403 403 202
POST   /submissions/{id}/cancel             admin  403 403 403 403 204
GET    /submissions/{id}/trace              admin  403 403 403 403 200
POST   /problems/{slug}/rejudge             admin  403 403 403 403 202
POST   /teams                               teams  201 201 201 201 201
GET    /teams                               read   200 200 200 200 200
GET    /teams/{slug}                        read   404 404 200 200 200
DELETE /teams/{slug}                        teams  404 404 403 204 403
PUT    /teams/{slug}/owner                  teams  404 404 403 200 403
GET    /teams/{slug}/members                read   404 404 200 200 200
GET    /teams/{slug}/activity               read   404 404 200 200 200
POST   /teams/{slug}/members                teams  201 201 409 409 201
DELETE /teams/{slug}/members/{user}         teams  404 404 204 204 403
POST   /teams/{slug}/invitations            teams  404 404 403 201 403
GET    /teams/{slug}/invitations            read   404 404 200 200 200
GET    /teams/{slug}/invitations/preview    read   200 200 409 409 200
DELETE /teams/{slug}/invitations/{id}       teams  404 404 403 204 403
GET    /teams/{slug}/leaderboard            read   404 404 200 200 200
GET    /teams/{slug}/leaderboard/events     read   404 404 200 200 200
GET    /teams/{slug}/events                 read   404 404 200 200 404
GET    /teams/{slug}/sets                   read   404 404 200 200 200
POST   /teams/{slug}/sets                   teams  404 404 403 201 403
GET    /teams/{slug}/sets/{id}              read   404 404 200 200 200
PUT    /teams/{slug}/sets/{id}              teams  404 404 403 200 403
DELETE /teams/{slug}/sets/{id}              teams  404 404 403 204 403
GET    /teams/{slug}/interviews             read   404 404 200 200 200
POST   /teams/{slug}/interviews             teams  404 404 403 201 403
DELETE /teams/{slug}/interviews/{name}      teams  404 404 403 204 403
GET    /interviews                          -      200 200 200 200 200
POST   /interviews/{name}/sittings          submit 201 201 409 201 201
GET    /sittings                            read   200 200 200 200 200
GET    /sittings/{id}                       read   404 404 200 200 200
POST   /sittings/{id}/advance               submit 404 404 200 404 404
GET    /sittings/{id}/report                read   404 404 409 409 409
GET    /paths                               -      200 200 200 200 200
GET    /admin/users                         admin  403 403 403 403 200
GET    /admin/users/{name}                  admin  403 403 403 403 200
PATCH  /admin/users/{name}                  admin  403 403 403 403 200
GET    /admin/queues                        admin  403 403 403 403 200
GET    /admin/queues/history                admin  403 403 403 403 200
GET    /admin/workers                       admin  403 403 403 403 200
GET    /admin/pause                         admin  403 403 403 403 200
PUT    /admin/pause                         admin  403 403 403 403 200
DELETE /admin/pause                         admin  403 403 403 403 204
PUT    /admin/workers/{id}/draining         admin  403 403 403 403 204
DELETE /admin/workers/{id}/draining         admin  403 403 403 403 204
GET    /admin/audit                         admin  403 403 403 403 200
POST   /admin/invitations                   admin  403 403 403 403 201
GET    /admin/invitations                   admin  403 403 403 403 200
DELETE /admin/invitations/{id}              admin  403 403 403 403 204
GET    /admin/problems                      admin  403 403 403 403 200
GET    /admin/problems/{slug}/versions      admin  403 403 403 403 200
PUT    /admin/problems/{slug}/withdrawn     admin  403 403 403 403 204
DELETE /admin/problems/{slug}/withdrawn     admin  403 403 403 403 204
POST   /webhooks                            account  201 201 201 201 201
GET    /webhooks                            read   200 200 200 200 200
GET    /webhooks/{id}                       read   200 404 404 404 404
DELETE /webhooks/{id}                       account  204 404 404 404 404
POST   /webhooks/{id}/test                  account  202 404 404 404 404
GET    /webhooks/{id}/deliveries            read   200 404 404 404 404
POST   /webhooks/{id}/deliveries/{delivery}/resend account 202 404 404 404 404
GET    /languages                           -      200 200 200 200 200
GET    /errors                              -      200 200 200 200 200
GET    /errors/{name}                       -      200 200 200 200 200
GET    /healthz                             -      200 200 200 200 200
GET    /readyz                              -      200 200 200 200 200
GET    /metrics                             -      200 200 200 200 200
"""
LINES = [line.split() for line in TABLE.strip().splitlines()]
NOT_OURS = ("/api/v1/openapi.json",)
CODE = {"language": "python3", "source": "pass"}
PLAN = PracticePlan("Week 1", ("maxsubarray",))


@dataclass
class World:
    """One object of each kind: users by role, and the values for paths and bodies."""

    people: dict[str, Account]
    team: str
    ids: dict[str, str]
    bodies: dict[str, dict[str, Any]]
    queries: dict[str, dict[str, str]]
    interview: str

    def call(self, http: httpx.Client, method: str, path: str) -> int:
        """Return the status that the route answers to the client `http`."""
        body = self.bodies.get(f"{method} {path}")
        query = self.queries.get(f"{method} {path}")
        with http.stream(method, self.address(path), json=body, params=query) as answer:
            return answer.status_code

    def address(self, path: str, **others: str) -> str:
        """Return a route's path with the ids of existing objects, or with `others`."""
        known = {
            "slug": self.team if path.startswith("/teams") else problem_of(path),
            "language": "python3",
            "name": self.name_in(path),
            "user": self.people["mate"].name,
            "delivery": self.ids["delivery"],
            "id": next((id for start, id in self.ids.items() if path.startswith(start)), ""),
        }
        plain = path.replace(":path}", "}")  # a parameter that may hold slashes
        return plain.format(**{**known, **others})

    def name_in(self, path: str) -> str:
        """Return the value for the path's parameter `{name}`."""
        if path.startswith("/errors"):
            return "invalid"
        return self.interview if "/interviews" in path else self.people["user"].name


def problem_of(path: str) -> str:
    """For routes that withdraw or rejudge a problem, another one than other tests need."""
    return "lorainit" if path.endswith(("/withdrawn", "/rejudge")) else "maxsubarray"


def make_world(service: Service) -> World:
    people = {role: service.account("admin" if role == "admin" else "user") for role in ROLES}
    user, mate, owner = people["user"], people["mate"], people["owner"]
    team = membership.create_team(service.db, owner.id, f"team-{owner.name}")
    word, made_invitation = invitations.invite_to_team(service.db, team, by=owner.id, max_uses=9)
    invitations.join_team(service.db, team.slug, mate.id, word)
    made = practice.create_practice(service.db, team, PLAN, by=owner.id)
    _, token = users.issue_token(service.db, user.id)
    _, account_invitation = invitations.invite_to_service(
        service.db, by=people["admin"].id, ttl_s=5
    )
    interview = add_interview(service.db, ("maxsubarray",))
    assignments.assign(service.db, team, interview, by=owner.id)
    sitting = sittings.start(service.db, mate.id, interview)
    submission = user.submitted()
    batch, _ = send_batch(service.db, user.id, "maxsubarray", [Source("python3", "pass")])
    drafts.keep_draft(service.db, user.id, "maxsubarray", "python3", "pass")
    upload = uploads.store(
        service.db, user_id=mate.id, file_name="a.zip", dry_run=True, archive=io.BytesIO(b"PK")
    )
    told = HookPlan("https://hooks.invalid/", [EventKind.ACCEPTED])
    _, hook = hooks.create_hook(service.db, user.id, told)
    plan = {"name": "Week 2", "problems": ["maxsubarray"]}
    who = {"name": f"new-{user.name}", "password": "correct horse"}
    wrong = {"name": user.name, "password": "wrong horse"}
    return World(
        people,
        team.slug,
        {
            "/tokens": token.id,
            "/submissions": submission,
            "/batches": batch,
            "/teams/{slug}/invitations": made_invitation.id,
            "/teams/{slug}/sets": made.id,
            "/admin/invitations": account_invitation.id,
            "/admin/workers": "w",
            "/uploads": upload,
            "/sittings": sitting.id,
            "/webhooks": hook.id,
            "delivery": set_aside(service.db, user.id, hook.id),
            "/rejudges": rejudges.begin(service.db, "lorainit", people["admin"].id)[0],
        },
        {
            "POST /users": who,
            "PUT /users/me/password": {"old_password": "x" * 8, "new_password": "y"},
            "PUT /users/me/preferences": {"theme": "dark"},
            "POST /tokens": wrong,
            "POST /users/me/claim": who,
            "POST /session": wrong,
            "POST /problems/{slug}/submissions": CODE,
            "POST /problems/{slug}/runs": CODE,
            "POST /runs:batch": {"problem": "longestsubarray", "sources": [CODE]},
            "PUT /problems/{slug}/drafts/{language}": {"source": "pass"},
            "POST /teams": {"name": f"another-{user.name}"},
            "PUT /teams/{slug}/owner": {"user": mate.name},
            "POST /teams/{slug}/members": {"invite": word},
            "POST /teams/{slug}/invitations": {},
            "POST /teams/{slug}/sets": plan,
            "POST /teams/{slug}/interviews": {
                "interview": add_interview(service.db, ("lorainit",))
            },
            "POST /sittings/{id}/advance": {"round": 1},
            "PUT /teams/{slug}/sets/{id}": plan,
            "PATCH /admin/users/{name}": {"banned": True},
            "POST /admin/invitations": {},
            "PUT /admin/pause": {},
            "POST /webhooks": {"url": "https://hooks.invalid/", "events": ["accepted"]},
        },
        {"GET /teams/{slug}/invitations/preview": {"invite": word}},
        interview,
    )


@pytest.fixture(scope="module")
def world(service: Service) -> World:
    """A world for requests that change nothing."""
    return make_world(service)


def test_every_route_has_a_line(settings: Settings) -> None:
    routes = {
        (method, route.path.removeprefix("/api/v1"))
        for route in iter_route_contexts(create_app(settings).routes)
        if route.path and route.path.startswith("/api/v1/") and route.path not in NOT_OURS
        for method in route.methods or ()
    }
    assert sorted(routes) == sorted((line[0], line[1]) for line in LINES)


@pytest.mark.parametrize("line", LINES, ids=lambda line: " ".join(line[:2]))
def test_each_role_gets_what_it_may(service: Service, world: World, line: list[str]) -> None:
    method, path, _, *statuses = line
    found = {}
    for role, status in zip(ROLES, statuses, strict=True):
        # A refusal changes nothing, and making a world takes a dozen transactions.
        changes = method != "GET" and status not in ("403", "404")
        place = make_world(service) if changes else world
        found[role] = place.call(place.people[role].http, method, path)
        with suppress(NotFoundError):  # no more than so many may be open at once
            invitations.revoke_to_service(service.db, place.ids["/admin/invitations"])
        if path.endswith("/withdrawn"):
            boss = place.people["admin"].id
            monitoring.withdraw_problem(service.db, problem_of(path), by=boss, withdrawn=False)
    assert found == dict(zip(ROLES, map(int, statuses), strict=True))


def outsiders(service: Service, world: World, scope: str) -> Iterator[tuple[httpx.Client, int]]:
    """Clients without a sufficient token, and the status that they must get."""
    yield service.http, 401
    admin = world.people["admin"].id
    expired, _ = users.issue_token(service.db, admin, ttl_s=-1)
    yield service.client(expired), 401
    revoked, token = users.issue_token(service.db, admin)
    users.revoke_token(service.db, admin, token.id)
    yield service.client(revoked), 401
    yield service.client("shousi_of_nobody"), 401
    others = [one for one in ("read", "submit", "teams", "account", "admin") if one != scope]
    lacking, _ = users.issue_token(service.db, admin, scopes=others)
    yield service.client(lacking), 403


@pytest.mark.parametrize(
    "line", [line for line in LINES if line[2] != "-"], ids=lambda line: " ".join(line[:2])
)
def test_a_token_must_work_and_have_the_scope(
    service: Service, world: World, line: list[str]
) -> None:
    method, path, scope, *_ = line
    for http, status in outsiders(service, world, scope):
        assert world.call(http, method, path) == status


@pytest.mark.parametrize(
    "line", [line for line in LINES if line[2] == "-"], ids=lambda line: " ".join(line[:2])
)
def test_what_is_for_everybody_needs_no_token(
    service: Service, world: World, line: list[str]
) -> None:
    method, path, _, status, *_ = line
    assert world.call(service.http, method, path) == int(status)


def test_a_role_counts_from_the_moment_it_changes(
    service: Service, boss: Account, ada: Account
) -> None:
    given, _ = users.issue_token(service.db, ada.id)
    http = service.client(given)
    assert http.get("/admin/queues").status_code == 403
    change = f"/admin/users/{ada.name}"
    assert boss.http.patch(change, json={"role": "admin"}).status_code == 200
    assert http.get("/admin/queues").status_code == 403  # the token was made for a user
    promoted, _ = users.issue_token(service.db, ada.id)
    admin = service.client(promoted)
    assert admin.get("/admin/queues").status_code == 200
    assert boss.http.patch(change, json={"role": "user"}).status_code == 200
    assert admin.get("/admin/queues").status_code == 403
    assert boss.http.patch(change, json={"banned": True}).status_code == 200
    assert http.get("/users/me").status_code == 401
    said = boss.http.get("/admin/audit").json()["items"][:3]
    assert [one["data"] for one in said] == [
        {"banned": True},
        {"role": ["admin", "user"]},
        {"role": ["user", "admin"]},
    ]
    assert {(one["actor"], one["target"]) for one in said} == {(boss.name, ada.name)}
