"""Which messages are sent to which webhooks, and when a failed one is tried again."""

import io
import json
from typing import Any

import pytest
from sqlalchemy import select, update

from judge.accounts.export import exported_files
from judge.accounts.leaving import Code, delete_account
from judge.accounts.users import Role
from judge.background_jobs import ChoreKind, claim_next
from judge.db import models
from judge.db.session import Database
from judge.db.team_models import TeamEvent
from judge.db.webhook_models import Delivery, Webhook
from judge.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from judge.ids import new_id
from judge.interviews import sittings
from judge.states import Purpose
from judge.submissions import lifecycle
from judge.submissions.lifecycle import Submittal
from judge.teams import events, invitations, membership
from judge.teams.membership import Team
from judge.uploads import lifecycle as uploads
from judge.uploads.outcome import refusal
from judge.verdict import Verdict
from judge.webhooks import deliveries, hooks
from judge.webhooks.deliveries import MAX_ATTEMPTS, Attempted, Claimed, claim_due, record
from judge.webhooks.hooks import EventKind, HookPlan
from tests.support.content import (
    add_problem,
    add_user,
    set_aside,
    store,
    submit,
    sure_claim,
    verdict,
)
from tests.support.sittings import add_interview

URL = "https://example.org/hook"
OK = Attempted(204)
FAILED = Attempted(500, "answered 500")


@pytest.fixture
def ann(db: Database) -> str:
    add_problem(db)
    return add_user(db, "ann")


def hook(db: Database, user_id: str, *kinds: EventKind, **more: Any) -> str:
    _, made = hooks.create_hook(db, user_id, HookPlan(URL, kinds, **more), is_admin=True)
    return made.id


def judge(db: Database, user_id: str, found: Verdict = Verdict.AC, slug: str = "sum") -> str:
    sent = submit(db, user_id, slug=slug)
    assert lifecycle.finish(db, sure_claim(db, sent.judging_id), verdict(found))
    return sent.id


def team_of(db: Database, owner: str, *members: str) -> Team:
    team = membership.create_team(db, owner, "Friday group")
    for member in members:
        word, _ = invitations.invite_to_team(db, team, by=owner)
        invitations.join_team(db, team.slug, member, word)
    return team


def told(db: Database, hook_id: str) -> list[dict[str, Any]]:
    """The messages for a webhook, oldest first, each as its type and data."""
    with db.read() as session:
        rows = session.scalars(
            select(Delivery).where(Delivery.webhook_id == hook_id).order_by(Delivery.id)
        )
        messages = [json.loads(row.body) for row in rows]
    return [{"type": one["type"], **one["data"]} for one in messages]


def make_due(db: Database) -> None:
    with db.write() as session:
        session.execute(update(Delivery).values(due_at=0.0))


def due(db: Database) -> Claimed:
    claimed = claim_due(db, "test")
    assert claimed is not None
    return claimed


def seen(db: Database, user_id: str, hook_id: str) -> list[tuple[str, int, str]]:
    found, _ = deliveries.list_deliveries(db, user_id, hook_id)
    return [(one.state, one.attempts, one.error) for one in found]


def test_an_accepted_submission_is_told_once_and_nothing_else_is(db: Database, ann: str) -> None:
    mine = hook(db, ann, EventKind.ACCEPTED)
    others = hook(db, add_user(db, "eve"), EventKind.ACCEPTED)
    judge(db, ann, Verdict.WA)
    run = store(db, Submittal(ann, "sum", "python3", "pass", Purpose.RUN))
    assert lifecycle.finish(db, sure_claim(db, run.judging_id), verdict())
    accepted = judge(db, ann)
    again = lifecycle.rejudge(db, accepted)
    assert lifecycle.finish(db, sure_claim(db, again.judging_id), verdict())
    (message,) = told(db, mine)
    assert message["type"] == "accepted"
    assert (message["user"], message["problem"]) == ("ann", "sum")
    assert (message["submission"], message["language"]) == (accepted, "python3")
    assert told(db, others) == []


def test_what_becomes_accepted_by_a_rejudge_is_told(db: Database, ann: str) -> None:
    mine = hook(db, ann, EventKind.ACCEPTED)
    again = lifecycle.rejudge(db, judge(db, ann, Verdict.WA))
    assert lifecycle.finish(db, sure_claim(db, again.judging_id), verdict())
    assert [one["type"] for one in told(db, mine)] == ["accepted"]


def test_a_verdict_that_is_lost_is_not_told(db: Database, ann: str) -> None:
    mine = hook(db, ann, EventKind.ACCEPTED)
    sent = submit(db, ann)
    claim = sure_claim(db, sent.judging_id)
    assert lifecycle.finish(db, claim, verdict(Verdict.WA))
    assert not lifecycle.finish(db, claim, verdict())
    assert told(db, mine) == []


def test_a_team_is_told_of_members_and_of_its_order(db: Database, ann: str) -> None:
    bob = add_user(db, "bob")
    team = team_of(db, ann)
    both = hook(db, ann, EventKind.ACCEPTED, EventKind.BOARD, team=team.slug)
    word, _ = invitations.invite_to_team(db, team, by=ann)
    invitations.join_team(db, team.slug, bob, word)
    judge(db, bob)
    judge(db, bob)  # solved already: the order stays
    judge(db, ann)
    add_problem(db, "product")
    judge(db, ann, slug="product")
    messages = told(db, both)
    for message in messages:
        assert message.pop("team") == team.slug
        message.pop("submitted_at", None)
    accepted = {"type": "accepted", "user": "bob", "problem": "sum"}
    assert messages == [
        {"type": "board", "user": "bob", "joined": True},
        accepted,
        {"type": "board", "user": "bob", "rank": 1, "rank_before": 1, "score": 1},
        accepted,
        accepted | {"user": "ann"},
        {"type": "board", "user": "ann", "rank": 1, "rank_before": 2, "score": 1},
        accepted | {"user": "ann", "problem": "product"},
        {"type": "board", "user": "ann", "rank": 1, "rank_before": 1, "score": 2},
    ]


def test_a_team_is_not_told_what_leaves_its_order(db: Database, ann: str) -> None:
    team = team_of(db, ann, add_user(db, "bob"))
    judge(db, ann)
    board = hook(db, ann, EventKind.BOARD, team=team.slug)
    add_problem(db, "product")
    judge(db, ann, slug="product")  # first before, first now, and nobody beside
    assert told(db, board) == []


def test_nothing_of_an_interview_is_told(db: Database, ann: str) -> None:
    team = team_of(db, ann)
    mine = hook(db, ann, EventKind.ACCEPTED)
    of_team = hook(db, ann, EventKind.ACCEPTED, EventKind.BOARD, team=team.slug)
    sittings.start(db, ann, add_interview(db, ("sum",)))
    judge(db, ann)
    assert told(db, mine) == told(db, of_team) == []
    assert events.replay(db, team.id, 0) == []


def test_a_problem_s_board_is_told_of_who_comes_and_who_overtakes(db: Database, ann: str) -> None:
    board = hook(db, add_user(db, "eve"), EventKind.BOARD, problem="sum")
    judge(db, ann, Verdict.WA)
    first = judge(db, ann)
    judge(db, ann)
    lost = lifecycle.rejudge(db, first)
    assert lifecycle.finish(db, sure_claim(db, lost.judging_id), verdict(Verdict.WA))
    (entered,) = told(db, board)
    assert (entered["user"], entered["entered"], entered["problem"]) == ("ann", True, "sum")


def test_admins_alone_are_told_of_uploads(db: Database, ann: str) -> None:
    with pytest.raises(ForbiddenError):
        hooks.create_hook(db, ann, HookPlan(URL, [EventKind.UPLOAD]))
    mine = hook(db, ann, EventKind.UPLOAD)

    def refuse() -> None:
        archive = io.BytesIO(b"PK")
        uploads.store(db, user_id=ann, file_name="a.zip", dry_run=True, archive=archive)
        claim = claim_next(db, worker="w:1", lease_s=9, max_attempts=3, kinds=(ChoreKind.UPLOAD,))
        assert claim is not None
        assert uploads.refuse(db, claim, refusal("no zip"))

    refuse()
    assert told(db, mine) == []  # she is no admin, or is none any more
    with db.write() as session:
        session.get_one(models.User, ann).role = Role.ADMIN.value
    refuse()
    (message,) = told(db, mine)
    assert (message["type"], message["state"], message["file_name"]) == (
        "upload",
        "refused",
        "a.zip",
    )
    # What still waits is not sent to a former admin either.
    with db.write() as session:
        session.get_one(models.User, ann).role = "user"
    assert claim_due(db, "test") is None
    with db.write() as session:
        session.get_one(models.User, ann).role = "admin"
    assert claim_due(db, "test") is not None


def test_a_former_owner_is_told_nothing_more(db: Database, ann: str) -> None:
    bob = add_user(db, "bob")
    team = team_of(db, ann, bob)
    hook(db, ann, EventKind.ACCEPTED, team=team.slug)
    membership.hand_over(db, team, "bob", by=ann)
    judge(db, bob)
    assert hooks.list_hooks(db, ann) == []
    assert claim_due(db, "test") is None


@pytest.mark.parametrize(
    ("plan", "error"),
    [
        ({"kinds": [EventKind.BOARD]}, InvalidError),
        ({"kinds": []}, InvalidError),
        ({"kinds": [EventKind.ACCEPTED], "problem": "sum"}, InvalidError),
        ({"kinds": [EventKind.BOARD], "problem": "sum", "team": "a"}, InvalidError),
        ({"kinds": [EventKind.BOARD], "problem": "none"}, NotFoundError),
        ({"kinds": [EventKind.BOARD], "team": "none"}, NotFoundError),
        ({"kinds": [EventKind.BOARD], "team": "friday-group"}, NotFoundError),
    ],
)
def test_what_can_not_be_is_refused(
    db: Database, ann: str, plan: dict[str, Any], error: type[Exception]
) -> None:
    team_of(db, add_user(db, "eve"), ann)  # whose owner she is not
    with pytest.raises(error):
        hooks.create_hook(db, ann, HookPlan(URL, **plan))
    assert hooks.list_hooks(db, ann) == []


def test_one_has_so_many_and_no_more(db: Database, ann: str) -> None:
    for _ in range(hooks.MAX_HOOKS):
        last = hook(db, ann, EventKind.ACCEPTED)
    with pytest.raises(ConflictError, match="delete one first"):
        hook(db, ann, EventKind.ACCEPTED)
    hooks.delete_hook(db, ann, last)
    hook(db, ann, EventKind.ACCEPTED)


def test_what_is_taken_is_sent_once(db: Database, ann: str) -> None:
    mine = hook(db, ann, EventKind.ACCEPTED)
    judge(db, ann)
    claimed = due(db)
    assert seen(db, ann, mine) == [("sending", 1, "")]
    assert record(db, claimed, OK)
    assert seen(db, ann, mine) == [("delivered", 1, "")]
    assert not record(db, claimed, FAILED)
    assert claim_due(db, "test") is None


def test_what_fails_is_tried_again_and_set_aside_in_the_end(db: Database, ann: str) -> None:
    mine = hook(db, ann, EventKind.ACCEPTED)
    judge(db, ann)
    ids = set()
    for attempt in range(1, MAX_ATTEMPTS + 1):
        claimed = due(db)
        ids.add((claimed.id, claimed.body))
        assert record(db, claimed, FAILED)
        assert claim_due(db, "test") is None  # not before its pause is over
        if attempt < MAX_ATTEMPTS:
            assert seen(db, ann, mine) == [("waiting", attempt, "answered 500")]
            make_due(db)
    assert len(ids) == 1
    told = f"given up after {MAX_ATTEMPTS} attempts: answered 500"
    assert seen(db, ann, mine) == [("set_aside", MAX_ATTEMPTS, told)]
    make_due(db)
    assert claim_due(db, "test") is None


def test_a_lost_sender_s_message_is_sent_again_by_another(db: Database, ann: str) -> None:
    mine = hook(db, ann, EventKind.ACCEPTED)
    judge(db, ann)
    lost = due(db)
    assert claim_due(db, "test") is None  # its lease holds
    with db.write() as session:
        session.execute(update(Delivery).values(lease_until=0.0))
    assert claim_due(db, "test") is None  # it waits as after any failed attempt
    assert seen(db, ann, mine) == [("waiting", 1, "the sender was lost")]
    make_due(db)
    again = due(db)
    assert (again.id, again.attempt, again.body) == (lost.id, 2, lost.body)
    assert not record(db, lost, OK)  # whoever comes back late writes nothing
    assert record(db, again, OK)
    assert seen(db, ann, mine) == [("delivered", 2, "")]


def test_a_slow_receiver_keeps_nobody_else_waiting(db: Database, ann: str) -> None:
    eve = add_user(db, "eve")
    hook(db, ann, EventKind.ACCEPTED)
    hook(db, eve, EventKind.ACCEPTED)
    for who in (ann, ann, eve):
        judge(db, who)
    first, second = due(db), due(db)
    assert claim_due(db, "test") is None
    bodies = [json.loads(one.body)["data"]["user"] for one in (first, second)]
    assert bodies == ["ann", "eve"]
    assert record(db, first, OK)
    assert json.loads(due(db).body)["data"]["user"] == "ann"


def test_too_many_that_wait_are_set_aside_and_shown(
    db: Database, ann: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("judge.webhooks.telling.MAX_WAITING", 1)
    mine = hook(db, ann, EventKind.ACCEPTED)
    judge(db, ann)
    judge(db, ann)
    assert seen(db, ann, mine) == [("set_aside", 0, "1 messages wait already"), ("waiting", 0, "")]


def test_what_ended_long_ago_is_forgotten(db: Database, ann: str) -> None:
    mine = hook(db, ann, EventKind.ACCEPTED)
    judge(db, ann)
    assert record(db, due(db), OK)
    judge(db, ann)
    deliveries.forget_old(db)
    assert len(seen(db, ann, mine)) == 2
    with db.write() as session:
        session.execute(update(Delivery).values(due_at=1.0))
        session.execute(update(Delivery).where(Delivery.state == "done").values(finished_at=1.0))
    deliveries.forget_old(db)
    assert seen(db, ann, mine) == [("waiting", 0, "")]  # what still waits is not


def test_who_leaves_takes_webhooks_along_and_what_tells_of_them(db: Database, ann: str) -> None:
    bob = add_user(db, "bob")
    team = team_of(db, ann, bob)
    kept = hook(db, ann, EventKind.ACCEPTED, team=team.slug)
    secret, _ = hooks.create_hook(db, bob, HookPlan(URL, [EventKind.ACCEPTED]))
    judge(db, bob)
    (account,) = [data for path, data in exported_files(db, bob) if path == "account.json"]
    (exported,) = json.loads(account)["webhooks"]
    assert exported["url"] == URL
    assert secret not in account.decode()
    delete_account(db, bob, Code.KEEP)
    assert told(db, kept) == []
    with db.read() as session:
        assert session.scalars(select(Webhook.user_id)).all() == [ann]
    assert [one.kind for one in events.replay(db, team.id, 0)] == []


def test_a_team_s_webhooks_go_with_it(db: Database, ann: str) -> None:
    team = team_of(db, ann)
    hook(db, ann, EventKind.ACCEPTED, team=team.slug)
    judge(db, ann)
    membership.delete_team(db, team, by=ann)
    assert hooks.list_hooks(db, ann) == []


def test_a_banned_user_s_messages_are_not_sent(db: Database, ann: str) -> None:
    mine = hook(db, ann, EventKind.ACCEPTED)
    judge(db, ann)
    running = submit(db, ann)
    with db.write() as session:
        session.get_one(models.User, ann).banned_at = 1.0
    assert lifecycle.finish(db, sure_claim(db, running.judging_id), verdict(Verdict.AC))
    assert claim_due(db, "test") is None
    assert seen(db, ann, mine) == [("waiting", 0, "")]


def test_ids_of_others_webhooks_tell_nothing(db: Database, ann: str) -> None:
    mine, eve = hook(db, ann, EventKind.ACCEPTED), add_user(db, "eve")
    for attempt in (hooks.find_hook, hooks.delete_hook, deliveries.send_test):
        for wrong in (mine, new_id()):
            with pytest.raises(NotFoundError):
                attempt(db, eve, wrong)
    with pytest.raises(NotFoundError):
        deliveries.list_deliveries(db, eve, mine)


def test_one_test_at_a_time_is_sent(db: Database, ann: str) -> None:
    mine = hook(db, ann, EventKind.ACCEPTED)
    deliveries.send_test(db, ann, mine)
    with pytest.raises(ConflictError, match="on its way already"):
        deliveries.send_test(db, ann, mine)
    assert record(db, due(db), OK)
    deliveries.send_test(db, ann, mine)


def test_what_was_set_aside_is_sent_again_as_it_was(db: Database, ann: str) -> None:
    mine = hook(db, ann, EventKind.ACCEPTED)
    given_up = set_aside(db, ann, mine)
    assert claim_due(db, "test") is None
    waiting = deliveries.send_again(db, ann, mine, given_up)
    assert (waiting.id, waiting.state, waiting.attempts) == (given_up, "waiting", 0)
    with pytest.raises(ConflictError, match="set aside"):
        deliveries.send_again(db, ann, mine, given_up)
    first = due(db)
    assert (first.id, first.attempt) == (given_up, 1)
    assert json.loads(first.body)["type"] == "test"
    assert record(db, first, FAILED)  # it has as many attempts as a new one
    assert seen(db, ann, mine) == [("waiting", 1, "answered 500")]
    make_due(db)
    assert record(db, due(db), OK)
    assert seen(db, ann, mine) == [("delivered", 2, "")]
    with pytest.raises(ConflictError, match="set aside"):
        deliveries.send_again(db, ann, mine, given_up)


def test_others_messages_are_not_sent_again(db: Database, ann: str) -> None:
    eve = add_user(db, "eve")
    mine, hers = hook(db, ann, EventKind.ACCEPTED), hook(db, eve, EventKind.ACCEPTED)
    given_up = set_aside(db, ann, mine)
    for who, of in ((eve, mine), (eve, hers), (ann, hers)):
        with pytest.raises(NotFoundError):
            deliveries.send_again(db, who, of, given_up)
    with pytest.raises(NotFoundError, match="no such delivery"):
        deliveries.send_again(db, ann, mine, new_id())
    assert [one[0] for one in seen(db, ann, mine)] == ["set_aside"]


def test_no_more_wait_by_being_sent_again(
    db: Database, ann: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("judge.webhooks.telling.MAX_WAITING", 1)
    mine = hook(db, ann, EventKind.ACCEPTED)
    given_up = set_aside(db, ann, mine)
    judge(db, ann)
    with pytest.raises(ConflictError, match="wait already"):
        deliveries.send_again(db, ann, mine, given_up)


def counted(db: Database) -> deliveries.DeliveryCounts:
    with db.read() as session:
        return deliveries.count_deliveries(session, db.now(session), 300.0)


def test_what_could_be_sent_and_is_not_is_overdue(db: Database, ann: str) -> None:
    """Messages that wait for their next attempt or for their user's turn don't count, nor do a
    banned user's.
    """
    mine = hook(db, ann, EventKind.ACCEPTED)
    assert counted(db) == deliveries.DeliveryCounts(0, 0, 0, 0, 0.0)
    set_aside(db, ann, mine)
    judge(db, ann)
    judge(db, ann)
    sent = due(db)
    with db.write() as session:
        late = update(Delivery).where(Delivery.state == "queued")
        session.execute(late.values(due_at=db.now(session) - 500))
    assert counted(db) == deliveries.DeliveryCounts(1, 1, 0, 1, 0.0)
    assert record(db, sent, OK)
    found = counted(db)
    assert (found.waiting, found.sending, found.delivered, found.set_aside) == (1, 0, 1, 1)
    assert 500 <= found.overdue_s < 600
    assert record(db, due(db), FAILED)
    assert counted(db).overdue_s == 0.0
    make_due(db)
    assert counted(db).overdue_s > 600
    with db.write() as session:
        session.get_one(models.User, ann).banned_at = 1.0
    assert counted(db).overdue_s == 0.0


def test_old_events_of_a_team_are_forgotten(db: Database, ann: str) -> None:
    team = team_of(db, ann, add_user(db, "bob"))
    judge(db, ann)
    events.forget_old(db, kept_s=60.0)
    assert [one.kind for one in events.replay(db, team.id, 0)] == ["joined", "accepted", "board"]
    with db.write() as session:
        session.execute(update(TeamEvent).where(TeamEvent.kind != "board").values(at=0.0))
    events.forget_old(db, kept_s=60.0)
    assert [one.kind for one in events.replay(db, team.id, 0)] == ["board"]
