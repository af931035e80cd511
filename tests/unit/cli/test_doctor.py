"""What doctor says of settings."""

import json

import pytest

from cli.doctor import _providers, show_settings
from judge.settings import Settings
from judge.sso.provider import Provider
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


def test_providers_that_do_not_answer_are_named() -> None:
    with providing() as provider:
        oidc = {"work": provider.settings(), "other": provider.settings(issuer=f"{provider.url}/x")}
        answers, silent = _providers(Settings(oidc=oidc))
    assert (answers.name, answers.ok) == ("provider work", True)
    assert (silent.name, silent.ok, silent.required) == ("provider other", False, False)
    assert "SHOUSI_OIDC__OTHER__ISSUER" in silent.fix
