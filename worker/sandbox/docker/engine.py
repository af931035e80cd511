"""The container engine: finding it, and what all our containers have in common.

Every container of ours has no network, no capability, no way to gain rights, a read-only root, a
user that is nobody on the machine, and limits on memory and processes. A label says whose it is,
so that those of dead workers can be told and removed.
"""

import contextlib
import itertools
import os
import platform
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
from docker.errors import APIError, DockerException, ImageNotFound, NotFound

from worker.sandbox.base import SandboxError
from worker.sandbox.cgroup import tree as cgroups

IMAGE = "shousi-runner"
LABEL = "shousi.owner"
FOLDER = "/run/shousi"
"""Where a container finds the folder that it shares with us."""
RUNNER_ID = 10002
"""The image's user, and its group."""
_TIMEOUT_S = 30
_LOOK_TIMEOUT_S = 3
_PROCESSES = 4096
_LEAST_MEMORY_BYTES = 2 << 30

_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that answered and has the image."""

    version: str
    runtime: str


def look_for_engine(runtime: str) -> Engine:
    """The engine that the environment names (DOCKER_HOST), with `runtime` and our image.

    Raises SandboxError, which says what is missing and what to do.
    """
    try:
        ping_socket()
        with contextlib.closing(open_client(_LOOK_TIMEOUT_S)) as client:
            info = client.info()
            client.images.get(IMAGE)
    except ImageNotFound as error:
        raise SandboxError(f"the engine has no image {IMAGE}: run `make images`") from error
    except (DockerException, OSError) as error:
        raise SandboxError(f"no engine answers: {error}") from error
    if runtime not in info["Runtimes"]:
        known = ", ".join(sorted(info["Runtimes"]))
        raise SandboxError(f"the engine has no runtime {runtime}, only {known}")
    return Engine(info["ServerVersion"], runtime)


def ping_socket() -> None:
    """Raise OSError where nobody listens on the engine's socket; the SDK would leave one open."""
    address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if address.startswith("unix://"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(_LOOK_TIMEOUT_S)
            probe.connect(address.removeprefix("unix://"))


def ping() -> None:
    """Raise SandboxError unless the engine answers soon."""
    try:
        ping_socket()
        with contextlib.closing(open_client(_LOOK_TIMEOUT_S)) as client:
            client.ping()
    except (DockerException, OSError) as error:
        raise SandboxError(f"the engine does not answer: {error}") from error


def describe(engine: Engine) -> str:
    """The engine in words."""
    return f"engine {engine.version} on {platform.machine()}, runtime {engine.runtime}"


def open_client(timeout_s: int = _TIMEOUT_S) -> docker.DockerClient:
    """A connection to the engine; the caller closes it."""
    client = docker.from_env(timeout=timeout_s)
    # Each request would look for a proxy in the environment, which another thread may be changing.
    client.api.trust_env = False
    return client


def remove(client: docker.DockerClient, name: str) -> None:
    """Remove a container, running or not; returns when it is gone. Raises DockerException, and
    OSError where the engine doesn't answer."""
    try:
        client.api.remove_container(name, force=True, v=True)
    except NotFound:
        return
    except APIError as error:
        if error.status_code != 409:
            raise
        with contextlib.suppress(NotFound):  # 409: its removal is in progress
            client.api.wait(name, timeout=_TIMEOUT_S, condition="removed")


def sweep(client: docker.DockerClient) -> int:
    """Remove the containers of dead workers of this machine; how many."""
    found = client.api.containers(all=True, filters={"label": LABEL})
    stale = [one["Id"] for one in found if cgroups.owner_is_dead(one["Labels"][LABEL])]
    for name in stale:
        remove(client, name)
    return len(stale)


def remove_labelled(client: docker.DockerClient, label: str) -> None:
    """Remove all containers with this label."""
    for one in client.api.containers(all=True, filters={"label": f"{LABEL}={label}"}):
        remove(client, one["Id"])


def new_label() -> str:
    """A label of this process's, unlike any other; `sweep` can tell whose it is."""
    return f"{cgroups.owner_name()}-{next(_numbers)}"


def chown_for(path: Path, user: int = RUNNER_ID) -> str:
    """Let a container that runs as `user` have a folder or socket of ours; its user and group.

    Only root can give that user's own group a way in; of anybody else it gets the group.
    """
    group = user if os.geteuid() == 0 else os.getegid()
    os.chown(path, -1, group)
    path.chmod(0o770)
    return f"{user}:{group}"


def host_config(
    client: docker.DockerClient, runtime: str, folder: Path, filter_text: str, *, sealed: bool
) -> dict[str, Any]:
    """Every wall that our containers have in common, as the engine wants it.

    `folder` is the one shared with us, which the container may not change if it is `sealed`.
    """
    machine_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    config: dict[str, Any] = client.api.create_host_config(
        runtime=runtime,
        network_mode="none",
        read_only=True,
        cap_drop=["ALL"],
        security_opt=["no-new-privileges:true", f"seccomp={filter_text}"],
        ipc_mode="none",
        pids_limit=_PROCESSES,
        mem_limit=max(_LEAST_MEMORY_BYTES, machine_bytes * 3 // 4),
        log_config=docker.types.LogConfig(type="none"),
        mounts=[docker.types.Mount(FOLDER, str(folder), type="bind", read_only=sealed)],
        auto_remove=True,
    )
    return config


def create(
    client: docker.DockerClient, host_config: dict[str, Any], user: str, label: str, **options: Any
) -> str:
    """Create, and not yet start, a container of the image; its id. Raises DockerException."""
    made = client.api.create_container(
        IMAGE,
        host_config=host_config,
        user=user,
        hostname="runner",
        labels={LABEL: label},
        **options,
    )
    return str(made["Id"])
