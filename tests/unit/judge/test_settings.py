"""Invalid settings are refused with one line, and none is silently ignored."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from limits import parse

from cli.doctor import _variables
from judge.errors import ShousiError
from judge.settings import (
    Settings,
    get_settings,
    names_given,
    unknown_variables,
    without_password,
)

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LIMIT_SUBMIT", "many"),
        ("OTLP_ENDPOINT", "collector:4318"),
        ("LIMIT_SIGN_IN", "5"),
        ("LIMIT_SIGN_UP", "-5/minute"),
        ("LIMIT_BATCH", "5/fortnight"),
        # If there were several limits, the second would have no effect.
        ("LIMIT_GUESTS", "5/minute;1/second"),
        ("TRUSTED_PROXIES", "proxy.example"),
        ("TRUSTED_PROXIES", "10.0.0.1 10.0.0.2"),
        ("TRUSTED_PROXIES", "10.0.0.1/8"),
        ("TRUSTED_PROXIES", "10.0.0.0/33"),
        ("LEASE_S", "inf"),
        ("MAX_ATTEMPTS", "99999999999999999999"),
        ("EVENTS_KEPT_DAYS", "1e999"),
    ],
)
def test_a_wrong_value_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"SHOUSI_{name}", value)
    get_settings.cache_clear()
    with pytest.raises(ShousiError, match=f"^SHOUSI_{name}: .+$"):
        get_settings()
    get_settings.cache_clear()


@pytest.mark.parametrize("value", ["", "*", "10.0.0.1", "10.0.0.1, fd00::/8"])
def test_proxies_are_addresses_and_networks(value: str) -> None:
    assert Settings(trusted_proxies=value).trusted_proxies == value


@pytest.mark.parametrize("per", ["/", " / ", " per ", "per", "per 2", "/2 ", ""])
@pytest.mark.parametrize("unit", ["second", "Minutes", "hour", "days", "month", "years", "s", "m"])
def test_a_limit_is_what_the_library_takes_for_one(per: str, unit: str) -> None:
    value = f"10{per}{unit}"
    try:
        parse(value)
    except ValueError:
        with pytest.raises(ValueError, match="is no limit"):
            Settings(limit_submit=value)
    else:
        assert Settings(limit_submit=value).limit_submit == value


def test_a_variable_that_is_no_setting_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert unknown_variables(["PATH", "SHOUSI_HOME", "shousi_port", "SHOUSI_OIDC__A__ISSUER"]) == {}
    assert unknown_variables(["SHOUSI_SIGN_UP_OPEN", "SHOUSI_PORT_80_TCP"]) == {
        "SHOUSI_SIGN_UP_OPEN": "SHOUSI_SIGNUP_OPEN",
        "SHOUSI_PORT_80_TCP": "",
    }
    (tmp_path / "shousi_metric_token").touch()
    (tmp_path / "database_password").touch()
    monkeypatch.setitem(Settings.model_config, "secrets_dir", tmp_path)
    assert unknown_variables(names_given()) == {"SHOUSI_METRIC_TOKEN": "SHOUSI_METRICS_TOKEN"}
    (finding,) = _variables(Settings())
    assert (finding.ok, finding.required) == (False, False)
    assert "SHOUSI_METRIC_TOKEN" in finding.detail
    assert "SHOUSI_METRICS_TOKEN" in finding.fix


def test_every_variable_that_we_read_is_known() -> None:
    folders = ("api", "bench", "cli", "judge", "tests", "tools", "worker", ".ci")
    files = [path for name in folders for path in (ROOT / name).rglob("*") if path.suffix == ".py"]
    files += [ROOT / "docker-compose.yml", ROOT / "Dockerfile", ROOT / "Makefile", ROOT / ".ci/run"]
    read = re.compile(r"(?<![A-Z_])SHOUSI_[A-Z0-9_]*[A-Z0-9](?![A-Za-z0-9_{*])")
    named = {
        name for path in files if path != Path(__file__) for name in read.findall(path.read_text())
    }
    assert len(named) > 40
    assert unknown_variables(named) == {}


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://u:geheim@h/db",
        "postgresql+psycopg://u@h/db?sslmode=require&password=geheim",
        "postgresql+psycopg://u:geheim@h/db?sslpassword=geheim&sslkey=k",
        "redis://:geheim@h:6379/0",
        "redis://:a@geheim@h:6379/0",
        "redis://h:6379/0?Password=geheim",
        "unix:///run/s?password=geheim",
    ],
)
def test_no_password_is_shown(url: str) -> None:
    shown = without_password(url)
    assert "geheim" not in shown
    assert urlsplit(shown).hostname == urlsplit(url).hostname
