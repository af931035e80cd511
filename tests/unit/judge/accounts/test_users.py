"""Accounts, sign-in and tokens, over a real SQLite file."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from judge.accounts import management, passwords, users
from judge.accounts.users import Role, Scope
from judge.db import models
from judge.db.session import Database
from judge.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from tests.support.migrated import write_database

PASSWORD = "correct horse"
START = 1_800_000_000.0


class Clock:
    """A clock that stands still until the test moves it."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def db(tmp_path: Path, clock: Clock) -> Iterator[Database]:
    write_database(tmp_path / "users.db")
    database = Database(f"sqlite:///{tmp_path}/users.db", clock=clock)
    yield database
    database.close()


def test_signing_in_needs_the_right_password(db: Database) -> None:
    ada = users.create_user(db, "Ada", PASSWORD)
    assert ada.role is Role.USER
    assert ada.created_at == START
    assert users.sign_in(db, "Ada", PASSWORD) == ada
    assert users.sign_in(db, "ada", PASSWORD) == ada
    assert users.sign_in(db, "Ada", PASSWORD + "!") is None
    assert users.sign_in(db, "Ada", "") is None
    assert users.sign_in(db, "nobody-such", PASSWORD) is None
    assert users.sign_in(db, "a\0b\ud800", PASSWORD) is None


def test_the_password_is_kept_as_an_argon2_hash_only(db: Database) -> None:
    users.create_user(db, "ada", PASSWORD)
    with db.read() as session:
        stored = session.scalars(select(models.User.password_hash)).one()
    assert stored.startswith("$argon2id$")
    assert PASSWORD not in stored


def test_any_form_of_the_same_letters_is_the_same_password(db: Database) -> None:
    users.create_user(db, "ada", "caf\u00e9 au lait")
    assert users.sign_in(db, "ada", "cafe\u0301 au lait") is not None


@pytest.mark.parametrize(
    "password", ["", "1234567", "x" * 1025, "\u4e2d" * 342, "a" + "\u0316\u0300" * 30_000]
)
def test_passwords_have_bounds(db: Database, password: str) -> None:
    with pytest.raises(InvalidError) as caught:
        users.create_user(db, "ada", password)
    assert caught.value.field == "password"
    assert users.sign_in(db, "ada", password) is None


def test_the_longest_password_works(db: Database) -> None:
    users.create_user(db, "ada", "x" * 1024)
    assert users.sign_in(db, "ada", "x" * 1024) is not None


@pytest.mark.parametrize("name", ["ada", "ADA", "\uff41da"])
def test_a_name_is_taken_in_every_case_and_width(db: Database, name: str) -> None:
    users.create_user(db, "Ada", PASSWORD)
    with pytest.raises(ConflictError, match="taken"):
        users.create_user(db, name, PASSWORD)


def test_reserved_names_are_for_admins(db: Database) -> None:
    with pytest.raises(InvalidError, match="reserved"):
        users.create_user(db, "Admin", PASSWORD)
    assert users.create_user(db, "admin", PASSWORD, "admin").role is Role.ADMIN


def test_an_unknown_user_costs_a_hash_too(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str | None] = []
    real = passwords.verify_password

    def counting(password: str, stored: str | None) -> bool:
        compared.append(stored)
        return real(password, stored)

    monkeypatch.setattr(users, "verify_password", counting)
    users.create_admin(db, "token-only")
    assert users.sign_in(db, "nobody-such", PASSWORD) is None
    assert users.sign_in(db, "token-only", PASSWORD) is None
    assert users.sign_in(db, "token-only", "") is None
    assert compared == [None, "", ""]


def principal_of(db: Database, secret: str) -> users.Principal | None:
    (principal,) = users.principals_of(db, [(secret, users.TokenKind.BEARER)])
    return principal


def test_a_token_speaks_for_its_user(db: Database) -> None:
    ada = users.create_user(db, "ada", PASSWORD)
    secret, token = users.issue_token(db, ada.id, "laptop", 60.0)
    assert secret.startswith(users.TOKEN_PREFIX)
    assert (token.label, token.expires_at) == ("laptop", START + 60)
    principal = principal_of(db, secret)
    assert principal is not None
    assert principal.user == ada
    assert principal.scopes == {Scope.READ, Scope.SUBMIT, Scope.TEAMS, Scope.ACCOUNT}
    assert not principal.is_admin


@pytest.mark.parametrize("forge", ["", "x", "shousi_", "shousi_\ud800", "Shousi_" + "x" * 43])
def test_a_forged_token_speaks_for_nobody(db: Database, forge: str) -> None:
    users.issue_token(db, users.create_admin(db, "ada").id)
    assert principal_of(db, forge) is None


def test_the_secret_is_not_in_the_database(db: Database) -> None:
    secret, _ = users.issue_token(db, users.create_admin(db, "ada").id)
    with db.read() as session:
        stored = session.scalars(select(models.Token.token_hash)).one()
    assert secret not in stored
    assert len(stored) == 64


def test_a_token_expires(db: Database, clock: Clock) -> None:
    ada = users.create_user(db, "ada", PASSWORD)
    secret, token = users.issue_token(db, ada.id, ttl_s=60.0)
    lasting, _ = users.issue_token(db, ada.id, ttl_s=None)
    clock.now += 59
    assert principal_of(db, secret) is not None
    assert replace(token, last_used_at=clock.now) in users.list_tokens(db, ada.id)
    clock.now += 1
    assert principal_of(db, secret) is None
    assert token.id not in [one.id for one in users.list_tokens(db, ada.id)]
    assert principal_of(db, lasting) is not None


def test_a_token_can_be_revoked_by_its_user_only(db: Database) -> None:
    ada = users.create_user(db, "ada", PASSWORD)
    eve = users.create_user(db, "eve", PASSWORD)
    secret, token = users.issue_token(db, ada.id)
    with pytest.raises(NotFoundError):
        users.revoke_token(db, eve.id, token.id)
    assert principal_of(db, secret) is not None
    users.revoke_token(db, ada.id, token.id)
    assert principal_of(db, secret) is None
    assert users.list_tokens(db, ada.id) == []
    with pytest.raises(NotFoundError):
        users.revoke_token(db, ada.id, token.id)


def test_a_banned_user_is_locked_out(db: Database) -> None:
    ada = users.create_user(db, "ada", PASSWORD)
    secret, _ = users.issue_token(db, ada.id)
    with db.write() as session:
        session.execute(update(models.User).values(banned_at=START))
    assert principal_of(db, secret) is None
    assert users.sign_in(db, "ada", PASSWORD) is None


@pytest.mark.parametrize("change", ["password", "ban"])
def test_who_signed_in_before_a_change_gets_no_token_after_it(db: Database, change: str) -> None:
    ada = users.create_user(db, "ada", PASSWORD)
    boss = users.create_admin(db, "boss")
    before = users.sign_in(db, "ada", PASSWORD)
    assert before is not None
    users.issue_token(db, ada.id, signed_in=before)
    if change == "password":
        management.change_password(db, ada.id, PASSWORD, "another one", keep_token="")
    else:
        seen = management.find_account(db, "ada")
        management.change_account(db, seen, by=boss.id, banned=True)
    with pytest.raises(InvalidError, match="Sign in again"):
        users.issue_token(db, ada.id, signed_in=before)
    assert users.list_tokens(db, ada.id) == []


def test_of_two_admins_who_demote_each_other_one_stays(db: Database) -> None:
    boss, chief = (users.create_admin(db, name) for name in ("boss", "chief"))
    seen = {name: management.find_account(db, name) for name in ("boss", "chief")}
    management.change_account(db, seen["chief"], by=boss.id, role=Role.USER)
    # The other request's token was checked before.
    with pytest.raises(ForbiddenError):
        management.change_account(db, seen["boss"], by=chief.id, role=Role.USER)
    assert management.find_account(db, "boss").role is Role.ADMIN


def test_a_token_may_do_less_than_its_user_but_not_more(db: Database) -> None:
    ada = users.create_user(db, "ada", PASSWORD)
    boss = users.create_admin(db, "boss")
    with pytest.raises(InvalidError) as caught:
        users.issue_token(db, ada.id, scopes=["admin"])
    assert caught.value.field == "scopes"
    reading, _ = users.issue_token(db, boss.id, scopes=["read"])
    ruling, _ = users.issue_token(db, boss.id)
    reader, ruler = principal_of(db, reading), principal_of(db, ruling)
    assert reader is not None
    assert ruler is not None
    assert reader.scopes == {Scope.READ}
    assert not reader.is_admin
    assert ruler.is_admin


def test_the_admin_of_the_settings_is_made_once(db: Database) -> None:
    made = users.ensure_admin(db, PASSWORD)
    assert made is not None
    assert made.role is Role.ADMIN
    assert users.ensure_admin(db, "another password") is None
    assert users.sign_in(db, "admin", PASSWORD) == made


def test_no_token_for_nobody(db: Database) -> None:
    with pytest.raises(NotFoundError):
        users.issue_token(db, "no-such-id")
