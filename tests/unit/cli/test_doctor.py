"""What `shousi doctor` says about settings."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from cli.backup import back_up
from cli.doctor import (
    Finding,
    _broker,
    _database,
    _home,
    _providers,
    show_findings,
    show_settings,
)
from judge.errors import ShousiError
from judge.settings import Settings
from judge.sso.provider import Provider
from tests.support.migrated import write_database
from tests.support.oidc_provider import providing


def test_settings_are_listed_without_their_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(
        database_url="postgresql+psycopg://shousi:hunter2@db/shousi",
        broker_url="redis://:hunter3@valkey:6379/0",
        admin_password="hunter4",
        oidc={
            "work": Provider(
                issuer="https://id.example.org", client_id="shousi", client_secret="hunter5"
            )
        },
    )
    show_settings(settings, as_json=True)
    said = capsys.readouterr().out
    listed = {each["name"]: each["value"] for each in json.loads(said)}
    assert "hunter" not in said
    assert listed["SHOUSI_DATABASE_URL"] == "postgresql+psycopg://shousi:***@db/shousi"
    assert listed["SHOUSI_ADMIN_PASSWORD"] == "set"
    assert listed["SHOUSI_OIDC"] == "work: https://id.example.org"
    assert "hunter" not in repr(settings.oidc)
    assert listed["SHOUSI_MAX_ATTEMPTS"] == "3"


def test_brackets_are_shown_as_they_are(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    url = "redis://[fd00::1]:6379/[/x]"
    show_settings(Settings(broker_url=url), as_json=False)
    assert url in capsys.readouterr().out
    show_findings([Finding("[/x]", False, url, "[red]fix")])
    said = capsys.readouterr().out
    assert url in said
    assert "[red]fix" in said


def test_providers_that_do_not_answer_are_named() -> None:
    with providing() as provider:
        oidc = {"work": provider.settings(), "other": provider.settings(issuer=f"{provider.url}/x")}
        answers, silent = _providers(Settings(oidc=oidc))
    assert (answers.name, answers.ok) == ("provider work", True)
    assert (silent.name, silent.ok, silent.required) == ("provider other", False, False)
    assert "SHOUSI_OIDC__OTHER__ISSUER" in silent.fix


def test_a_database_that_can_not_be_used_is_named(tmp_path: Path) -> None:
    file = tmp_path / "shousi.db"
    settings = Settings(home=tmp_path, database_url=f"sqlite:///{file}")
    (new,) = _database(settings)
    assert (new.ok, file.exists()) == (True, False)
    with closing(sqlite3.connect(file)) as theirs, theirs:
        theirs.execute("CREATE TABLE customer (name TEXT)")
    (others,) = _database(settings)
    assert (others.ok, others.required) == (False, True)
    assert "another program's" in others.fix
    file.unlink()
    write_database(file)
    (ours,) = _database(settings)
    assert ours.ok
    (nowhere,) = _database(Settings(database_url="postgresql+psycopg://a:hunter2@127.0.0.1:1/b"))
    assert not nowhere.ok
    assert "Connection refused" in nowhere.fix
    assert "hunter2" not in nowhere.detail + nowhere.fix


def test_a_broker_that_was_named_must_answer() -> None:
    assert list(_broker(Settings())) == []
    (silent,) = _broker(Settings(broker_url="redis://:hunter2@127.0.0.1:1/0"))
    assert (silent.ok, silent.required) == (False, True)
    assert "SHOUSI_BROKER_URL" in silent.fix
    assert "hunter2" not in silent.detail + silent.fix


@pytest.mark.parametrize("url", ["nonsense", "postgresql+psycopg://u@h:x/d", "sqlite://"])
def test_a_database_url_that_is_none_is_told(tmp_path: Path, url: str) -> None:
    settings = Settings(home=tmp_path / "home", database_url=url)
    (found,) = _database(settings)
    assert (found.ok, found.required) == (False, True)
    assert found.fix.startswith("SHOUSI_DATABASE_URL must be sqlite:///PATH or ")
    with pytest.raises(ShousiError, match=r"^SHOUSI_DATABASE_URL must be"):
        back_up(settings, tmp_path / "night.zip")


def test_a_home_that_can_not_be_made_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    new, disk = _home(Settings(home=tmp_path / "[/a]" / "b" / "c"))
    assert (new.ok, new.detail) == (True, f"{tmp_path}/[/a]/b/c, made at the first start")
    assert str(tmp_path) in disk.detail
    show_findings([new])
    # The table wraps lines that are longer than the terminal is wide.
    assert "[/a]" in "".join(capsys.readouterr().out.split())
    file = tmp_path / "file"
    file.touch()
    (tmp_path / "loop").symlink_to("loop")
    for home, why in (
        (file, f"{file} is no folder"),
        (file / "inside", f"{file} is no folder"),
        (tmp_path / "loop", "Too many levels of symbolic links"),
    ):
        (found, *_) = _home(Settings(home=home))
        assert (found.ok, why in found.detail) == (False, True)
