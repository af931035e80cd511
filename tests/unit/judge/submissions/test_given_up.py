"""Judgings that are given up in one round. Only on PostgreSQL: SQLite has one writer."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from judge.boards.keeping import lock_shared, lock_users
from judge.db.session import Database
from judge.submissions import lifecycle
from judge.submissions.lifecycle import Claim, read_submission
from judge.teams import events, invitations, membership
from judge.teams.membership import Team
from judge.verdict import Verdict
from tests.support.content import (
    MAX_ATTEMPTS,
    add_problem,
    add_user,
    requeue_stale,
    run_lease_out,
    submit,
    sure_claim,
    verdict,
)
from tests.support.stack import wait_until
from tests.support.waiting import num_waiting


@pytest.fixture
def db(postgres_db: Database) -> Database:
    add_problem(postgres_db)
    return postgres_db


def team_of(db: Database, owner: str, mate: str) -> Team:
    team = membership.create_team(db, owner, f"Team {mate}")
    word, _ = invitations.invite_to_team(db, team, by=owner)
    invitations.join_team(db, team.slug, mate, word)
    return team


def accepted_and_at_its_last_attempt(db: Database, user_id: str) -> tuple[str, Claim]:
    """A submission that was accepted, and whose rejudge has its last attempt running."""
    sent = submit(db, user_id)
    assert lifecycle.finish(db, sure_claim(db, sent.judging_id), verdict())
    again = lifecycle.rejudge(db, sent.id).judging_id
    for _ in range(MAX_ATTEMPTS - 1):
        assert lifecycle.release(db, sure_claim(db, again), "a fault")
    return sent.id, sure_claim(db, again)


def found(db: Database, *submissions: str) -> list[Verdict | None]:
    views = [read_submission(db, one) for one in submissions]
    return [None if view is None else view.verdict for view in views]


def test_who_is_given_up_with_others_waits_for_nobodys_verdict(db: Database) -> None:
    """Ann's verdict changes her team's order, which locks the teams' events. Bob's waits for his
    user's lock, which is held by another verdict of his that is about to append events to his team.
    """
    ann, bob = add_user(db, "ann"), add_user(db, "bob")
    team = team_of(db, ann, bob)
    lost = [accepted_and_at_its_last_attempt(db, who) for who in (ann, bob)]
    for _, claimed in lost:
        run_lease_out(db, claimed.judging_id)
    with ThreadPoolExecutor() as pool:
        with db.write() as session:
            # As a verdict does that tells a team something: `boards.keeping` and `boards.news`.
            lock_shared(db, session)
            lock_users(db, session, [bob])
            round_ = pool.submit(requeue_stale, db)
            wait_until(lambda: num_waiting(db) > 0, "the round needs what Bob's verdict holds")
            events.append_events(db, session, bob, [(team.id, "accepted", {})])
        assert round_.result() == []
    assert found(db, *(sent for sent, _ in lost)) == [Verdict.JE, Verdict.JE]


def test_two_rounds_and_verdicts_at_once_end_each_judging_once(db: Database) -> None:
    people = [add_user(db, name) for name in ("ann", "bob", "eve", "ida")]
    for mate in people[1:]:
        team_of(db, people[0], mate)
    lost = [accepted_and_at_its_last_attempt(db, who) for who in people for _ in range(3)]
    held = [sure_claim(db, submit(db, who).judging_id) for who in people]
    for _, claimed in lost:
        run_lease_out(db, claimed.judging_id)
    with ThreadPoolExecutor() as pool:
        rounds = [pool.submit(requeue_stale, db) for _ in range(2)]
        verdicts = [pool.submit(lifecycle.finish, db, claimed, verdict()) for claimed in held]
        assert [one.result() for one in rounds] == [[], []]
        assert all(one.result() for one in verdicts)
    assert set(found(db, *(sent for sent, _ in lost))) == {Verdict.JE}
