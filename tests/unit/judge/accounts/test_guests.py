"""Guests, on both databases: they are on no board, can become users, and are deleted after a
week.
"""

from typing import Any

import pytest
from sqlalchemy import func, select, update

from judge.accounts import guests, management, users
from judge.accounts.users import TokenKind
from judge.boards.rebuild import rebuild
from judge.boards.views import read_board
from judge.db import models
from judge.db.board_models import BoardRow, Judged
from judge.db.session import Database
from judge.errors import ConflictError, InvalidError
from judge.submissions import drafts
from judge.submissions import lifecycle as submissions
from judge.submissions.lifecycle import Progress, read_submission
from tests.support.content import add_problem, add_user, one_result, submit, sure_claim, verdict

PASSWORD = "correct horse battery"


def accepted(db: Database, user_id: str) -> str:
    """An accepted submission of this user's."""
    sent = submit(db, user_id)
    held = sure_claim(db, sent.judging_id)
    assert submissions.record(db, held, Progress(total=1, results={1: one_result()}))
    assert submissions.finish(db, held, verdict())
    return sent.id


def aged(db: Database, user_id: str) -> None:
    """Make the user older than a week."""
    with db.write() as session:
        then = db.now(session) - guests.GUEST_S - 1
        session.execute(
            update(models.User).where(models.User.id == user_id).values(created_at=then)
        )


def on_board(db: Database) -> list[str]:
    return [row.user for row in read_board(db).rows]


def test_a_guest_is_on_no_board_until_the_claim(db: Database) -> None:
    add_problem(db)
    guest = guests.create_guest(db)
    sent = accepted(db, guest.id)
    secret, _ = users.issue_token(db, guest.id, kind=TokenKind.SESSION)
    assert on_board(db) == []
    rebuild(db)
    assert on_board(db) == []
    user = guests.claim(db, guest.id, "Ada", PASSWORD)
    assert on_board(db) == ["Ada"]
    rebuild(db)
    assert on_board(db) == ["Ada"]
    view = read_submission(db, sent)
    assert view is not None
    assert (view.user, user.role) == ("Ada", "user")
    assert users.principals_of(db, [(secret, TokenKind.SESSION)]) == [None]
    assert users.sign_in(db, "ada", PASSWORD) == user
    with pytest.raises(ConflictError):
        guests.claim(db, guest.id, "Ada2", PASSWORD)


def test_a_claim_that_is_refused_changes_nothing(db: Database) -> None:
    guest = guests.create_guest(db)
    add_user(db, "grace")
    for name, password, error in (
        ("Grace", PASSWORD, ConflictError),
        ("admin", PASSWORD, InvalidError),
        ("Mei", "short", InvalidError),
    ):
        with pytest.raises(error):
            guests.claim(db, guest.id, name, password)
    assert users.find_user(db, guest.name) == guest


def test_old_guests_are_forgotten_with_all_that_they_sent(db: Database) -> None:
    add_problem(db)
    old, young, busy = (guests.create_guest(db) for _ in range(3))
    member = add_user(db)
    accepted(db, old.id)
    users.issue_token(db, old.id)
    drafts.keep_draft(db, old.id, "sum", "python3", "pass")
    submit(db, busy.id)  # still waits for its verdict
    kept = [accepted(db, young.id), accepted(db, member)]
    for user_id in (old.id, busy.id, member):
        aged(db, user_id)
    assert guests.sweep(db) == 1
    assert drafts.read_drafts(db, old.id, "sum") == {}
    assert guests.sweep(db) == 0
    with db.read() as session:
        left = set(session.scalars(select(models.User.id)))
        sent = set(session.scalars(select(models.Submission.user_id)))
        assert left == {young.id, busy.id, member}
        assert sent == {young.id, busy.id, member}
        for table in (models.Token, BoardRow, Judged):
            of_old = select(func.count()).select_from(table).where(table.user_id == old.id)
            assert session.scalar(of_old) == 0
    assert all(read_submission(db, id) is not None for id in kept)


@pytest.mark.parametrize("change", [{"address": "x@example.org"}, {"role": users.Role.ADMIN}])
def test_a_guest_gets_no_part_of_an_account(db: Database, change: dict[str, Any]) -> None:
    """Else a provider's sign-in would find a guest, who is deleted after a week."""
    boss, guest = users.create_admin(db, "boss"), guests.create_guest(db)
    seen = management.find_account(db, guest.name)
    with pytest.raises(ConflictError, match="A guest has no account yet"):
        management.change_account(db, seen, by=boss.id, **change)
    assert management.find_account(db, guest.name) == seen
    assert management.change_account(db, seen, by=boss.id, banned=True).banned_at is not None


def test_what_an_admin_changes_of_a_guest_is_seen_on_the_boards(db: Database) -> None:
    add_problem(db)
    admin = users.create_admin(db, "eve").id
    guest = guests.create_guest(db)
    accepted(db, guest.id)

    def change(**what: Any) -> None:
        seen = management.find_account(db, guest.name)
        management.change_account(db, seen, by=admin, **what)

    change(banned=True)
    change(banned=False)
    assert on_board(db) == []
    rebuild(db)
    assert on_board(db) == []
