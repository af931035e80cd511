"""What doctor says of settings."""

import json

import pytest

from cli.doctor import show_settings
from judge.settings import Settings


def test_settings_are_listed_without_their_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    settings = Settings(
        database_url="postgresql+psycopg://shousi:hunter2@db/shousi",
        broker_url="redis://:hunter3@valkey:6379/0",
        admin_password="hunter4",
    )
    show_settings(settings, as_json=True)
    said = capsys.readouterr().out
    listed = {each["name"]: each["value"] for each in json.loads(said)}
    assert "hunter" not in said
    assert listed["SHOUSI_DATABASE_URL"] == "postgresql+psycopg://shousi:***@db/shousi"
    assert listed["SHOUSI_ADMIN_PASSWORD"] == "set"
    assert listed["SHOUSI_MAX_ATTEMPTS"] == "3"
