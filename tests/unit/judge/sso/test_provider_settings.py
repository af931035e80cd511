"""Providers in the settings: by variables, by files, and what can't be one."""

import json
from pathlib import Path

import pytest

from judge.errors import ShousiError
from judge.settings import Settings, get_settings

ISSUER = "https://id.example.org/realms/a"


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("SHOUSI_OIDC__WORK__ISSUER", ISSUER)
    monkeypatch.setenv("SHOUSI_OIDC__WORK__CLIENT_ID", "12345e67")
    return monkeypatch


def test_several_providers_by_variables_and_files(
    variables: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    variables.setenv("SHOUSI_OIDC__SCHOOL__ISSUER", "http://127.0.0.1:9400")
    variables.setenv("SHOUSI_OIDC__SCHOOL__CLIENT_ID", "b")
    variables.setenv("SHOUSI_OIDC__SCHOOL__DOMAINS", "Example.org, example.com")
    (tmp_path / "shousi_oidc__work__client_secret").write_text("0123\n")
    (tmp_path / "shousi_metrics_token").write_text("word\n")
    variables.setitem(Settings.model_config, "secrets_dir", tmp_path)
    settings = Settings()
    work, school = settings.oidc["work"], settings.oidc["school"]
    # Digits are no numbers here.
    assert (work.issuer, work.client_id, work.client_secret) == (ISSUER, "12345e67", "0123")
    assert settings.metrics_token == "word"
    assert school.client_secret is None
    assert school.speaks_for("a@EXAMPLE.com")
    assert not school.speaks_for("a@sub.example.com")
    assert not school.speaks_for("a@example.com@evil.example")
    assert work.speaks_for("a@anywhere.example")
    # Functions keep what they made of settings.
    assert {settings: 1}[Settings()] == 1


def test_an_empty_file_is_no_secret(variables: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "shousi_oidc__work__client_secret").write_text("\n")
    variables.setitem(Settings.model_config, "secrets_dir", tmp_path)
    with pytest.raises(ValueError, match="client_secret\n  String should have at least 1"):
        Settings()


def test_all_providers_in_one_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOUSI_OIDC", json.dumps({"work": {"issuer": ISSUER, "client_id": "a"}}))
    assert Settings().oidc["work"].issuer == ISSUER
    monkeypatch.setenv("SHOUSI_OIDC", "{}")
    assert Settings().oidc == {}
    monkeypatch.setenv("SHOUSI_OIDC", "work")
    get_settings.cache_clear()
    with pytest.raises(ShousiError, match=r"^SHOUSI_OIDC: Expecting value"):
        get_settings()
    get_settings.cache_clear()


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("WORK__ISSUER", "http://id.example.org", "SHOUSI_OIDC__WORK__ISSUER: an issuer is"),
        ("WORK__ISSUER", f"{ISSUER}?a=b", "SHOUSI_OIDC__WORK__ISSUER: an issuer is"),
        ("WORK__ISSUER", "https://[", "SHOUSI_OIDC__WORK__ISSUER: an issuer is"),
        ("WORK__ISSUER", "https://id.example.org:99999", "SHOUSI_OIDC__WORK__ISSUER: an issuer is"),
        ("WORK__DOMAINS", "@example.org", "SHOUSI_OIDC__WORK__DOMAINS: '@example.org' is no"),
        ("WORK__CLIENTID", "x", "SHOUSI_OIDC__WORK__CLIENTID: Extra inputs"),
        ("MY_COMPANY__ISSUER", ISSUER, "SHOUSI_OIDC__MY_COMPANY__CLIENT_ID: Field required"),
    ],
)
def test_what_cannot_be_is_one_line_with_the_name(
    variables: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    variables.setenv(f"SHOUSI_OIDC__{name}", value)
    get_settings.cache_clear()
    with pytest.raises(ShousiError) as caught:
        get_settings()
    get_settings.cache_clear()
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)


def test_a_providers_name_can_stand_in_an_address(variables: pytest.MonkeyPatch) -> None:
    variables.setenv("SHOUSI_OIDC__A.B__ISSUER", ISSUER)
    variables.setenv("SHOUSI_OIDC__A.B__CLIENT_ID", "x")
    with pytest.raises(ValueError, match=r"'a\.b' is no name of a provider"):
        Settings()
