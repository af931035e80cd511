"""Interviews in pages, without JavaScript: start, submit, what is kept secret, the report."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import update

from judge.accounts import users
from judge.db import models
from judge.differences import Difference, Reason
from judge.interviews import sittings
from judge.submissions import lifecycle
from judge.submissions.lifecycle import Progress
from judge.verdict import Verdict
from tests.integration.api.service import (
    Service,
    add_problem,
    judged,
    problems_for_now,
    results,
)
from tests.integration.pages.browser import Browser, Page
from tests.support.sittings import add_interview, let_pass

SECRETS = ("01-big", "HIDDEN", "Try more", 'class="v tle"', "It sorts first.")


@pytest.fixture(scope="module", autouse=True)
def problems(service: Service) -> Iterator[None]:
    with problems_for_now(service):
        add_problem(service.db, "sittable")
        add_problem(service.db, "later")
        yield


def started(service: Service, browser: Browser) -> Page:
    name = add_interview(service.db, ("sittable",), ("later",))
    page = browser.send(browser.open("/interviews"), f"/interviews/{name}/start")
    assert page.answer.url.path.startswith("/sittings/")
    return page


def id_in(page: Page) -> str:
    return page.answer.url.path.rpartition("/")[2]


def submit(browser: Browser, slug: str) -> Page:
    page = browser.open(f"/problems/{slug}")
    return browser.send(page, f"/problems/{slug}/submissions", source="pass")


def fail(service: Service, id_: str) -> None:
    claim = service.claim(id_)
    for index, result in enumerate(results(Verdict.TLE), start=1):
        assert lifecycle.record(service.db, claim, Progress(total=2, results={index: result}))
    why = Difference(Reason.WRONG_ANSWER, {"test": "01-big"})
    told = replace(judged(Verdict.TLE), difference=why, diagnosis={"en": "It sorts first."})
    assert lifecycle.finish(service.db, claim, told)


def test_an_interview_is_sat_and_tells_no_more_than_it_may(service: Service, ada: Browser) -> None:
    page = started(service, ada)
    sitting = id_in(page)
    assert 'role="timer"' in page.html
    assert '<meta http-equiv="refresh" content="60' in page.html
    assert "what you submit now is refused" in ada.open("/problems/later").text
    assert "What you submit counts in the interview" in ada.open("/problems/sittable").text
    id_ = id_in(submit(ada, "sittable"))
    fail(service, id_)
    doors = {
        path: ada.open(path).html
        for path in (
            f"/submissions/{id_}",
            f"/submissions/{id_}/panel/events",
            f"/submissions/{id_}/panel/events?details=1",
            f"/problems/sittable?submission={id_}",
            "/submissions",
            "/problems",
            "/problems/sittable/solvers",
            "/leaderboard",
            f"/users/{ada.user}",
            f"/sittings/{sitting}",
            f"/sittings/{sitting}/report",
            "/interviews",
        )
    }
    leaks = {door: secret for door, text in doors.items() for secret in SECRETS if secret in text}
    assert leaks == {}
    assert "The hidden tests reject it" in doors[f"/submissions/{id_}"]
    assert "1 of 1 samples pass" in doors[f"/problems/sittable?submission={id_}"]
    let_pass(service.db, sitting, 601)
    assert "It sorts first." in ada.open(f"/submissions/{id_}").text
    second = ada.open(f"/sittings/{sitting}")
    assert "2 / 2" in second.text
    ended = ada.send(second, f"/sittings/{sitting}/advance")
    assert ended.answer.url.path == f"/sittings/{sitting}/report"
    assert "This is a known mistake" in ended.text
    assert "It sorts first." in ended.text
    assert "Nothing was submitted" in ended.text


def test_what_comes_too_late_is_refused_and_stays_in_the_editor(
    service: Service, ada: Browser
) -> None:
    sitting = id_in(started(service, ada))
    page = ada.open("/problems/sittable")
    let_pass(service.db, sitting, 601)
    late = ada.send(page, "/problems/sittable/submissions", source="print('kept')")
    assert (late.status, "Nothing was stored" in late.text) == (409, True)
    assert "print(&#39;kept&#39;)" in late.html
    # The button of a page that still shows the first round can't end another round.
    shown = ada.open(f"/sittings/{sitting}")
    stale = ada.send(shown, f"/sittings/{sitting}/advance", round="1")
    assert (stale.status, "Nothing was ended" in stale.text) == (409, True)
    running = sittings.read_sitting(service.db, sitting).running
    assert running is not None
    assert running.position == 2
    name = add_interview(service.db, ("sittable",))
    # The page offers no second one; a form from before does, and is told why not.
    other = ada.send(shown, f"/sittings/{sitting}/advance", to=f"/interviews/{name}/start")
    assert (other.status, "You are already taking the interview" in other.text) == (409, True)


def test_a_team_s_owner_gives_one_and_sees_the_results(
    service: Service, ada: Browser, eve: Browser
) -> None:
    name = add_interview(service.db, ("sittable",))
    team = ada.send(ada.open("/teams"), "/teams", name=f"Team {ada.user}")
    there = team.answer.url.path
    given = ada.send(team, f"{there}/interviews", interview=name)
    assert "An interview" in given.text
    again = ada.send(given, f"{there}/interviews", interview=name)
    assert (again.status, "already" in again.text) == (409, True)
    user = users.find_user(service.db, ada.user)
    assert user is not None
    sitting = sittings.start(service.db, user.id, name)
    assert f"{ada.user}0 / 1 runs" in ada.open(there).text
    assert eve.open(f"/sittings/{sitting.id}").status == 404
    taken = ada.send(ada.open(there), f"{there}/interviews/{name}/withdraw")
    assert "No interview was assigned to this team" in taken.text


def test_pages_of_interviews_are_in_chinese_too(service: Service, ada: Browser) -> None:
    ada.http.headers["Accept-Language"] = "zh"
    page = started(service, ada)
    assert "本轮剩余时间" in page.text
    assert "面试" in page.text
    let_pass(service.db, id_in(page), 1201)
    report = ada.open(f"/sittings/{id_in(page)}")
    assert "没有提交" in report.text
    refused = submit(ada, "later")
    assert (refused.status, "没有保存任何内容" in refused.text) == (409, True)


def test_the_list_of_problems_shows_paths_and_how_far_one_is(
    service: Service, ada: Browser, visitor: Browser
) -> None:
    for slug, after in (("pathfirst", []), ("pathsecond", ["pathfirst"])):
        add_problem(service.db, slug)
        with service.db.write() as session:
            version = update(models.ProblemVersion).where(models.ProblemVersion.sha256 == slug)
            session.execute(version.values(tags=["on-a-path"], extras={"prerequisites": after}))
    service.judge(id_in(submit(ada, "pathfirst")))
    page = ada.open("/problems")
    assert re.search(r"on-a-path ?1 / 2 ?Solved: Pathfirst", page.text)
    assert '<a class="chip" href="/problems/pathsecond" aria-current="step">' in page.html
    assert re.search(r"on-a-path ?Pathfirst Pathsecond", visitor.open("/problems").text)
    # A user who searches for it finds it at once.
    assert "Learning paths" not in ada.open("/problems", tag="on-a-path").text
