"""Verdicts are counted while other transactions change the same boards, without deadlocks. Only on
PostgreSQL: SQLite has one writer.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import cast

import pytest
from sqlalchemy import func, select, text, update

from judge.accounts import guests, management
from judge.accounts.leaving import Code, delete_account
from judge.accounts.users import create_admin
from judge.boards.keeping import lock_users, problem_changed
from judge.boards.rebuild import rebuild
from judge.boards.timing import add_timing
from judge.db.models import Draft, Event, Judging, Problem, ProblemVersion, Submission, User
from judge.db.session import Database
from judge.db.team_models import Team as TeamRow
from judge.errors import ConflictError, ForbiddenError, GoneError, NotFoundError
from judge.monitoring import withdraw_problem
from judge.problems.publish import lock_problem
from judge.submissions import by_hand, lifecycle, rejudges
from judge.submissions.drafts import keep_draft
from judge.submissions.lifecycle import Progress, Requeued
from judge.teams import invitations, membership, practice
from judge.teams.events import ADVISORY_LOCK, replay
from judge.teams.membership import Team
from judge.teams.practice import PracticePlan
from judge.verdict import Verdict
from tests.support.content import (
    add_problem,
    add_user,
    one_result,
    submit,
    sure_claim,
    verdict,
)
from tests.support.waiting import Act, begin
from tests.unit.judge.boards.test_keeping import contents

PASSWORD = "correct horse battery"


@pytest.fixture
def db(postgres_db: Database) -> Database:
    add_problem(postgres_db)
    return postgres_db


class World:
    """Ann owns a team with a set; Bob is its member and has a verdict to come; Eve is an admin."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.ann, self.bob = (add_user(db, name) for name in ("ann", "bob"))
        self.eve = create_admin(db, "eve").id
        self.guest = guests.create_guest(db).id
        self.team = self.team_of("Friday group")
        plan = PracticePlan("first", ["sum"])
        self.set = practice.create_practice(db, self.team, plan, by=self.ann)
        # Ann is first: when Bob's submission is accepted, the order of the team changes.
        assert lifecycle.finish(db, sure_claim(db, submit(db, self.ann).judging_id), verdict())

    def team_of(self, name: str) -> Team:
        team = membership.create_team(self.db, self.ann, name)
        invitations.join_team(self.db, team.slug, self.bob, self.word(team))
        return team

    def word(self, team: Team) -> str:
        return invitations.invite_to_team(self.db, team, by=self.ann)[0]

    def account(self, name: str) -> management.Account:
        return management.find_account(self.db, name)

    def publish(self) -> None:
        # As `publish_in` does.
        with self.db.write() as session:
            problem = lock_problem(self.db, session, "sum")
            session.get_one(ProblemVersion, "sum-1").difficulty = "hard"
            problem_changed(self.db, session, problem.id)

    def withdraw(self) -> None:
        withdraw_problem(self.db, "sum", by=self.eve, withdrawn=True)

    def ban(self) -> None:
        management.change_account(self.db, self.account("bob"), by=self.eve, banned=True)

    def leave(self) -> None:
        membership.remove_member(self.db, self.team, "bob", by=self.bob)

    def join(self) -> None:
        invitations.join_team(self.db, self.team.slug, self.eve, self.word(self.team))

    def hand_over(self) -> None:
        membership.hand_over(self.db, self.team, "bob", by=self.ann)

    def delete_team(self) -> None:
        membership.delete_team(self.db, self.team, by=self.ann)

    def change_set(self) -> None:
        plan = PracticePlan("second", ["sum"])
        practice.change_practice(self.db, self.team, self.set, plan, by=self.ann)

    def delete_set(self) -> None:
        practice.delete_practice(self.db, self.team, self.set.id, by=self.ann)

    def delete_account(self) -> None:
        delete_account(self.db, self.bob, Code.KEEP)

    def rebuild(self) -> None:
        rebuild(self.db)


def done_events(db: Database, judging_id: str) -> int:
    query = select(func.count()).where(Event.judging_id == judging_id, Event.kind == "done")
    with db.read() as session:
        return session.scalar(query) or 0


@pytest.mark.parametrize("verdict_first", [True, False])
@pytest.mark.parametrize(
    "act",
    [
        World.publish,
        World.withdraw,
        World.ban,
        World.leave,
        World.join,
        World.hand_over,
        World.delete_team,
        World.change_set,
        World.delete_set,
        World.delete_account,
        World.rebuild,
    ],
)
def test_a_verdict_waits_in_no_circle(
    db: Database, act: Callable[[World], None], verdict_first: bool
) -> None:
    """The verdict is about to be counted, and waits for its user's sums; the other transaction
    comes at that moment, or came before.
    """
    world = World(db)
    claimed = sure_claim(db, submit(db, world.bob).judging_id)
    with ThreadPoolExecutor() as pool:
        with db.write() as session:
            lock_users(db, session, [world.bob])
            acts: list[Act] = [lambda: lifecycle.finish(db, claimed, verdict()), lambda: act(world)]
            begun = begin(db, pool, *(acts if verdict_first else reversed(acts)))
        assert {one.result() for one in begun} == {True, None}
    assert done_events(db, claimed.judging_id) == 1
    kept = contents(db)
    rebuild(db)
    assert contents(db) == kept


@pytest.mark.parametrize("verdict_first", [True, False])
def test_a_guest_makes_an_account_while_the_verdict_comes(
    db: Database, verdict_first: bool
) -> None:
    guest = guests.create_guest(db)
    claimed = sure_claim(db, submit(db, guest.id).judging_id)
    with ThreadPoolExecutor() as pool:
        with db.write() as session:
            lock_users(db, session, [guest.id])
            acts: list[Act] = [
                lambda: lifecycle.finish(db, claimed, verdict()),
                lambda: guests.claim(db, guest.id, "Ada", PASSWORD),
            ]
            begun = begin(db, pool, *(acts if verdict_first else reversed(acts)))
        for one in begun:
            one.result()
    kept = contents(db)
    assert [row[2] for row in kept["board_row"] if row[0] == "all"] == [True]
    rebuild(db)
    assert contents(db) == kept


@pytest.mark.parametrize("by_hand_", [by_hand.cancel, by_hand.retry])
def test_an_admin_stops_a_judging_while_its_worker_writes(
    db: Database, by_hand_: Callable[..., object]
) -> None:
    ann, eve = add_user(db, "ann"), add_user(db, "eve")
    sent = submit(db, ann)
    claimed = sure_claim(db, sent.judging_id)
    progress = Progress(total=1, results={1: one_result()})
    with ThreadPoolExecutor() as pool:
        with db.write() as session:
            session.get(Judging, sent.judging_id, with_for_update={"key_share": True})
            begun = begin(
                db,
                pool,
                lambda: lifecycle.record(db, claimed, progress),
                lambda: by_hand_(db, sent.id, by=eve),
            )
        for one in begun:
            one.result()
    assert not lifecycle.finish(db, claimed, verdict())


def test_an_account_is_deleted_while_a_rejudge_is_applied(db: Database) -> None:
    ann, eve = add_user(db, "ann"), add_user(db, "eve")
    sent = submit(db, ann)
    assert lifecycle.finish(db, sure_claim(db, sent.judging_id), verdict())
    rejudge_id, (waiting,) = rejudges.begin(db, "sum", eve)
    assert lifecycle.finish(db, sure_claim(db, waiting.judging_id), verdict(Verdict.WA))
    with ThreadPoolExecutor() as pool:
        with db.write() as session:
            session.get(User, ann, with_for_update={"key_share": True})
            begun = begin(
                db,
                pool,
                lambda: delete_account(db, ann, Code.DELETE),
                lambda: rejudges.apply(db, rejudge_id),
            )
        for one in begun:
            one.result()
    assert contents(db)["judged"] == []


def test_an_account_is_deleted_while_a_submission_comes(db: Database) -> None:
    ann = add_user(db, "ann")
    keep_draft(db, ann, "sum", "python3", "pass")
    with ThreadPoolExecutor() as pool:
        with db.write() as session:
            session.get(Draft, (ann, "sum", "python3"), with_for_update={"key_share": True})
            deleted, sent = begin(
                db, pool, lambda: delete_account(db, ann, Code.DELETE), lambda: submit(db, ann)
            )
        deleted.result()
        with pytest.raises(ForbiddenError):
            sent.result()


def test_a_submission_comes_while_an_account_is_deleted(db: Database) -> None:
    ann = add_user(db, "ann")
    with ThreadPoolExecutor() as pool:
        with db.write() as session:
            session.get(Problem, "sum", with_for_update=True)
            sent, deleted = begin(
                db, pool, lambda: submit(db, ann), lambda: delete_account(db, ann, Code.DELETE)
            )
        sent.result()
        with pytest.raises(ConflictError):
            deleted.result()


def test_two_members_move_at_once(db: Database) -> None:
    """Bob is first when Ann's verdict is counted, so that her verdict changes nothing in the
    order.
    """
    ann, bob = add_user(db, "ann"), add_user(db, "bob")
    team = membership.create_team(db, ann, "Friday group")
    invitations.join_team(db, team.slug, bob, invitations.invite_to_team(db, team, by=ann)[0])
    add_problem(db, "max")
    with db.write() as session:
        session.get_one(ProblemVersion, "max-1").difficulty = "hard"
    claims = [
        sure_claim(db, submit(db, who, slug=slug).judging_id)
        for who, slug in ((bob, "max"), (ann, "sum"))
    ]
    with ThreadPoolExecutor() as pool:
        with db.write() as session:
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
            first, second = [
                begin(db, pool, partial(lifecycle.finish, db, one, verdict()))[0] for one in claims
            ]
        assert first.result()
        assert second.result()
    told = [one.data for one in replay(db, team.id, 0) if one.kind == "board"]
    assert [(one["user"], one["rank"]) for one in told] == [("bob", 1)]


@pytest.mark.parametrize("looked_at_first", [True, False])
def test_a_submission_is_deleted_while_its_problem_is_rejudged(
    db: Database, looked_at_first: bool
) -> None:
    ann, bob = add_user(db, "ann"), add_user(db, "bob")
    sent = [submit(db, who) for who in (ann, bob)]
    for one in sent:
        assert lifecycle.finish(db, sure_claim(db, one.judging_id), verdict())
    with ThreadPoolExecutor() as pool:
        with db.write() as session:
            session.get(Submission, sent[0].id, with_for_update=True)
            again, deleted = begin(
                db,
                pool,
                lambda: (
                    rejudges.begin(db, "sum", ann)[1]
                    if looked_at_first
                    else lifecycle.rejudge_problem(db, "sum")
                ),
                lambda: delete_account(db, bob, Code.DELETE),
            )
            assert deleted.done()
        queued = again.result()
    assert isinstance(queued, list)
    assert len(queued) == 1


def test_a_timing_comes_with_the_verdict_of_a_rejudge(db: Database) -> None:
    ann = add_user(db, "ann")
    sent = submit(db, ann)
    assert lifecycle.finish(db, sure_claim(db, sent.judging_id), verdict())
    again = sure_claim(db, lifecycle.rejudge(db, sent.id).judging_id)
    with ThreadPoolExecutor() as pool:
        with db.write() as session:
            lock_users(db, session, [ann])
            judged, timed = begin(
                db,
                pool,
                lambda: lifecycle.finish(db, again, verdict()),
                lambda: add_timing(db, sent.judging_id, 0.75),
            )
        assert judged.result()
        timed.result()
    kept = contents(db)
    rebuild(db)
    assert contents(db) == kept


def test_a_member_is_removed_while_they_delete_their_account(db: Database) -> None:
    world = World(db)
    keep_draft(db, world.bob, "sum", "python3", "pass")
    with ThreadPoolExecutor() as pool:
        with db.write() as session:
            session.get(Draft, (world.bob, "sum", "python3"), with_for_update={"key_share": True})
            deleted, removed = begin(
                db,
                pool,
                lambda: delete_account(db, world.bob, Code.DELETE),
                lambda: membership.remove_member(db, world.team, "bob", by=world.ann),
            )
        deleted.result()
        with pytest.raises(NotFoundError):
            removed.result()


@pytest.mark.parametrize("who", ["user", "guest"])
def test_a_preview_begins_while_submissions_are_deleted(db: Database, who: str) -> None:
    boss = add_user(db, "boss")
    ann = add_user(db, "ann") if who == "user" else guests.create_guest(db).id
    sent = submit(db, ann)
    assert lifecycle.finish(db, sure_claim(db, sent.judging_id), verdict())
    with db.write() as session:
        session.execute(update(User).where(User.id == ann).values(created_at=1.0))
    with ThreadPoolExecutor() as pool:
        with db.write() as session:
            # The deletion waits here, when it has looked at what refers to the submission.
            session.scalars(select(Event).with_for_update()).all()
            deleted, begun = begin(
                db,
                pool,
                lambda: delete_account(db, ann, Code.DELETE) if who == "user" else guests.sweep(db),
                lambda: rejudges.begin(db, "sum", boss),
            )
        deleted.result()
        _, queued = cast(tuple[str, list[Requeued]], begun.result())
    assert queued == []


@pytest.mark.parametrize("end", ["revoke", "delete"])
def test_an_invitation_is_used_while_it_ends(db: Database, end: str) -> None:
    world = World(db)
    word, invitation = invitations.invite_to_team(db, world.team, by=world.ann)
    with ThreadPoolExecutor() as pool:
        with db.write() as session:
            session.get(TeamRow, world.team.id, with_for_update={"key_share": True})
            ended, joined = begin(
                db,
                pool,
                lambda: (
                    invitations.revoke_invitation(db, world.team, invitation.id, by=world.ann)
                    if end == "revoke"
                    else world.delete_team()
                ),
                lambda: invitations.join_team(db, world.team.slug, world.eve, word),
            )
        ended.result()
        with pytest.raises((GoneError, NotFoundError)):
            joined.result()
