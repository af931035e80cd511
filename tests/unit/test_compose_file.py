"""Every setting that makes sense in compose can be set there."""

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from judge.settings import Settings

COMPOSE = Path(__file__).resolve().parents[2] / "docker-compose.yml"
# Of the images and their network, or of `make run` alone.
FIXED = {
    *("home", "database_url", "host", "port", "problems", "interviews"),
    *("sandbox", "docker_runtime", "runner_python", "torch_index"),
}
SECRETS = {"metrics_token", "admin_password", "oidc"}


def settings_in(service: str) -> set[str]:
    compose: Any = YAML(typ="safe").load(COMPOSE)
    named = compose["services"][service].get("environment", {})
    assert all(name.startswith("SHOUSI_") for name in named)
    return {name.removeprefix("SHOUSI_").lower() for name in named}


def test_every_setting_reaches_a_container() -> None:
    reached = settings_in("api") | settings_in("worker")
    assert set(Settings.model_fields) - reached == FIXED
    assert reached <= set(Settings.model_fields)
    # `prepare` makes the first admin.
    assert "admin_password" in settings_in("prepare")


def test_no_secret_reaches_who_needs_none() -> None:
    assert settings_in("api") >= SECRETS
    assert not SECRETS & settings_in("worker")
    assert settings_in("runner") == settings_in("processes") == set()
