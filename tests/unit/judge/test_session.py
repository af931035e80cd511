"""The database layer: transactions, migrations, and what is done after a commit."""

import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, ProgrammingError

from judge.db.migrate import upgrade
from judge.db.models import Base, Event, Submission, Token, User
from judge.db.session import Database
from judge.errors import UnavailableError
from tests.support.content import add_problem, add_user, kinds, submit, sure_claim
from tests.support.postgres import PostgresServer


def count(db: Database) -> int:
    with db.read() as session:
        return session.scalar(select(func.count()).select_from(Submission)) or 0


def test_the_migrations_make_what_the_models_say(db: Database) -> None:
    with db.read() as session:
        context = MigrationContext.configure(session.connection())
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_twice_at_once_is_once(database_url: str) -> None:
    databases = [Database(database_url) for _ in range(4)]
    threads = [threading.Thread(target=upgrade, args=(each,)) for each in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    add_problem(databases[0])
    for each in databases:
        each.close()


def test_an_error_undoes_the_whole_transaction(db: Database) -> None:
    add_problem(db)

    def fail_halfway() -> None:
        with db.write() as session:
            session.execute(text("DELETE FROM test_case"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    with db.read() as session:
        assert session.scalar(text("SELECT count(*) FROM test_case")) == 3


def test_our_own_mistakes_are_not_called_unavailable(db: Database) -> None:
    with pytest.raises((OperationalError, ProgrammingError)), db.read() as session:
        session.execute(text("SELECT * FROM no_such_table"))


def test_an_error_of_the_database_names_no_value(db: Database) -> None:
    """It is logged, and a value may be a secret or a hash."""
    user = add_user(db)
    token = {"id": "same", "user_id": user, "name": "", "created_at": 0, "kind": "bearer"}
    two = [{**token, "token_hash": word, "scopes": []} for word in ("first", "geheim")]
    with pytest.raises(IntegrityError) as caught, db.write() as session:
        session.execute(insert(Token), two)
    assert "INSERT INTO token" in str(caught.value)
    assert "geheim" not in str(caught.value)


def texts_of(error: BaseException | None) -> str:
    """What a traceback shows of the error and of those before it."""
    return f"{error!r} {error} {texts_of(error.__cause__ or error.__context__)}" if error else ""


@pytest.mark.parametrize(
    "broken", [{"created_at": None}, {"user_id": "geheim"}], ids=["null", "no user"]
)
def test_a_broken_rule_is_told_without_the_row(db: Database, broken: dict[str, object]) -> None:
    """PostgreSQL adds the whole row, or the key."""
    token = {"id": "same", "user_id": add_user(db), "name": "", "created_at": 0, "kind": "bearer"}
    row = {**token, "scopes": [], "token_hash": "geheim", **broken}
    with pytest.raises(IntegrityError) as caught, db.write() as session:
        session.execute(insert(Token), row)
    written = texts_of(caught.value)
    assert "constraint" in written
    assert "INSERT INTO token" in written
    assert "geheim" not in written


@pytest.mark.parametrize("kind", ["integer", "json", "timestamp"])
def test_a_value_that_cannot_be_read_is_not_told(postgres_db: Database, kind: str) -> None:
    with pytest.raises(DBAPIError) as caught, postgres_db.read() as session:
        session.execute(text(f"SELECT CAST(CAST(:word AS text) AS {kind})"), {"word": "geheim"})
    written = texts_of(caught.value)
    assert "22" in written  # its SQLSTATE
    assert "geheim" not in written


def test_a_deadlock_still_says_who_waited_for_whom(postgres_db: Database) -> None:
    two = [add_user(postgres_db, name) for name in ("ann", "bob")]
    both_hold_one = threading.Barrier(2)
    errors: list[str] = []

    def lock(first: str, second: str) -> None:
        try:
            with postgres_db.write() as session:
                session.execute(select(User).where(User.id == first).with_for_update())
                both_hold_one.wait()
                session.execute(select(User).where(User.id == second).with_for_update())
        except UnavailableError as error:
            errors.append(str(error))

    threads = [threading.Thread(target=lock, args=pair) for pair in (two, two[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(errors) == 1
    assert "waits for ShareLock" in errors[0]


def test_a_read_sees_one_moment(db: Database) -> None:
    add_problem(db)
    user = add_user(db)
    many = select(func.count()).select_from(Submission)
    with db.read() as session:
        assert session.scalar(many) == 0
        submit(db, user)
        assert session.scalar(many) == 0
    assert count(db) == 1


def test_threads_write_at_once(db: Database) -> None:
    add_problem(db)
    user = add_user(db)
    threads = [
        threading.Thread(target=lambda: [submit(db, user) for _ in range(10)]) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(db) == 80


def test_one_key_sent_by_many_threads_at_once_is_one_submission(db: Database) -> None:
    add_problem(db)
    user = add_user(db)
    answers = []
    gate = threading.Barrier(8)

    def send() -> None:
        gate.wait()
        answers.append(submit(db, user, key="k"))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({answer.id for answer in answers}) == 1
    assert [answer.created for answer in answers].count(True) == 1
    assert count(db) == 1


def test_what_got_events_is_announced_after_the_commit(database_url: str) -> None:
    announced: list[dict[str, list[str]]] = []
    seen: list[int] = []

    def announce(changed: Mapping[str, Sequence[Event]]) -> None:
        announced.append({id: [one.kind for one in events] for id, events in changed.items()})
        seen.append(len(kinds(db, sent.id)))

    db = Database(database_url)
    upgrade(db)
    add_problem(db)
    user = add_user(db)
    sent = submit(db, user)
    db.announce = announce
    sure_claim(db, sent.judging_id)
    assert (announced, seen) == ([{sent.id: ["judging"]}], [2])
    db.close()


def test_a_forked_child_has_connections_of_its_own(database_url: str) -> None:
    db = Database(database_url, keep_connections=False)
    upgrade(db)
    add_problem(db)
    user = add_user(db)
    submit(db, user)
    child = os.fork()
    if child == 0:
        status = 1
        try:
            submit(db, user)
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    submit(db, user)
    assert count(db) == 3
    db.close()


def test_without_kept_connections_each_transaction_opens_one(database_url: str) -> None:
    db = Database(database_url, keep_connections=False)
    opened: list[object] = []
    event.listen(db.engine, "connect", lambda raw, _: opened.append(raw))
    upgrade(db)
    assert count(db) == 0
    assert len(opened) == 2


def test_a_database_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    away = Database(f"postgresql+psycopg://judge@/none?host={tmp_path}")
    with pytest.raises(UnavailableError):
        upgrade(away)
    away.close()


def test_a_connection_that_the_server_closed_while_it_rested_is_replaced(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    db = Database(postgres.new_database())
    monkeypatch.setattr("judge.db.session._RESTED_S", 3600.0)
    close_connections(db)
    # It was used a moment ago: the transaction fails, and says that it may be tried again.
    with pytest.raises(UnavailableError), db.read() as session:
        session.execute(text("SELECT 1"))
    close_connections(db)
    monkeypatch.setattr("judge.db.session._RESTED_S", 0.0)
    with db.read() as session:
        assert session.scalar(text("SELECT 1")) == 1
    db.close()


def test_what_the_server_has_prepared_outlives_a_read(postgres: PostgresServer) -> None:
    db = Database(postgres.new_database())
    for _ in range(10):  # the driver prepares what is asked for the sixth time
        with db.read() as session:
            assert session.scalar(text("SELECT 1")) == 1
        with db.read_columns() as connection:
            assert connection.scalar(text("SELECT 2")) == 2
    with db.read() as session:
        prepared = session.scalars(text("SELECT statement FROM pg_prepared_statements")).all()
    assert sorted(prepared) == ["SELECT 1", "SELECT 2"]
    db.close()


def close_connections(db: Database) -> None:
    """Have the server close the connection that `db` keeps."""
    with db.read() as session:
        pid = session.scalar(text("SELECT pg_backend_pid()"))
    other = Database(str(db.url.render_as_string(hide_password=False)))
    with other.read() as session:
        # Wait until the server's process for the connection has ended.
        assert session.scalar(text(f"SELECT pg_terminate_backend({pid}, 10000)"))
    other.close()


def test_the_servers_clock_is_asked_once_for_several_transactions(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # However slow this machine is at the moment.
    monkeypatch.setattr("judge.db.session._CLOCK_KEPT_S", 3600.0)
    db = Database(postgres.new_database())
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    seen = []
    for _ in range(3):
        with db.read() as session:
            seen.append(db.now(session))
    assert len([statement for statement in asked if "clock_timestamp" in statement]) == 1
    with db.read() as session:
        seen.append(session.scalar(text("SELECT extract(epoch FROM clock_timestamp())::float8")))
    assert seen == sorted(seen)
    db.close()
