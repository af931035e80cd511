"""Submissions that come together share a transaction, and nothing else."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select

from judge import blobs
from judge.db.models import Event, Judging, Submission
from judge.db.session import Database
from judge.errors import ConflictError, InvalidError, NotFoundError, TooManyError
from judge.states import Purpose
from judge.submissions import lifecycle as submissions
from judge.submissions import rejudges
from judge.submissions.lifecycle import Submittal, Submitted, submit_all
from tests.support.content import add_problem, add_user, submit, sure_claim, verdict
from tests.support.waiting import begin


def submittal(user_id: str, **more: Any) -> Submittal:
    one = Submittal(user_id, "sum", "python3", "pass", Purpose.SUBMISSION)
    return replace(one, **more)


def stored(db: Database) -> tuple[int, int, int]:
    with db.read() as session:
        counts = [
            session.scalar(select(func.count()).select_from(t))
            for t in (Submission, Judging, Event)
        ]
    return (counts[0] or 0, counts[1] or 0, counts[2] or 0)


def test_each_has_its_own_outcome(db: Database) -> None:
    add_problem(db)
    ann, bob = add_user(db, "ann"), add_user(db, "bob")
    keyed = submittal(ann, idempotency_key="k")
    outcomes = submit_all(
        db,
        [
            keyed,
            submittal(ann, slug="none"),
            submittal(ann, language="rust"),
            submittal(ann, source="\ud800"),
            submittal(ann, own_input="1"),
            keyed,
            replace(keyed, source="other"),
            replace(keyed, user_id=bob, source="other"),
            submittal(bob, purpose=Purpose.RUN, own_input="1 2\n"),
        ],
    )
    kinds = [type(outcome) for outcome in outcomes]
    refusals = [NotFoundError, InvalidError, InvalidError, InvalidError]
    assert kinds == [Submitted, *refusals, Submitted, ConflictError, Submitted, Submitted]
    made = [outcome for outcome in outcomes if isinstance(outcome, Submitted)]
    assert [one.created for one in made] == [True, False, True, True]
    assert made[0].id == made[1].id
    assert stored(db) == (3, 3, 3)
    again = submit_all(db, [replace(keyed, source="other"), keyed])
    assert isinstance(again[0], ConflictError)
    assert again[1] == made[1]
    assert stored(db) == (3, 3, 3)


def test_the_bound_holds_within_a_batch(db: Database) -> None:
    add_problem(db)
    ann, bob = add_user(db, "ann"), add_user(db, "bob")
    outcomes = submit_all(
        db, [submittal(user, max_pending=2) for user in (ann, ann, ann, bob, ann, bob)]
    )
    refused = [isinstance(outcome, TooManyError) for outcome in outcomes]
    assert refused == [False, False, True, False, True, False]
    assert stored(db) == (4, 4, 4)


def test_turns_are_dealt_out_within_a_batch(db: Database) -> None:
    add_problem(db)
    ann, bob = add_user(db, "ann"), add_user(db, "bob")
    submit_all(db, [submittal(user) for user in (ann, ann, bob, ann, bob)])
    with db.read() as session:
        rows = session.execute(select(Judging.user_id, Judging.turn).order_by(Judging.turn)).all()
    turns = {user: [turn for who, turn in rows if who == user] for user in (ann, bob)}
    assert turns == {ann: [1, 2, 3], bob: [1, 2]}


def test_batches_with_the_same_keys_at_once_store_each_once(db: Database) -> None:
    add_problem(db)
    users = [add_user(db, f"user{number}") for number in range(4)]
    batch = [submittal(user, idempotency_key=str(n)) for n in range(5) for user in users]

    def send(number: int) -> list[str]:
        outcomes = submit_all(db, batch if number % 2 else batch[::-1])
        ids = [one.id for one in outcomes if isinstance(one, Submitted)]
        return ids if number % 2 else ids[::-1]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert all(ids == answers[0] for ids in answers)
    assert len(set(answers[0])) == len(batch)
    assert stored(db) == (20, 20, 20)


def test_what_an_admin_has_judged_again_is_nobodys_pending(db: Database) -> None:
    add_problem(db)
    ann, boss = add_user(db, "ann"), add_user(db, "boss")
    for _ in range(2):
        held = sure_claim(db, submit(db, ann).judging_id)
        assert submissions.finish(db, held, verdict())
    rejudges.begin(db, "sum", boss)
    outcomes = submit_all(db, [submittal(ann, max_pending=2) for _ in range(3)])
    assert [isinstance(one, Submitted) for one in outcomes] == [True, True, False]
    assert isinstance(outcomes[2], TooManyError)


def test_the_same_inputs_come_in_another_order(postgres_db: Database) -> None:
    """Two processes store runs with the same new inputs; one of them has to wait for a third."""
    db = postgres_db
    add_problem(db)
    ann = add_user(db)

    def run(*inputs: str) -> list[str]:
        runs = [
            Submittal(ann, "sum", "python3", "pass", Purpose.RUN, own_input=one) for one in inputs
        ]
        return [type(one).__name__ for one in submit_all(db, runs)]

    with ThreadPoolExecutor() as pool:
        with db.write() as session:
            blobs.put(db, session, b"2")
            begun = begin(db, pool, lambda: run("1", "2", "3"), lambda: run("3", "1"))
        assert [one.result() for one in begun] == [["Submitted"] * 3, ["Submitted"] * 2]
