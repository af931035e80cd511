"""The container's system call filter, and the container's other settings in compose."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from worker.sandbox.seccomp import container_profile, syscalls

PROJECT = Path(__file__).resolve().parents[5]
_FOR_JAILS = {
    "mount", "mount_setattr", "pivot_root", "setdomainname", "sethostname", "setns", "umount2",
    "unshare",
}  # fmt: skip


def allowed() -> set[str]:
    rules = container_profile.profile()["syscalls"]
    return {name for rule in rules if rule["action"] == "SCMP_ACT_ALLOW" for name in rule["names"]}


def services() -> dict[str, dict[str, Any]]:
    compose: dict[str, dict[str, Any]] = YAML(typ="safe").load(PROJECT / "docker-compose.yml")
    return compose["services"]


def test_the_committed_profile_is_the_tables() -> None:
    assert container_profile.PROFILE.read_text() == container_profile.text()


def test_of_what_ends_a_submission_only_what_jails_are_made_by_is_allowed() -> None:
    fatal = {entry.split(":")[0] for entry in syscalls.FATAL.split()}
    assert allowed() & fatal == _FOR_JAILS


def test_whatever_a_jail_allows_is_allowed() -> None:
    tables = (syscalls.ALLOWED, syscalls.EXECUTING)
    assert {entry.split(":")[0] for table in tables for entry in table.split()} <= allowed()


@pytest.mark.parametrize("name", services())
def test_compose_gives_no_privileges(name: str) -> None:
    service = services()[name]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not {"privileged", "devices", "userns_mode", "ipc"} & service.keys()
    assert not any("docker.sock" in volume for volume in service.get("volumes", []))


def test_the_runner_of_compose_has_nothing_to_reach() -> None:
    runner = services()["runner"]
    assert (runner["network_mode"], runner["read_only"]) == ("none", True)
    assert runner["volumes"] == ["jails:/run/shousi", "proc:/run/proc"]
    assert not {"environment", "secrets", "cap_add"} & runner.keys()
