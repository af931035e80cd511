"""Finds the container engine, and makes containers with the settings that all of ours share.

Each container has no network, no capability, no way to gain rights, a read-only root, a user id
that no user of the machine has, and limits on memory and processes. A label names its owner, so
that containers of dead workers can be found and removed.
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
"""The path in a container of the folder that it shares with the worker."""
RUNNER_ID = 10002
"""The id of the image's user and of its group."""
_TIMEOUT_S = 30
_LOOK_TIMEOUT_S = 3
_PROCESSES = 4096
_LEAST_MEMORY_BYTES = 2 << 30

_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine that answers and has the image."""

    version: str
    runtime: str


def look_for_engine(runtime: str) -> Engine:
    """Find the engine that the environment names (DOCKER_HOST), with `runtime` and our image.

    Raises SandboxError, which says what is missing and how to get it.
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
    """Raise OSError if the engine's socket refuses; here the SDK would leak an open socket."""
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
    """Return a short text about the engine."""
    return f"engine {engine.version} on {platform.machine()}, runtime {engine.runtime}"


def open_client(timeout_s: int = _TIMEOUT_S) -> docker.DockerClient:
    """Return a connection to the engine; the caller closes it."""
    client = docker.from_env(timeout=timeout_s)
    # Else each request reads proxy settings from the environment, which other threads may change.
    client.api.trust_env = False
    return client


def remove(client: docker.DockerClient, name: str) -> None:
    """Remove a container, running or not; return when it is gone. Raises DockerException, and
    OSError if the engine doesn't answer."""
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
    """Remove the containers of this machine's dead workers; return their number."""
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
    """Return a new unique label that names this process as the owner, for `sweep`."""
    return f"{cgroups.owner_name()}-{next(_numbers)}"


def chown_for(path: Path, user: int = RUNNER_ID) -> str:
    """Give a container that runs as `user` access to a folder or socket; return `user:group`.

    Root gives the path to that user's own group. Without root the container runs in this process's
    group.
    """
    group = user if os.geteuid() == 0 else os.getegid()
    os.chown(path, -1, group)
    path.chmod(0o770)
    return f"{user}:{group}"


def host_config(
    client: docker.DockerClient, runtime: str, folder: Path, filter_text: str, *, sealed: bool
) -> dict[str, Any]:
    """Return the restrictions that all our containers share, in the engine's format.

    `folder` is shared with the container, which can't change it if `sealed` is True.
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
    """Create a container, without starting it, and return its id; raises DockerException."""
    made = client.api.create_container(
        IMAGE,
        host_config=host_config,
        user=user,
        hostname="runner",
        labels={LABEL: label},
        **options,
    )
    return str(made["Id"])
