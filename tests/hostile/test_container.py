"""The container around the jails: its restrictions as the engine reports them, and what ends with
what.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import docker as sdk
import pytest

from cli.doctor import container_jails
from judge.limits import Limits
from judge.result import Ending
from tests.support.jails import PROJECT, RUNTIME, engine_or_skip
from tests.support.stack import wait_until
from worker.sandbox.base import Program, Runtime, SandboxError
from worker.sandbox.cgroup import tree as cgroups
from worker.sandbox.docker import container as docker
from worker.sandbox.docker import engine

_HELLO = Program(Runtime.PYTHON, {"main.py": b"print(42)"}, ("main.py",))
_WHERE = Program(
    Runtime.PYTHON,
    {"main.py": b"print(open('/proc/self/mountinfo').read().split('containers/')[1][:64])"},
    ("main.py",),
)
_WORKER = """
import signal
from worker.sandbox.base import Program, Runtime
from judge.limits import Limits
from worker.sandbox.docker.container import DockerHost
host = DockerHost({runtime!r}, nested={nested})
sandbox = host.connect()
sandbox.run(Program(Runtime.PYTHON, {{"main.py": b""}}, ("main.py",)), b"", Limits())
waiting = sandbox._spawn(Runtime.PYTHON, Limits())
print("ready", flush=True)
signal.pause()
"""


@pytest.fixture
def client() -> Iterator[sdk.DockerClient]:
    engine_or_skip()
    with contextlib.closing(sdk.from_env(timeout=60)) as opened:
        yield opened


@pytest.fixture
def host(client: sdk.DockerClient) -> Iterator[docker.DockerHost]:
    started = docker.DockerHost(RUNTIME)
    yield started
    started.close()


def ours(client: sdk.DockerClient, owner: int) -> list[str]:
    """The containers whose label names process `owner`."""
    found = client.api.containers(all=True, filters={"label": engine.LABEL})
    return [one["Id"] for one in found if f"-{owner}-" in one["Labels"][engine.LABEL]]


def await_gone(client: sdk.DockerClient, name: str) -> None:
    with contextlib.suppress(sdk.errors.NotFound):
        client.api.wait(name, timeout=60, condition="removed")


def test_walls(client: sdk.DockerClient, host: docker.DockerHost) -> None:
    (name,) = ours(client, os.getpid())
    seen = client.api.inspect_container(name)
    host_config = seen["HostConfig"]
    assert (host_config["NetworkMode"], host_config["ReadonlyRootfs"]) == ("none", True)
    assert (host_config["CapDrop"], host_config["CapAdd"], host_config["Privileged"]) == (
        ["ALL"],
        None,
        False,
    )
    assert host_config["LogConfig"]["Type"] == "none"
    assert "no-new-privileges:true" in host_config["SecurityOpt"]
    assert host_config["Memory"] > 0
    assert host_config["PidsLimit"] > 0
    assert seen["Config"]["User"].split(":")[0] == str(engine.RUNNER_ID)
    assert [mount["Destination"] for mount in seen["Mounts"]] == ["/run/shousi"]


@pytest.mark.parametrize(("nested", "said"), [(True, "a fresh one"), (False, "a container of its")])
def test_doctor_tells_how_runs_are_kept_apart(
    client: sdk.DockerClient, nested: bool, said: str
) -> None:
    found = container_jails(RUNTIME, required=True, nested=nested)
    assert found.ok
    assert said in found.detail
    assert ours(client, os.getpid()) == []


def test_each_run_has_a_container_where_none_can_hold_jails(client: sdk.DockerClient) -> None:
    host = docker.DockerHost(RUNTIME, nested=False)
    assert host.single_use
    with contextlib.closing(host.connect()) as sandbox:
        where = [sandbox.run(_WHERE, b"", Limits()).stdout.decode().strip() for _ in range(3)]
        assert len(set(where)) == 3
        waiting = sandbox._spawn(Runtime.PYTHON, Limits())
        seen = _walls_of_one(client)
        waiting.close()
    host.close()
    host_config = seen["HostConfig"]
    assert (host_config["NetworkMode"], host_config["ReadonlyRootfs"]) == ("none", True)
    assert (host_config["CapDrop"], host_config["CapAdd"], host_config["Privileged"]) == (
        ["ALL"],
        None,
        False,
    )
    assert not any("apparmor" in option for option in host_config["SecurityOpt"])
    assert {"/sys", "/proc/sys", "/proc/keys"} <= set(host_config["MaskedPaths"])
    assert not any(mount["RW"] for mount in seen["Mounts"])
    assert seen["Config"]["User"].split(":")[0] not in ("", "0", str(engine.RUNNER_ID))
    assert ours(client, os.getpid()) == []


def _walls_of_one(client: sdk.DockerClient) -> dict[str, Any]:
    """What the engine says of one of our containers; those that go meanwhile are left out."""
    for name in ours(client, os.getpid()):
        with contextlib.suppress(sdk.errors.NotFound):
            seen: dict[str, Any] = client.api.inspect_container(name)
            return seen
    raise AssertionError("none of our containers is there")


def test_a_closed_host_leaves_nothing(client: sdk.DockerClient) -> None:
    docker.DockerHost(RUNTIME).close()
    assert ours(client, os.getpid()) == []


def test_a_killed_container_is_started_again(
    client: sdk.DockerClient, host: docker.DockerHost
) -> None:
    (name,) = ours(client, os.getpid())
    client.api.kill(name)
    await_gone(client, name)
    with contextlib.closing(host.connect()) as sandbox:
        wait_until(lambda: sandbox.ready(Runtime.PYTHON), "another container to be ready")
        assert sandbox.run(_HELLO, b"", Limits()).ending is Ending.EXITED
    (second,) = ours(client, os.getpid())
    assert second != name


@pytest.mark.parametrize("nested", [True, False])
def test_a_killed_worker_takes_its_containers_along(client: sdk.DockerClient, nested: bool) -> None:
    script = _WORKER.format(runtime=RUNTIME, nested=nested)
    worker = subprocess.Popen([sys.executable, "-c", script], cwd=PROJECT, stdout=subprocess.PIPE)
    assert worker.stdout is not None
    with worker.stdout as said:
        assert b"ready\n" in said  # after what it logs
    names = ours(client, worker.pid)
    assert names
    worker.send_signal(signal.SIGKILL)
    worker.wait()
    for name in names:
        await_gone(client, name)
    assert ours(client, worker.pid) == []


def test_containers_of_dead_workers_are_swept(client: sdk.DockerClient) -> None:
    namespace, pid, _ = cgroups.owner_name().split("-")
    dead, alive, stranger = (f"{namespace}-{pid}-1-7", engine.new_label(), "1-1-1-7")
    made = {
        owner: client.api.create_container(engine.IMAGE, labels={engine.LABEL: owner})["Id"]
        for owner in (dead, alive, stranger)
    }
    try:
        assert engine.sweep(client) == 1
        left = {one["Id"] for one in client.api.containers(all=True)}
        assert left & set(made.values()) == {made[alive], made[stranger]}
    finally:
        for name in made.values():
            engine.remove(client, name)


def test_an_image_of_other_sources_is_refused(
    client: sdk.DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.sandbox.forkserver.mounts.source_digest", lambda: "0" * 16)
    with pytest.raises(SandboxError, match="make images"):
        docker.DockerHost(RUNTIME)
    assert ours(client, os.getpid()) == []


def test_a_runtime_that_the_engine_lacks_is_named(client: sdk.DockerClient) -> None:
    with pytest.raises(SandboxError, match="no runtime no-such"):
        engine.look_for_engine("no-such")


def test_a_container_that_ends_at_once_is_told(
    client: sdk.DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("worker.sandbox.forkserver.mounts.alone_command", lambda *_: ["/bin/false"])
    with pytest.raises(SandboxError, match="ended at once"):
        docker.DockerHost(RUNTIME, nested=False)
    assert ours(client, os.getpid()) == []
