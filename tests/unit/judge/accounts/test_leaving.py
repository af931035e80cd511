"""Deleting an account deletes that user's data, and no data of others."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from judge.accounts import management, retention, users
from judge.accounts.export import exported_files
from judge.accounts.leaving import Code, delete_account
from judge.audit import list_acts, note_act
from judge.background_jobs import claim_next
from judge.boards.rebuild import rebuild
from judge.boards.views import read_board
from judge.db import models
from judge.db.interview_models import Sitting
from judge.db.session import Database
from judge.db.team_models import Team
from judge.db.webhook_models import Webhook
from judge.errors import ConflictError, ForbiddenError
from judge.interviews import sittings
from judge.states import Purpose
from judge.submissions import drafts, lifecycle
from judge.submissions.batches import Source, send_batch
from judge.submissions.lifecycle import Progress, Submittal, read_submission
from judge.teams import invitations, membership, practice
from judge.teams.practice import PracticePlan
from judge.verdict import Verdict
from judge.webhooks import hooks
from judge.webhooks.hooks import EventKind, HookPlan
from tests.support.content import (
    add_problem,
    add_user,
    one_result,
    requeue_stale,
    run_lease_out,
    store,
    submit,
    sure_claim,
    verdict,
)
from tests.support.sittings import add_interview
from tests.unit.judge.boards.test_keeping import contents

ACCEPTED = EventKind.ACCEPTED


@pytest.fixture
def ann(db: Database) -> str:
    add_problem(db)
    return add_user(db, "ann")


def solve(db: Database, user_id: str) -> str:
    sent = submit(db, user_id, "print(1)")
    sure_claim(db, sent.judging_id)
    run_lease_out(db, sent.judging_id)
    requeue_stale(db)
    held = sure_claim(db, sent.judging_id)
    assert lifecycle.finish(db, held, verdict(), Progress(total=1, results={1: one_result()}))
    return sent.id


def run(db: Database, user_id: str) -> str:
    submittal = Submittal(user_id, "sum", "python3", "print(2)", Purpose.RUN, own_input="3 4")
    sent = store(db, submittal)
    assert lifecycle.finish(db, sure_claim(db, sent.judging_id), verdict())
    return sent.id


def on_board(db: Database) -> list[str]:
    return [row.user for row in read_board(db).rows]


@pytest.mark.parametrize("code", Code)
def test_who_leaves_is_nobody(db: Database, ann: str, code: Code) -> None:
    eve = add_user(db, "eve")
    mine, theirs = solve(db, ann), solve(db, eve)
    tried = run(db, ann)
    drafts.keep_draft(db, ann, "sum", "python3", "pass")
    team = membership.create_team(db, eve, "Friday")
    word, _ = invitations.invite_to_team(db, team, by=eve)
    invitations.join_team(db, team.slug, ann, word)
    secret, _ = users.issue_token(db, ann)
    assert sorted(on_board(db)) == ["ann", "eve"]

    delete_account(db, ann, code)

    assert on_board(db) == ["eve"]
    rebuild(db)
    assert on_board(db) == ["eve"]
    assert [one.user for one in membership.list_members(db, team)] == ["eve"]
    assert users.principals_of(db, [(secret, users.TokenKind.BEARER)]) == [None]
    with db.read() as session:
        row = session.get_one(models.User, ann)
        assert row.name.startswith("deleted-")
        assert (row.password_hash, row.theme, row.language) == ("", None, None)
        assert session.scalars(select(models.Draft)).all() == []
    view = read_submission(db, mine)
    if code is Code.KEEP:
        assert view is not None
        assert (view.user, view.source) == (row.name, "print(1)")
    else:
        assert view is None
        assert read_submission(db, tried) is None
    assert read_submission(db, theirs) is not None
    # The name is free again.
    assert add_user(db, "ann") != ann


@pytest.mark.parametrize(
    "change", [{"banned": False}, {"role": users.Role.ADMIN}, {"address": "x@example.org"}]
)
def test_what_was_deleted_is_not_brought_back(
    db: Database, ann: str, change: dict[str, Any]
) -> None:
    boss = users.create_admin(db, "boss")
    solve(db, ann)
    delete_account(db, ann, Code.KEEP)
    with db.read() as session:
        name = session.get_one(models.User, ann).name
    seen = management.find_account(db, name)
    with pytest.raises(ConflictError, match="This account was deleted"):
        management.change_account(db, seen, by=boss.id, **change)
    assert on_board(db) == []
    # Somebody else may take the same name.
    users.create_user(db, "deleted-0123456789abcdef", "correct horse battery")
    other = management.find_account(db, "deleted-0123456789abcdef")
    assert management.change_account(db, other, by=boss.id, banned=True).banned_at is not None


def test_nobody_leaves_what_others_need(db: Database, ann: str) -> None:
    boss = users.create_admin(db, "boss")
    with pytest.raises(ConflictError, match="the only admin"):
        delete_account(db, boss.id, Code.KEEP)
    team = membership.create_team(db, ann, "Friday")
    with pytest.raises(ConflictError, match=f"hand them over.*{team.slug}"):
        delete_account(db, ann, Code.KEEP)
    membership.delete_team(db, team, by=ann)
    sent = submit(db, ann)
    with pytest.raises(ConflictError, match="is being judged"):
        delete_account(db, ann, Code.DELETE)
    assert users.find_user(db, "ann") is not None
    assert lifecycle.finish(db, sure_claim(db, sent.judging_id), verdict())
    delete_account(db, ann, Code.DELETE)
    assert users.find_user(db, "ann") is None


def test_all_that_is_ones_own_is_exported(db: Database, ann: str) -> None:
    eve = add_user(db, "eve")
    mine, theirs, tried = solve(db, ann), solve(db, eve), run(db, ann)
    drafts.keep_draft(db, ann, "sum", "python3", "pass # later")
    users.issue_token(db, ann, "laptop")
    files = dict(exported_files(db, ann))
    assert set(files) == {
        "account.json",
        "drafts/sum-python3.py",
        f"submissions/{mine}.py",
        f"submissions/{mine}.json",
        f"submissions/{tried}.py",
        f"submissions/{tried}.json",
        f"submissions/{tried}.in",
    }
    assert not any(theirs in name for name in files)
    account = json.loads(files["account.json"])
    assert (account["name"], account["tokens"][0]["label"]) == ("ann", "laptop")
    assert json.loads(files[f"submissions/{mine}.json"])["verdict"] == "AC"
    assert files[f"submissions/{mine}.py"] == b"print(1)"
    assert files[f"submissions/{tried}.in"] == b"3 4"
    assert files["drafts/sum-python3.py"] == b"pass # later"


def test_ones_interviews_are_exported_as_they_may_be_seen(db: Database, ann: str) -> None:
    eve = add_user(db, "eve")
    add_problem(db, "task")
    name = add_interview(db, ("task",))
    sitting, theirs = sittings.start(db, ann, name), sittings.start(db, eve, name)
    sent = submit(db, ann, slug="task")
    assert lifecycle.finish(db, sure_claim(db, sent.judging_id), verdict())
    files = dict(exported_files(db, ann))
    assert [path for path in files if theirs.id in path] == []
    exported = json.loads(files[f"interviews/{sitting.id}.json"])
    assert exported["interview"] == name
    (task,) = exported["rounds"][0]["tasks"]
    assert [one["id"] for one in task["sent"]] == [sent.id]
    # The round runs: the verdict is sealed.
    assert task["sent"][0]["verdict"] is None


def test_what_is_old_is_forgotten(db: Database, ann: str) -> None:
    kept, old, new = solve(db, ann), run(db, ann), run(db, ann)
    waiting = store(db, Submittal(ann, "sum", "python3", "print(2)", Purpose.RUN))
    with db.write() as session:
        then = db.now(session) - 1000
        aged = models.Submission.id.in_([kept, old, waiting.id])
        session.execute(update(models.Submission).where(aged).values(created_at=then))
        note_act(db, session, ann, "changeUser", "old")
    assert not retention.forget_sent(db, 500, Purpose.RUN)
    assert read_submission(db, old) is None
    assert all(read_submission(db, one) is not None for one in (kept, new, waiting.id))
    retention.forget_acts(db, 500)
    assert [one.target for one in list_acts(db).items] == ["old"]
    retention.forget_acts(db, -1)
    assert list_acts(db).items == ()


def test_who_sat_an_interview_leaves_with_it(db: Database, ann: str) -> None:
    add_problem(db, "task")
    sittings.start(db, ann, add_interview(db, ("task",)))
    sent = submit(db, ann, slug="task")
    assert lifecycle.finish(db, sure_claim(db, sent.judging_id), verdict())
    delete_account(db, ann, Code.DELETE)
    assert read_submission(db, sent.id) is None
    assert sittings.list_sittings(db, ann) == []


@pytest.mark.parametrize("code", Code)
def test_who_leaves_is_on_no_board_of_a_team(db: Database, ann: str, code: Code) -> None:
    owner = add_user(db, "owner")
    team = membership.create_team(db, owner, "Friday group")
    word, _ = invitations.invite_to_team(db, team, by=owner)
    invitations.join_team(db, team.slug, ann, word)
    practice.create_practice(db, team, PracticePlan("first", ["sum"]), by=owner)
    for member in (owner, ann):
        solve(db, member)
    delete_account(db, ann, code)
    kept = contents(db)
    rebuild(db)
    assert contents(db) == kept


def test_nobody_looks_for_the_mistakes_of_who_has_left(db: Database, ann: str) -> None:
    wrong = replace(verdict(Verdict.WA), undiagnosed=True)
    assert lifecycle.finish(db, sure_claim(db, submit(db, ann).judging_id), wrong)
    delete_account(db, ann, Code.DELETE)
    assert claim_next(db, worker="w", lease_s=30.0, max_attempts=3) is None


@pytest.mark.parametrize(
    "act",
    [
        lambda db, ann: submit(db, ann),
        lambda db, ann: send_batch(db, ann, "sum", [Source("python3", "pass")]),
        lambda db, ann: drafts.keep_draft(db, ann, "sum", "python3", "pass"),
        lambda db, ann: membership.create_team(db, ann, "Friday group"),
        lambda db, ann: hooks.create_hook(db, ann, HookPlan("https://example.org", [ACCEPTED])),
        lambda db, ann: sittings.start(db, ann, "first"),
    ],
)
def test_what_comes_after_the_account_is_closed_is_not_stored(
    db: Database, ann: str, act: Callable[[Database, str], object]
) -> None:
    """The request's token was checked before, and the request was slower than the deletion of the
    account.
    """
    add_interview(db, ("sum",), name="first")
    delete_account(db, ann, Code.DELETE)
    with pytest.raises(ForbiddenError):
        act(db, ann)
    with db.read() as session:
        for table in (models.Submission, models.Draft, Team, Webhook, Sitting):
            assert session.scalars(select(table)).all() == []


def test_nobody_joins_a_team_after_the_account_is_closed(db: Database, ann: str) -> None:
    owner = add_user(db, "owner")
    team = membership.create_team(db, owner, "Friday group")
    word, _ = invitations.invite_to_team(db, team, by=owner)
    delete_account(db, ann, Code.DELETE)
    with pytest.raises(ForbiddenError):
        invitations.join_team(db, team.slug, ann, word)
    assert [one.user for one in membership.list_members(db, team)] == ["owner"]
