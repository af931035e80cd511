"""Which sandbox is chosen where no engine answers, and that the reason is told."""

from pathlib import Path

import pytest

from worker.sandbox.base import SandboxError
from worker.sandbox.choice import Backend, Choice, choose


@pytest.fixture(autouse=True)
def _no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")


def test_namespaces_are_taken_when_asked_for() -> None:
    assert choose("namespaces", "runc", None).backend is Backend.NAMESPACES


def test_auto_takes_namespaces_without_an_engine() -> None:
    choice = choose("auto", "runc", None)
    assert choice.backend is Backend.NAMESPACES
    assert "no engine answers" in choice.why


def test_docker_is_refused_without_an_engine() -> None:
    with pytest.raises(SandboxError, match="no engine answers"):
        choose("docker", "runc", None)


@pytest.mark.parametrize("wanted", ["auto", "docker"])
def test_fork_servers_that_run_already_are_joined(wanted: str, tmp_path: Path) -> None:
    why = f"SHOUSI_SANDBOX_DIR names fork servers, in {tmp_path}"
    assert choose(wanted, "runc", tmp_path) == Choice(Backend.JOINED, why)
