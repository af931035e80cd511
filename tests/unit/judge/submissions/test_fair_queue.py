"""The queue is fair between users, and bounded for each."""

import pytest
from sqlalchemy import select

from judge.db.models import Judging
from judge.db.session import Database
from judge.errors import TooManyError
from judge.states import Purpose
from judge.submissions import lifecycle as submissions
from judge.submissions.fair_queue import HeldBackError
from judge.submissions.lifecycle import Claim, Submittal, Submitted
from tests.support.content import (
    LEASE_S,
    MAX_ATTEMPTS,
    add_problem,
    add_user,
    store,
    submit,
    verdict,
)


def next_claim(db: Database, hinted: str, last_served: str | None = None) -> Claim:
    claimed = submissions.claim(
        db,
        hinted,
        worker="w",
        lease_s=LEASE_S,
        max_attempts=MAX_ATTEMPTS,
        in_turn=True,
        last_served=last_served,
    )
    assert claimed is not None
    return claimed


def test_one_users_flood_delays_nobody_else(db: Database) -> None:
    add_problem(db)
    ann, bob, cyd = (add_user(db, name) for name in ("ann", "bob", "cyd"))
    flood = [submit(db, ann) for _ in range(20)]
    order = [next_claim(db, sent.judging_id).judging_id for sent in flood[:3]]
    assert order == [sent.judging_id for sent in flood[:3]]
    late = [submit(db, bob), submit(db, cyd), submit(db, bob)]
    hints = iter([*flood[3:], *late])
    served = [next_claim(db, next(hints).judging_id).submission_id for _ in range(6)]
    # Ann holds all that run, so that it is somebody else's turn first.
    assert served == [late[0].id, flood[3].id, late[1].id, flood[4].id, late[2].id, flood[5].id]
    rest = [next_claim(db, sent.judging_id).submission_id for sent in hints]
    assert rest == [sent.id for sent in flood[6:]]


def position(db: Database, sent: Submitted) -> int | None:
    view = submissions.read_submission(db, sent.id)
    assert view is not None
    return view.queue_position


@pytest.mark.parametrize(
    ("running", "waiting"),
    [
        ("", "aaaab"),
        ("a", "aaaab"),
        ("aa", "aaaabbbcabc"),
        ("ab", "aaaabbbcabc"),
        ("abc", "cccccbbba"),
        ("b", "aaab"),
        ("a", "aaa"),
    ],
)
def test_a_position_is_how_many_are_served_before(db: Database, running: str, waiting: str) -> None:
    add_problem(db)
    users = {name: add_user(db, f"user-{name}") for name in "abc"}
    for name in running:
        sent = submit(db, users[name])
        assert next_claim(db, sent.judging_id).judging_id == sent.judging_id
    queued = [submit(db, users[name]) for name in waiting]
    told = {sent.id: position(db, sent) for sent in queued}
    served = [next_claim(db, sent.judging_id).submission_id for sent in queued]
    assert told == {id: place for place, id in enumerate(served)}
    assert {position(db, sent) for sent in queued} == {None}


def test_what_is_judged_again_waits_behind_all_that_people_wait_for(db: Database) -> None:
    add_problem(db)
    ann, bob = add_user(db, "ann"), add_user(db, "bob")
    old = [submit(db, ann) for _ in range(2)]
    for sent in old:
        assert submissions.finish(db, next_claim(db, sent.judging_id), verdict())
    for sent in old:
        submissions.rejudge(db, sent.id)
    people = [submit(db, ann), submit(db, bob)]
    assert [position(db, sent) for sent in (*people, *old)] == [0, 1, 2, 3]


def test_nobody_gets_the_last_process_while_others_wait(db: Database) -> None:
    add_problem(db)
    ann, bob = add_user(db, "ann"), add_user(db, "bob")
    slow = [submit(db, ann) for _ in range(6)]
    held = [next_claim(db, sent.judging_id) for sent in slow[:3]]
    stranger = [submit(db, bob) for _ in range(2)]
    for freed, wanted in (
        (held[0], stranger[0].id),  # ann holds the two others
        (held[1], slow[3].id),  # she holds one, and bob the other
    ):
        assert submissions.finish(db, freed, verdict())
        assert next_claim(db, slow[5].judging_id).submission_id == wanted


def test_rejudges_come_in_their_order_whoever_was_served_last(db: Database) -> None:
    add_problem(db)
    ann, bob = add_user(db, "ann"), add_user(db, "bob")
    sent = [submit(db, user) for user in (ann, bob)]
    for one in sent:
        assert submissions.finish(db, next_claim(db, one.judging_id), verdict())
    again = [submissions.rejudge(db, one.id) for one in sent]
    claim = next_claim(db, again[1].judging_id, last_served=ann)
    assert claim.judging_id == again[0].judging_id


def test_one_process_takes_turns_between_users(db: Database) -> None:
    add_problem(db)
    ann, bob = add_user(db, "ann"), add_user(db, "bob")
    slow = [submit(db, ann) for _ in range(3)]
    last = next_claim(db, slow[0].judging_id)
    quick = [submit(db, bob) for _ in range(2)]
    served = []
    for sent in (*slow[1:], *quick):
        assert submissions.finish(db, last, verdict())
        last = next_claim(db, sent.judging_id, last.user_id)
        served.append(last.submission_id)
    assert served == [quick[0].id, slow[1].id, quick[1].id, slow[2].id]


def test_what_failed_is_taken_by_its_own_message_only(db: Database) -> None:
    add_problem(db)
    ann = add_user(db)
    first, second = submit(db, ann), submit(db, ann)
    failed = next_claim(db, first.judging_id)
    assert submissions.release(db, failed, "a fault")
    assert next_claim(db, second.judging_id).judging_id == second.judging_id
    again = next_claim(db, first.judging_id)
    assert (again.judging_id, again.attempt) == (first.judging_id, 2)


@pytest.mark.parametrize("db", ["postgres"], indirect=True)  # SQLite has no locks on rows
def test_what_others_have_in_hand_is_not_taken_past_its_turn(db: Database) -> None:
    add_problem(db)
    hint = submit(db, add_user(db)).judging_id
    with db.write() as session:
        session.execute(select(Judging).with_for_update()).all()
        with pytest.raises(HeldBackError):
            next_claim(db, hint)
    assert next_claim(db, hint).judging_id == hint


def test_a_message_without_anything_to_do_is_dropped(db: Database) -> None:
    add_problem(db)
    sent = submit(db, add_user(db))
    next_claim(db, sent.judging_id)
    for hint in (sent.judging_id, "no such judging"):
        again = submissions.claim(
            db, hint, worker="w", lease_s=LEASE_S, max_attempts=MAX_ATTEMPTS, in_turn=True
        )
        assert again is None


def test_a_user_may_have_so_many_pending(db: Database) -> None:
    add_problem(db)
    ann, bob = add_user(db, "ann"), add_user(db, "bob")

    def send(user_id: str, key: str) -> submissions.Submitted:
        return store(
            db,
            Submittal(
                user_id=user_id,
                slug="sum",
                language="python3",
                source="pass",
                purpose=Purpose.SUBMISSION,
                idempotency_key=key,
                max_pending=2,
            ),
        )

    first, _ = send(ann, "1"), send(ann, "2")
    with pytest.raises(TooManyError):
        send(ann, "3")
    assert not send(ann, "2").created
    assert send(bob, "1").created
    held = next_claim(db, first.judging_id)
    assert submissions.finish(db, held, verdict())
    assert send(ann, "3").created
