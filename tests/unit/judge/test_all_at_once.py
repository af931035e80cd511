"""All kinds of changes that affect boards, at random and at the same time: the database refuses
none of them, and the updated boards equal recomputed ones. Only on PostgreSQL: SQLite has one
writer.
"""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import InstrumentedAttribute

from judge.accounts import guests, management
from judge.accounts.leaving import Code, delete_account
from judge.accounts.users import create_admin
from judge.boards.keeping import problem_changed
from judge.boards.rebuild import rebuild
from judge.boards.timing import add_timing
from judge.db.board_models import FastestSolve, Judged
from judge.db.models import Event, Judging, ProblemVersion, Submission, User
from judge.db.session import Database
from judge.db.team_models import Team as TeamRow
from judge.errors import ShousiError, UnavailableError
from judge.monitoring import withdraw_problem
from judge.problems.publish import lock_problem
from judge.states import Purpose, State
from judge.submissions import by_hand, lifecycle, rejudges
from judge.submissions.lifecycle import Progress
from judge.submissions.transitions import NO_ATTEMPT
from judge.teams import invitations, membership, practice
from judge.teams.membership import Team
from judge.teams.practice import PracticePlan
from judge.verdict import Verdict
from judge.webhooks import hooks
from judge.webhooks.hooks import EventKind, HookPlan
from tests.support.content import (
    MAX_ATTEMPTS,
    add_problem,
    add_user,
    claim,
    one_result,
    requeue_stale,
    submit,
    verdict,
)
from tests.unit.judge.boards.test_keeping import contents

SLUGS = ("alpha", "beta", "gamma")
ACTORS = 4
ACTS_EACH = 120
URL = "https://example.org/hook"


class Crowd:
    """What one thread does, chosen by its own seed."""

    def __init__(self, db: Database, admin: str, seed: int) -> None:
        self.db = db
        self.admin = admin
        self.random = random.Random(seed)
        self.acts: list[Callable[[], object]] = [
            *[self.submit] * 8,
            *[self.judge] * 20,
            *[self.rejudge, self.ban, self.stop, self.guest, self.join, self.change_set] * 2,
            *(self.look_at_a_rejudge, self.team, self.leave, self.hand_over, self.delete_team),
            *(self.publish, self.withdraw, self.delete_account, self.time, self.hook),
            *(lambda: requeue_stale(db), lambda: rebuild(db, at_a_time=20)),
        ]

    def act(self, times: int) -> None:
        """Do this many random actions. Actions that our rules refuse are ignored; any other error
        ends it.
        """
        for _ in range(times):
            try:
                self.random.choice(self.acts)()
            except UnavailableError:
                raise
            except (ShousiError, LookupError):
                pass

    def any_of(self, column: InstrumentedAttribute[str], *which: ColumnElement[bool]) -> str:
        """One of the values; LookupError if there is none."""
        with self.db.read() as session:
            return self.random.choice(session.scalars(select(column).where(*which)).all())

    def person(self) -> str:
        return self.any_of(User.id, User.role == "user", User.banned_at.is_(None))

    def slug(self) -> str:
        return self.random.choice(SLUGS)

    def a_team(self) -> tuple[Team, str]:
        slug = self.any_of(TeamRow.slug)
        owner = self.any_of(TeamRow.owner_id, TeamRow.slug == slug)
        return membership.find_team(self.db, slug, owner), owner

    def submit(self) -> None:
        submit(self.db, self.person(), slug=self.slug())

    def judge(self) -> None:
        held = claim(self.db, self.any_of(Judging.id, Judging.state == State.QUEUED))
        if held is None:
            return
        lifecycle.record(self.db, held, Progress(total=1, results={1: one_result()}))
        if self.random.random() < 0.1:
            lifecycle.release(self.db, held, NO_ATTEMPT)
        found = self.random.choice((Verdict.AC, Verdict.AC, Verdict.WA, Verdict.CE, Verdict.JE))
        lifecycle.finish(self.db, held, verdict(found))

    def rejudge(self) -> None:
        lifecycle.rejudge(self.db, self.any_of(Submission.id))

    def look_at_a_rejudge(self) -> None:
        rejudge_id, waiting = rejudges.begin(self.db, self.slug(), self.admin)
        for one in waiting:
            held = claim(self.db, one.judging_id)
            if held is not None:
                lifecycle.finish(self.db, held, verdict(self.random.choice([*Verdict])))
        end = self.random.choice((rejudges.apply, rejudges.discard))
        end(self.db, rejudge_id)

    def stop(self) -> None:
        end = self.random.choice((by_hand.cancel, by_hand.retry))
        end(self.db, self.any_of(Submission.id), by=self.admin)

    def ban(self) -> None:
        seen = management.find_account(self.db, self.any_of(User.name, User.role != "admin"))
        banned = self.random.random() < 0.4
        management.change_account(self.db, seen, by=self.admin, banned=banned)

    def guest(self) -> None:
        guest = guests.create_guest(self.db)
        submit(self.db, guest.id, slug=self.slug())
        with self.db.write() as session:
            guests.become_user(self.db, session, guest.id, f"was-{guest.name}", "-")

    def team(self) -> None:
        owner = self.person()
        team = membership.create_team(self.db, owner, f"T{self.random.randrange(10**9)}")
        practice.create_practice(self.db, team, PracticePlan("set", SLUGS[:2]), by=owner)
        hooks.create_hook(self.db, owner, HookPlan(URL, [EventKind.BOARD], team=team.slug))

    def join(self) -> None:
        team, owner = self.a_team()
        word, _ = invitations.invite_to_team(self.db, team, by=owner)
        invitations.join_team(self.db, team.slug, self.person(), word)

    def leave(self) -> None:
        team, owner = self.a_team()
        membership.remove_member(self.db, team, self.member(team), by=owner)

    def hand_over(self) -> None:
        team, owner = self.a_team()
        membership.hand_over(self.db, team, self.member(team), by=owner)

    def member(self, team: Team) -> str:
        return self.random.choice(membership.list_members(self.db, team)).user

    def delete_team(self) -> None:
        team, owner = self.a_team()
        if self.random.random() < 0.3:
            membership.delete_team(self.db, team, by=owner)

    def change_set(self) -> None:
        team, owner = self.a_team()
        seen = self.random.choice(practice.list_practice(self.db, team))
        plan = PracticePlan("other", self.random.sample(SLUGS, 2))
        practice.change_practice(self.db, team, seen, plan, by=owner)

    def publish(self) -> None:
        # As `publish_in` does.
        with self.db.write() as session:
            problem = lock_problem(self.db, session, self.slug())
            version = session.get_one(ProblemVersion, f"{problem.slug}-1")
            version.difficulty = self.random.choice(("easy", "hard"))
            problem_changed(self.db, session, problem.id)

    def withdraw(self) -> None:
        withdrawn = self.random.random() < 0.3
        withdraw_problem(self.db, self.slug(), by=self.admin, withdrawn=withdrawn)

    def delete_account(self) -> None:
        delete_account(self.db, self.person(), self.random.choice([*Code]))
        add_user(self.db, f"new{self.random.randrange(10**9)}")

    def time(self) -> None:
        add_timing(self.db, self.any_of(FastestSolve.judging_id), self.random.random())

    def hook(self) -> None:
        person = self.person()
        hooks.create_hook(self.db, person, HookPlan(URL, [EventKind.ACCEPTED]))
        hook = self.random.choice(hooks.list_hooks(self.db, person))
        hooks.delete_hook(self.db, person, hook.id)


def judge_the_rest(db: Database) -> None:
    with db.write() as session:
        running = update(Judging).where(Judging.state == State.RUNNING)
        session.execute(running.values(lease_until=1.0))
    requeue_stale(db, stale_s=-1)
    with db.read() as session:
        waiting = session.scalars(select(Judging.id).where(Judging.state == State.QUEUED)).all()
    for judging_id in waiting:
        held = claim(db, judging_id)
        assert held is not None
        assert held.attempt <= MAX_ATTEMPTS
        assert lifecycle.finish(db, held, verdict())


@pytest.mark.parametrize("seed", [1, 2])
def test_all_at_once(postgres_db: Database, seed: int) -> None:
    db = postgres_db
    for slug in SLUGS:
        add_problem(db, slug)
    admin = create_admin(db, "boss").id
    for number in range(6):
        add_user(db, f"user{number}")
    crowd = [Crowd(db, admin, seed * ACTORS + number) for number in range(ACTORS)]
    with ThreadPoolExecutor(ACTORS) as pool:
        for actor in [pool.submit(one.act, ACTS_EACH) for one in crowd]:
            actor.result()
    judge_the_rest(db)
    kept = contents(db)
    rebuild(db)
    assert contents(db) == kept
    # Each judging has one verdict, and what counts is the verdict that is shown, unless that is JE:
    # then an earlier one may count.
    done = select(Judging.id).join(Event, Event.judging_id == Judging.id)
    done = done.where(Judging.purpose != Purpose.PREVIEW, Event.kind == "done")
    shown = (
        select(Judged.submission_id)
        .join(Submission, Submission.id == Judged.submission_id)
        .join(Judging, Judging.id == Submission.judging_id)
        .where(or_(Judging.id == Judged.judging_id, Judging.verdict == Verdict.JE))
    )
    with db.read() as session:
        ended = session.scalars(done).all()
        previews = Judging.purpose != Purpose.PREVIEW
        judgings = session.scalar(select(func.count()).select_from(Judging).where(previews))
        assert len(ended) == len(set(ended)) == judgings
        assert len(session.scalars(shown).all()) == len(kept["judged"])
