"""What pages show, with no JavaScript: the same facts as the API, in both languages."""

import re

import pytest
from sqlalchemy import select

from judge.db.models import Problem
from judge.monitoring import withdraw_problem
from judge.teams import invitations, membership
from judge.verdict import Verdict
from tests.integration.api.service import Account, Service
from tests.integration.pages.browser import Browser

PATHS = (
    "/",
    "/problems",
    "/problems/maxsubarray",
    "/problems/maxsubarray/solvers",
    "/leaderboard",
    "/sign-in",
    "/nowhere",
)
OWN = ("/submissions", "/teams", "/tokens")


@pytest.mark.parametrize("path", PATHS + OWN)
def test_every_page_is_under_the_policy_and_loads_nothing_foreign(ada: Browser, path: str) -> None:
    page = ada.open(path)
    policy = page.answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'; ")
    assert page.answer.headers["X-Content-Type-Options"] == "nosniff"
    loaded = re.findall(r'(?:src|href)="((?!/|#)[^"]*)"', page.html)
    assert not loaded
    inline = r"""\son\w+=|\sstyle=|javascript:|<script(?! src| type="application/json")"""
    assert not re.search(inline, page.html)
    for form in page.forms:
        assert form.method == "get" or form.fields["form_token"]
    assert len(re.findall(r"<h1\b", page.html)) in (1, 2)


def test_static_files_are_kept_for_good_and_named_after_their_content(visitor: Browser) -> None:
    page = visitor.open("/")
    addresses = set(re.findall(r'"(/static/[^"]+)"', page.html))
    assert len(addresses) >= 3
    for address in addresses:
        answer = visitor.http.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]


def test_a_page_of_another_release_gets_this_ones_files_and_keeps_none(visitor: Browser) -> None:
    """While a release replaces another, the process that draws a page may not be the one that is
    asked for its files."""
    page = visitor.open("/")
    for address in set(re.findall(r'"(/static/[^"]+)"', page.html)):
        _, _, version, name = address.split("/")
        here = visitor.http.get(address)
        there = visitor.http.get(f"/static/{version[::-1]}/{name}")
        assert (there.status_code, there.text) == (200, here.text)
        assert there.headers["Cache-Control"] == "no-store"
        told = here.headers["Content-Type"], here.headers["Content-Security-Policy"]
        assert told == (there.headers["Content-Type"], there.headers["Content-Security-Policy"])
    # No process of any release names these.
    for nothing in (f"{version}/nothing.css", f"{version[::-1]}/nothing.css", "0/app.css"):
        assert visitor.http.get(f"/static/{nothing}").status_code == 404


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [("gzip", True), ("br, *;q=0.5", True), ("gzip;q=0", False), ("br", False), ("", False)],
)
def test_a_static_file_is_packed_for_who_takes_that(
    visitor: Browser, accepted: str, packed: bool
) -> None:
    (address,) = re.findall(r'"(/static/[^"]+/app.css)"', visitor.open("/").html)
    answer = visitor.http.get(address, headers={"Accept-Encoding": accepted})
    assert (answer.headers.get("Content-Encoding") == "gzip") is packed
    assert "box-sizing: border-box" in answer.text


def test_errors_are_pages_for_people_and_documents_for_programs(
    service: Service, visitor: Browser
) -> None:
    page = visitor.open("/problems/multihead")
    assert page.status == 404
    assert page.form("/problems").fields["q"] == "multihead"
    assert "traceback" not in page.text.lower()
    missing = service.http.get("/problems/multihead", headers={"Accept": "text/html"})
    assert missing.headers["Content-Type"] == "application/problem+json"
    wrong = visitor.http.put("/problems")
    assert (wrong.status_code, "text/html" in wrong.headers["Content-Type"]) == (405, True)


def test_filters_stand_in_the_address_and_say_how_many_they_leave(visitor: Browser) -> None:
    everything = visitor.open("/problems")
    assert all(title in everything.text for title in ("Maxsubarray", "Lorainit"))
    torch = visitor.open("/problems", kind="torch")
    assert "Lorainit" in torch.text
    assert "Maxsubarray" not in torch.text
    assert 'href="/problems?kind=torch&amp;tag=array"' in torch.html
    both = visitor.open("/problems", kind="torch", q="MAXSUB")
    assert "No problem matches" in both.text
    assert both.form("/problems").fields == {"q": "MAXSUB", "kind": "torch"}
    assert "<script>" not in visitor.open("/problems", q="<script>", tag='"><script>').html


def test_a_user_sees_how_far_they_are(service: Service, ada: Browser) -> None:
    account = Account(ada.user, "", service.http)
    assert "Where you stopped" not in ada.open("/problems").text
    with Browser(service.url) as browser:
        mine = service.account()
        browser.sign_in_as(service, mine)
        service.judge(mine.submitted(), Verdict.WA)
        page = browser.open("/problems")
        assert "Where you stopped" in page.text
        assert "Maxsubarray" in browser.open("/problems", state="tried").text
        service.judge(mine.submitted(), Verdict.AC)
        solved = browser.open("/problems", state="solved").text
        assert "Maxsubarray" in solved
        assert "1 of 3 solved" in solved
        assert mine.name in browser.open("/leaderboard").text
        assert mine.name in browser.open("/problems/maxsubarray/solvers").text
        profile = browser.open(f"/users/{mine.name}").text
        assert "2 submissions in the last year, 1 accepted" in profile
    assert account.name


def test_a_team_s_page_is_for_members_and_an_invitation_is_used_by_its_button(
    service: Service, ada: Browser
) -> None:
    owner = service.account()
    team = membership.create_team(service.db, owner.id, f"Team {owner.name}")
    word, _ = invitations.invite_to_team(service.db, team, by=owner.id)
    assert ada.open(f"/teams/{team.slug}").status == 404
    page = ada.open(f"/teams/{team.slug}/join", invite=word)
    assert ada.open(f"/teams/{team.slug}").status == 404
    there = ada.send(page, f"/teams/{team.slug}/join")
    assert (there.status, owner.name in there.text) == (200, True)
    assert team.name in ada.open("/teams").text
    assert ada.send(page, f"/teams/{team.slug}/join").status in (409, 410)


def test_a_team_is_made_by_its_form(ada: Browser) -> None:
    page = ada.open("/teams")
    assert "You are in no team" in page.text
    refused = ada.send(page, "/teams", name="a  !")
    assert refused.status == 422
    made = ada.send(refused, "/teams", name=f"Circle {ada.user}")
    assert made.status == 200
    assert "1 member" in made.text


def test_where_there_is_no_problem_at_all_the_list_says_so(service: Service, ada: Browser) -> None:
    with service.db.read() as session:
        slugs = session.scalars(select(Problem.slug).where(Problem.withdrawn_at.is_(None))).all()
    admin = service.account("admin").id
    try:
        for slug in slugs:
            withdraw_problem(service.db, slug, by=admin, withdrawn=True)
        nothing = ada.open("/problems")
        assert "There is no problem yet" in nothing.text
        assert "Take one filter away" not in nothing.text
    finally:
        for slug in slugs:
            withdraw_problem(service.db, slug, by=admin, withdrawn=False)
    assert "Take one filter away" in ada.open("/problems", q="nowhere").text
