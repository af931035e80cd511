"""`shousi problem new`: what it writes verifies, without a warning."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.problem import app
from judge.settings import get_settings


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout + result.stderr


@pytest.mark.parametrize("kind", ["stdio", "function", "torch", "quiz"])
def test_a_new_package_verifies(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOUSI_RUNNER_PYTHON", str(get_settings().runner_python.absolute()))
    monkeypatch.chdir(tmp_path)
    assert run("new", "--kind", kind, "mine")[0] == 0
    code, text = run("verify", "mine", "--json")
    report = json.loads(text)
    assert (code, report["errors"], report["warnings"]) == (0, [], [])


def test_a_new_package_overwrites_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    assert run("new", "mine") == (
        2,
        "error: mine: already exists; choose another name, or remove it\n",
    )
    assert run("new", "My_Own")[0] == 2
