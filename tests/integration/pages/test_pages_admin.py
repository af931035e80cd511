"""An admin at work in pages: users, invitations, problems, rejudges, the queue and the log."""

from collections.abc import Iterator

import pytest

from judge import workers
from judge.db.models import Worker
from judge.problems import versions
from judge.submissions import rejudges
from judge.verdict import Verdict
from tests.integration.api.service import Service
from tests.integration.pages.browser import Browser


@pytest.fixture
def boss(service: Service) -> Iterator[Browser]:
    """A browser in which an admin is signed in."""
    with Browser(service.url) as browser:
        browser.sign_in_as(service, service.account("admin"))
        yield browser


def test_roles_and_bans(service: Service, boss: Browser, ada: Browser) -> None:
    page = boss.open("/admin/users")
    there = f"/admin/users/{ada.user}"
    assert f"/admin/users/{boss.user}" not in [form.action for form in page.forms]
    page = boss.send(page, there, role="admin")
    assert f"{ada.user} Admin" in page.text
    page = boss.send(page, there, role="user")
    page = boss.send(page, there, banned="yes")
    assert f"{ada.user} banned" in page.text
    assert "/sign-in" in str(ada.open("/submissions").answer.url)
    page = boss.send(page, there, banned="no")
    assert f"{ada.user} banned" not in page.text
    own = boss.send(page, there, to=f"/admin/users/{boss.user}", banned="yes")
    assert (own.status, "You can't change your own role" in own.text) == (409, True)
    log = boss.open("/admin/log").text
    assert log.count(f"{boss.user}changeUser{ada.user}") == 4


def test_an_invitation_makes_an_account_possible(boss: Browser, visitor: Browser) -> None:
    page = boss.send(boss.open("/admin/invitations"), "/admin/invitations", num_uses="3")
    assert page.answer.headers["Cache-Control"] == "no-store"
    link = page.html.partition('readonly value="')[2].partition('"')[0]
    assert "/sign-in?invite=" in link
    assert visitor.open(link).status == 200
    assert link not in boss.open("/admin/invitations").html
    revoke = next(form.action for form in page.forms if form.action.endswith("/revoke"))
    assert "0 / 3" in page.text
    assert "0 / 3" not in boss.send(page, revoke).text
    log = boss.open("/admin/log").text
    assert "createAccountInvitation" in log
    assert "revokeAccountInvitation" in log


def test_a_problem_is_withdrawn_and_brought_back(boss: Browser, visitor: Browser) -> None:
    page = boss.open("/admin/problems")
    page = boss.send(page, "/admin/problems/lorainit/withdraw")
    assert visitor.open("/problems/lorainit").status == 404
    assert "lorainit" in page.text
    page = boss.send(page, "/admin/problems/lorainit/bring-back")
    assert visitor.open("/problems/lorainit").status == 200
    shown = boss.open("/admin/problems/lorainit")
    assert "came with Shousi" in shown.text
    assert boss.open("/admin/problems/nothing").status == 404


def test_a_rejudge_is_looked_at_and_dropped(service: Service, boss: Browser, ada: Browser) -> None:
    sender = service.account()
    sent = sender.submit("lorainit", language="pytorch").json()
    service.judge(sent["id"], Verdict.WA)
    page = boss.send(
        boss.open("/admin/problems"),
        "/admin/problems/lorainit/withdraw",
        to="/admin/problems/lorainit/rejudge",
    )
    assert "Nothing counts yet" in page.text
    there = page.answer.url.path
    assert "lorainit" in boss.open("/admin/rejudges").text
    early = boss.send(page, f"{there}/apply")
    assert early.status == 409
    assert "wait until all are" in early.text
    boss.send(early, f"{there}/apply", to=f"{there}/drop")
    assert boss.open(there).status == 404
    assert there.rpartition("/")[2] not in [one.id for one in rejudges.list_rejudges(service.db)]


def test_the_queue_shows_what_waits(service: Service, boss: Browser) -> None:
    service.account().submitted()
    page = boss.open("/admin/queue")
    assert "Oldest waits" in page.text
    assert "interactive" in page.text
    with Browser(service.url, "zh") as browser:
        browser.sign_in_as(service, service.account("admin"))
        assert "最久等待" in browser.open("/admin/queue").text


def test_a_worker_that_fell_silent_is_told_for_an_hour(service: Service, boss: Browser) -> None:
    for pid, ago_s in ((101, 0), (102, 1800), (103, 7200)):
        workers.register(service.db, id=f"w-{pid}", host="judge", pid=pid, languages=[])
        with service.db.write() as session:
            row = session.get_one(Worker, f"w-{pid}")
            row.seen_at -= ago_s
    page = boss.open("/admin/queue").text
    assert [f"judge-{pid}" in page for pid in (101, 102, 103)] == [True, True, False]
    assert page.count("Silent for over a minute") == 1
    admin = service.account("admin").http
    told = {}
    for silent in (False, True):
        found = admin.get("/admin/workers", params={"silent": silent}).json()
        told[silent] = {one["pid"]: one["alive"] for one in found if one["host"] == "judge"}
    assert told == {False: {101: True}, True: {101: True, 102: False}}
    for pid in (101, 102, 103):
        workers.gone(service.db, f"w-{pid}")


def test_versions_tell_who_sent_them(service: Service) -> None:
    (only,) = versions.list_versions(service.db, "maxsubarray")
    assert (only.number, only.user, only.file_name) == (1, "", "")
    known = {one.slug: one for one in versions.known_problems(service.db)}
    assert known["maxsubarray"].version == 1
