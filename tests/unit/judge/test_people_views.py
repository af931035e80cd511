"""Views of people and workers, on both databases: the queries give the same results on each."""

from judge import monitoring, workers
from judge.accounts.preferences import PageLanguage, Theme, change_preferences
from judge.accounts.profiles import read_profile
from judge.accounts.users import user_of
from judge.db.models import User, Worker
from judge.db.session import Database
from judge.submissions.lifecycle import Progress, finish, read_submission, record
from judge.teams import invitations, membership, practice
from judge.teams.practice import PracticePlan
from judge.verdict import Verdict
from tests.support.content import (
    add_problem,
    add_user,
    one_result,
    requeue_stale,
    run_lease_out,
    submit,
    sure_claim,
    verdict,
)


def test_a_profile_has_rank_tries_and_time(db: Database) -> None:
    add_problem(db)
    ann, bob = add_user(db), add_user(db, "bob")
    for ending in (Verdict.WA, Verdict.AC):
        assert finish(db, sure_claim(db, submit(db, ann).judging_id), verdict(ending))
    assert finish(db, sure_claim(db, submit(db, bob).judging_id), verdict(Verdict.WA))
    found = read_profile(db, "ann")
    assert (found.rank, read_profile(db, "bob").rank) == (1, None)
    assert [(one.num_judged, one.best_s) for one in found.solved] == [(2, 0.25)]


def test_a_team_tells_of_its_members_and_of_itself(db: Database) -> None:
    add_problem(db)
    ann, bob, eve = add_user(db), add_user(db, "bob"), add_user(db, "eve")
    team = membership.create_team(db, ann, "Tuesday")
    word, _ = invitations.invite_to_team(db, team, by=ann, max_uses=2)
    assert invitations.join_team(db, team.slug, bob, word).num_members == 2
    sent = submit(db, ann)
    assert finish(db, sure_claim(db, sent.judging_id), verdict())
    view = read_submission(db, sent.id)
    assert view is not None
    members = membership.list_members(db, team)
    told = [(one.user, one.num_solved, one.last_active_at) for one in members]
    assert told == [("ann", 1, view.created_at), ("bob", 0, None)]
    seen = invitations.preview_team(db, team.slug, eve, word)
    assert (seen.name, seen.owner, seen.num_members) == ("Tuesday", "ann", 2)


def test_workers_tell_how_far_they_are_and_what_they_lost(db: Database) -> None:
    add_problem(db)
    ann = add_user(db)
    for id in ("w-1", "w-2"):
        workers.register(db, id=id, host="judge", pid=1, languages=[])
    sent = submit(db, ann)
    sure_claim(db, sent.judging_id, "w-1/message")
    with db.write() as session:
        session.get_one(Worker, "w-1").seen_at -= 120
    run_lease_out(db, sent.judging_id)
    assert requeue_stale(db) == [sent.judging_id]
    held = sure_claim(db, sent.judging_id, "w-2/message")
    assert record(db, held, Progress(total=3, results={1: one_result()}))
    silent, busy = monitoring.read_workers(db, silent=True)
    assert [(one.requeued_to, one.state) for one in silent.lost] == [("w-2", "judging")]
    assert [(one.tests_done, one.total_tests) for one in busy.running] == [(1, 3)]
    assert (silent.running, busy.lost) == ((), ())


def test_preferences_are_kept_one_by_one(db: Database) -> None:
    ann = add_user(db)
    change_preferences(db, ann, {"theme": Theme.DARK, "language": PageLanguage.ZH})
    changed = change_preferences(db, ann, {"theme": None})
    assert (changed.theme, changed.language) == (None, "zh")
    with db.read() as session:
        assert user_of(session.get_one(User, ann)) == changed


def test_what_is_shown_goes_by_the_servers_clock(postgres_db: Database) -> None:
    """Submissions count by the server's clock; this host's own clock is years behind."""
    db = postgres_db
    db.clock = lambda: 0.0
    add_problem(db)
    ann = add_user(db)
    team = membership.create_team(db, ann, "Tuesday")
    with db.read() as session:
        now = db.now(session)
    plan = PracticePlan("first", ["sum"], starts_at=now - 60, ends_at=now + 600)
    chosen = practice.create_practice(db, team, plan, by=ann)
    assert finish(db, sure_claim(db, submit(db, ann).judging_id), verdict())
    assert practice.running_practice(db, team) == chosen
    assert [(one.id, one.num_solved) for one in practice.open_sets(db, ann)] == [(chosen.id, 1)]
    assert read_profile(db, "ann").current_streak == 1
