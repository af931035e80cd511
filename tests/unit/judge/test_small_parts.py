"""Identifiers, settings, logs, the list of workers."""

import json
import logging
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from pydantic import ValidationError

from judge import workers
from judge.broker_socket import socket_path
from judge.db.migrate import upgrade
from judge.db.session import Database
from judge.ids import first_id, new_id
from judge.languages import LANGUAGES
from judge.logs import set_up_logs
from judge.settings import Settings
from judge.states import Purpose
from judge.workers import LanguageView


def test_ids_are_uuids_that_begin_with_the_time() -> None:
    before = time.time_ns() // 10**6
    ids = [uuid.UUID(new_id()) for _ in range(100)]
    after = time.time_ns() // 10**6
    assert len(set(ids)) == 100
    assert all(before <= each.int >> 80 <= after for each in ids)
    assert {each.version for each in ids} == {7}
    assert {each.variant for each in ids} == {uuid.RFC_4122}


def test_ids_of_one_millisecond_are_in_order() -> None:
    ids = [new_id() for _ in range(5000)]
    assert ids == sorted(set(ids))


def test_an_id_sorts_after_one_from_the_future() -> None:
    ids = [first_id(time.time() + 3600)]
    for _ in range(100):
        ids.append(new_id(after=ids[-1]))
    assert ids == sorted(set(ids))
    assert new_id(after=new_id()) < ids[0]


def test_settings_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SHOUSI_HOME", str(tmp_path))
    monkeypatch.setenv("SHOUSI_LEASE_S", "5")
    monkeypatch.setenv("SHOUSI_ADMIN_PASSWORD", "")
    settings = Settings()
    assert settings.lease_s == 5.0
    assert settings.admin_password is None
    assert settings.database_url == f"sqlite:///{tmp_path}/shousi.db"
    assert settings.broker_url == f"unix://{socket_path(tmp_path)}"


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValidationError):
        Settings(max_attempts=0)
    with pytest.raises(ValidationError):
        Settings(lease_s=0)


def test_every_setting_says_what_it_is() -> None:
    assert [n for n, field in Settings.model_fields.items() if not field.description] == []


def test_the_password_is_not_printed() -> None:
    assert "hunter2" not in repr(Settings(admin_password="hunter2"))


def test_a_deep_home_has_its_socket_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert socket_path(Path("/srv/shousi")) == Path("/srv/shousi/broker/s")
    deep = Path("/srv") / ("x" * 100)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1")
    assert socket_path(deep).is_relative_to("/run/user/1")
    assert socket_path(deep) == socket_path(deep) != socket_path(deep / "y")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/" + "y" * 90)
    assert len(bytes(socket_path(deep))) <= 107


def test_what_no_person_waits_for_travels_on_slower_queues() -> None:
    assert {purpose: purpose.queue for purpose in Purpose} == {
        Purpose.SUBMISSION: "interactive",
        Purpose.RUN: "interactive",
        Purpose.INTERVIEW: "interactive",
        Purpose.REJUDGE: "rejudge",
        Purpose.PREVIEW: "rejudge",
        Purpose.BATCH: "batch",
    }


@pytest.fixture
def logs() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], _ = before
    root.setLevel(before[1])
    structlog.reset_defaults()


@pytest.mark.usefixtures("logs")
def test_logs_are_json_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info")
    structlog.get_logger("judge").info("judged", verdict="AC", 题="和")
    logging.getLogger("celery").warning("lost %s", "it")
    ours, theirs = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (ours["event"], ours["verdict"], ours["题"], ours["level"]) == (
        "judged",
        "AC",
        "和",
        "info",
    )
    assert (theirs["event"], theirs["logger"]) == ("lost it", "celery")


@pytest.mark.usefixtures("logs")
def test_logs_are_lines_for_a_person(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("warning", json=False)
    structlog.get_logger("judge").info("unimportant")
    structlog.get_logger("judge").warning("important")
    written = capsys.readouterr().err
    assert "important" in written
    assert "unimportant" not in written


@pytest.mark.usefixtures("logs")
@pytest.mark.parametrize("as_json", [True, False])
def test_no_text_in_the_logs_commands_a_terminal(
    capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    bad = "\x1b[2J\x9b31m\u202e\u2028\r\nforged\x7f"
    set_up_logs("info", json=as_json)
    log = structlog.get_logger("judge")
    log.warning(f"said {bad}", path=f"/{bad}")
    logging.getLogger("celery").warning("said %s", bad)
    log.error("failed", exc_info=ValueError(bad))
    written = capsys.readouterr().err
    # The colours of a line for a person, which are ours.
    plain = re.sub(r"\x1b\[[0-9;]*m", "", written)
    assert all(one.isprintable() or one == "\n" for one in plain)
    if as_json:
        first, second, third = map(json.loads, written.splitlines())
        assert (first["path"], second["event"]) == (f"/{bad}", f"said {bad}")
        assert bad in third["exception"]


def test_workers_come_and_go(db: Database) -> None:
    python = LanguageView("python3", "Python", "3.11", available=True)
    rust = LanguageView("rust", "Rust", "", available=False)
    assert not any(each.available for each in workers.languages(db))
    workers.register(db, id="w", host="h", pid=1, languages=[])
    workers.register(db, id="w", host="h", pid=1, languages=[python, rust])
    assert workers.seen(db, "w")
    assert not workers.seen(db, "v")
    assert [each.id for each in workers.alive(db)] == ["w"]
    told = workers.languages(db)
    assert [each.id for each in told] == list(LANGUAGES)
    assert [each for each in told if each.available] == [python]
    workers.gone(db, "w")
    assert workers.alive(db) == []


def test_a_silent_worker_is_not_alive(tmp_path: Path) -> None:
    now = [1000.0]
    db = Database(f"sqlite:///{tmp_path}/test.db", clock=lambda: now[0])
    upgrade(db)
    workers.register(db, id="w", host="h", pid=1, languages=[])
    now[0] += workers.ALIVE_S + 1
    assert workers.alive(db) == []
    workers.seen(db, "w")
    assert len(workers.alive(db)) == 1
    db.close()


def test_settings_are_read_without_the_brokers_client() -> None:
    # It takes the CLI longer to load than most commands take.
    program = "import sys, judge.settings; sys.exit('redis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
