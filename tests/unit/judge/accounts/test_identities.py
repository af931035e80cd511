"""Accounts of people whom a provider has identified, over both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from judge.accounts import guests
from judge.accounts.identities import set_address, user_of_identity
from judge.accounts.leaving import Code, delete_account
from judge.accounts.usernames import checked_name, name_like
from judge.accounts.users import User, create_user
from judge.db import models
from judge.db.session import Database
from judge.errors import ConflictError, ForbiddenError
from judge.sso.provider import Identity, Provider
from tests.support.content import add_user

PROVIDER = Provider(issuer="https://id.example.org", client_id="shousi")
ADA = Identity(PROVIDER.issuer, "1", "ada@example.org", ("Ada Lovelace",))


def anybody() -> None:
    """Let an account be made."""


def nobody() -> None:
    raise ForbiddenError("closed")


def sign_in(db: Database, identity: Identity, guest_id: str | None = None) -> User:
    return user_of_identity(db, PROVIDER, identity, admit=anybody, guest_id=guest_id)


def num_users(db: Database) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(models.User)) or 0


def test_a_name_that_is_taken_gets_a_number(db: Database) -> None:
    add_user(db, "ada-lovelace")
    assert sign_in(db, ADA).name == "Ada-Lovelace-2"
    other = replace(ADA, subject="2", address="other@example.org")
    assert sign_in(db, other).name == "Ada-Lovelace-3"
    assert sign_in(db, replace(ADA, subject="3", address="x@y.z", wanted=("admin",))).name == "x"
    assert sign_in(db, replace(ADA, subject="4", address="root@y.z", wanted=())).name == "user"


def test_two_windows_of_one_person_make_one_account(db: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: sign_in(db, ADA), range(8)))
    assert {one.id for one in found} == {found[0].id}
    assert num_users(db) == 1


def test_two_windows_of_one_person_link_one_account(db: Database) -> None:
    own = add_user(db)
    with db.write() as session:
        set_address(session, session.get_one(models.User, own), "ada@example.org")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: sign_in(db, ADA), range(8)))
    assert {one.id for one in found} == {own}
    with pytest.raises(ConflictError, match="another person at"):
        sign_in(db, replace(ADA, subject="2"))


def test_once_linked_the_address_does_not_matter(db: Database) -> None:
    first = sign_in(db, ADA)
    assert sign_in(db, replace(ADA, address=None)) == first
    assert sign_in(db, replace(ADA, address="new@example.org")) == first
    # At another provider the same person is found by the address.
    elsewhere = replace(ADA, issuer="https://other.example", subject="x")
    assert sign_in(db, elsewhere) == first


def test_the_subject_of_another_issuer_is_somebody_else(db: Database) -> None:
    first = sign_in(db, ADA)
    other = Identity("https://other.example", "1", "eve@other.example", ("eve",))
    assert sign_in(db, other).id != first.id


def test_who_is_not_admitted_leaves_nothing(db: Database) -> None:
    with pytest.raises(ForbiddenError, match="closed"):
        user_of_identity(db, PROVIDER, ADA, admit=nobody)
    assert num_users(db) == 0


def test_a_password_account_of_that_name_is_not_taken_over(db: Database) -> None:
    own = create_user(db, "ada@example.org".partition("@")[0], "correct horse battery")
    assert sign_in(db, replace(ADA, wanted=("ada",))).id != own.id


def test_a_guest_becomes_the_account(db: Database) -> None:
    guest = guests.create_guest(db)
    user = sign_in(db, ADA, guest.id)
    assert (user.id, user.role) == (guest.id, "user")
    # A person who already has an account keeps it, and the guest stays a guest.
    another = guests.create_guest(db)
    assert sign_in(db, ADA, another.id).id == user.id
    with pytest.raises(ConflictError, match="already"):
        sign_in(db, replace(ADA, subject="2", address="b@example.org"), user.id)


def test_who_has_left_is_new_when_they_come_again(db: Database) -> None:
    first = sign_in(db, ADA)
    delete_account(db, first.id, Code.KEEP)
    again = sign_in(db, ADA)
    assert again.id != first.id
    assert again.name == "Ada-Lovelace"


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("ada@example.org", "ada"),
        ("Ada  Lovelace", "Ada-Lovelace"),
        ("<b>ada</b>", "b-ada-b"),
        ("王 小明", "王-小明"),
        ("..ada..", "ada"),
        ("Ада", ""),
        ("a\u202eb", "a-b"),
        ("x" * 300, "x" * 40),
    ],
)
def test_names_are_made_of_what_people_are_called(wanted: str, name: str) -> None:
    assert name_like(wanted) == name
    if name:
        assert checked_name(name) == name
