"""An admin at work in pages: users, invitations, problems, rejudges, the queue and the log."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select, update

from judge import leases, workers
from judge.accounts import users
from judge.db.background_models import RejudgeItem
from judge.db.models import Judging, Worker
from judge.problems import versions
from judge.submissions import lifecycle, rejudges
from judge.submissions.lifecycle import Claim, Progress
from judge.teams import invitations
from judge.verdict import Verdict
from tests.integration.api.service import Service, judged, results
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
    # Pressing the button twice begins only one rejudge.
    page, again = (
        boss.send(
            boss.open("/admin/problems"),
            "/admin/problems/lorainit/withdraw",
            to="/admin/problems/lorainit/rejudge",
        )
        for _ in range(2)
    )
    assert "Nothing counts yet" in page.text
    there = page.answer.url.path
    assert again.answer.url.path == there
    assert "lorainit" in boss.open("/admin/rejudges").text
    early = boss.send(page, f"{there}/apply")
    assert early.status == 409
    assert "wait until all are" in early.text
    id = there.rpartition("/")[2]
    with service.db.read() as session:
        query = select(RejudgeItem.after_id).where(RejudgeItem.rejudge_id == id)
        for judging_id in session.scalars(query).all():
            held = lifecycle.claim(service.db, judging_id, worker="w", lease_s=60, max_attempts=3)
            assert held is not None
            progress = Progress(total=1, results={1: results(Verdict.AC)[0]})
            assert lifecycle.finish(service.db, held, judged(Verdict.AC), progress)
    ready = boss.open(there)
    assert "version 1 → version 1" in ready.text
    assert "Applying changes" in ready.text
    assert f"{sender.name} 0 → 1 points, rank" in ready.text
    boss.send(ready, f"{there}/apply", to=f"{there}/drop")
    assert boss.open(there).status == 404
    assert id not in [one.id for one in rejudges.list_rejudges(service.db)]


def test_one_submission_is_judged_again(service: Service, boss: Browser) -> None:
    sender = service.account()
    sent = sender.submit("maxsubarray").json()
    there = f"/submissions/{sent['id']}"
    again = f"/admin{there}/rejudge"
    # While it is being judged, it can't be judged again.
    assert again not in [form.action for form in boss.open(there).forms]
    service.judge(sent["id"], Verdict.WA)
    page = boss.send(boss.open(there), again)
    assert (page.status, page.answer.url.path) == (200, there)
    assert 'data-state="queued"' in page.html
    service.judge(sent["id"], Verdict.AC)
    assert "Accepted" in boss.open(there).text
    assert f"rejudgeSubmission{again}" in boss.open("/admin/log").text
    body = {"language": "python3", "source": "pass"}
    run = sender.http.post("/problems/maxsubarray/runs", json=body).json()
    service.judge(run["id"], Verdict.AC)
    of_run = f"/admin/submissions/{run['id']}/rejudge"
    assert boss.send(boss.open(there), again, to=of_run).status == 422
    # Who sent it may read the page, but not ask for that.
    with Browser(service.url) as mine:
        mine.sign_in_as(service, sender)
        shown = mine.open(there)
        assert again not in [form.action for form in shown.forms]
        assert mine.send(shown, "/preferences", to=again).status == 403


def test_the_queue_shows_what_waits(service: Service, boss: Browser) -> None:
    service.account().submitted()
    page = boss.open("/admin/queue")
    assert "Oldest waits" in page.text
    assert "interactive" in page.text
    with Browser(service.url, "zh") as browser:
        browser.sign_in_as(service, service.account("admin"))
        assert "最长等待" in browser.open("/admin/queue").text


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


def test_what_a_silent_worker_held_is_followed(service: Service, boss: Browser) -> None:
    def claim(submission_id: str, worker: str) -> Claim:
        view = lifecycle.read_submission(service.db, submission_id)
        assert view is not None
        taken = lifecycle.claim(
            service.db, view.judging_id, worker=worker, lease_s=60, max_attempts=2
        )
        assert taken is not None
        return taken

    def fall_silent(*ids: str) -> None:
        with service.db.write() as session:
            now = service.db.now(session)
            for id in ids:
                session.get_one(Worker, id).seen_at = now - 120
            held = Judging.worker.in_([f"{id}/message" for id in ids])
            session.execute(update(Judging).where(held).values(lease_until=now - 1))
        lifecycle.requeue_stale(service.db, max_attempts=2, stale_s=60, stale_per_queued_s=1)

    for id in ("w-201", "w-202"):
        workers.register(service.db, id=id, host="judge", pid=int(id[2:]), languages=[])
    sender = service.account()
    waits, moved, given_up = (sender.submitted() for _ in range(3))
    claim(given_up, "w-3/message")
    lifecycle.release_lost(service.db, worker="w-3/message", reason="x", max_attempts=2)
    for one in (waits, moved, given_up):
        claim(one, "w-201/message")
    fall_silent("w-201")
    taken = claim(moved, "w-202/message")
    progress = Progress(total=5, results={1: results(Verdict.AC)[0]})
    assert lifecycle.record(service.db, taken, progress)
    admin = service.account("admin").http
    found = admin.get("/admin/workers", params={"silent": True}).json()
    told = {one["id"]: one for one in found}
    assert told["w-201"]["running"] == told["w-202"]["lost"] == []
    held = {one["submission"]: (one["state"], one["requeued_to"]) for one in told["w-201"]["lost"]}
    assert held == {
        waits: ("queued", None),
        moved: ("judging", "w-202"),
        given_up: ("done", None),
    }
    (running,) = told["w-202"]["running"]
    assert (running["tests_done"], running["total_tests"]) == (1, 5)
    assert (running["language"], running["purpose"]) == ("python3", "submission")
    page = boss.open("/admin/queue").text
    for words in ("test 1 of 5", "now at w-202", "waits again", "given up"):
        assert words in page
    # When the worker reports again, it no longer holds anything.
    workers.seen(service.db, "w-201")
    found = admin.get("/admin/workers").json()
    assert next(one for one in found if one["id"] == "w-201")["lost"] == []
    for id in ("w-201", "w-202"):
        workers.gone(service.db, id)


def test_judging_is_paused_and_goes_on(service: Service, boss: Browser, ada: Browser) -> None:
    page = boss.open("/admin/queue")
    page = boss.send(page, "/admin/pause", reason="The disk is changed.")
    try:
        assert "Judging is paused." in page.text
        assert f"by {boss.user}: The disk is changed." in page.text
        problem = ada.open("/problems/maxsubarray")
        sent = ada.send(problem, "/problems/maxsubarray/submissions", source="pass")
        assert "Judging is paused: submissions wait until it is resumed." in sent.text
    finally:
        page = boss.send(page, "/admin/resume")
    assert "Judging is paused." not in page.text
    page = boss.send(page, "/admin/workers/w/draining")
    assert "drained: it can be stopped" in page.text
    page = boss.send(page, "/admin/workers/w/draining")
    assert "drained" not in page.text
    log = boss.open("/admin/log").text
    assert log.count(f"{boss.user}drainWorkerw") == 2
    assert log.count(f"{boss.user}pauseJudging") == 1


def test_a_submission_that_is_stuck_is_seen_to(service: Service, boss: Browser) -> None:
    author = service.account()
    sent = author.submitted()
    lost = service.claim(sent)
    page = boss.open(f"/submissions/{sent}")
    page = boss.send(page, f"/admin/submissions/{sent}/retry")
    assert not leases.renew(service.db, lost.lease, 5)
    page = boss.send(page, f"/admin/submissions/{sent}/cancel")
    assert "An admin stopped the judging" in page.text
    assert f"/admin/submissions/{sent}/cancel" not in [form.action for form in page.forms]


@pytest.mark.parametrize("name", ["keys", "main"])
def test_what_somebody_is_called_names_no_part_of_a_page(
    service: Service, boss: Browser, name: str
) -> None:
    users.create_admin(service.db, name)
    page = boss.open("/admin/users")
    ids = re.findall(r'\sid="([^"]+)"', page.html)
    assert len(ids) == len(set(ids))
    # The page scrolls to whoever was changed.
    changed = boss.send(page, f"/admin/users/{name}", role="user")
    assert f'<tr id="{changed.answer.url.fragment}"' in changed.html


def test_the_log_tells_reasons_as_they_were_written(boss: Browser) -> None:
    boss.send(boss.open("/admin/queue"), "/admin/pause", reason="维护 <b>&")
    try:
        assert '{"reason": "维护 <b>&"}' in boss.open("/admin/log").text
    finally:
        boss.send(boss.open("/admin/queue"), "/admin/resume")


def test_an_invitation_that_is_refused_keeps_its_numbers(service: Service, boss: Browser) -> None:
    by = service.account("admin").id
    open_before = len(invitations.list_invitations(service.db, None))
    for _ in range(invitations.MAX_OPEN - open_before):
        invitations.invite_to_service(service.db, by=by, ttl_s=60, max_uses=1)
    page = boss.open("/admin/invitations")
    refused = boss.send(page, "/admin/invitations", num_uses="9", num_days="3")
    assert (refused.status, "revoke some first" in refused.text) == (409, True)
    kept = refused.form("/admin/invitations").fields
    assert (kept["num_uses"], kept["num_days"]) == ("9", "3")
    for one in invitations.list_invitations(service.db, None):
        invitations.revoke_to_service(service.db, one.id)
