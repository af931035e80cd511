"""The sandbox in a hardened container: the same fork servers behind one more wall.

Theory of operation. A worker's main process starts one container of the image `shousi-runner`,
in which `worker.sandbox.host` runs the fork servers as it does outside. Its sockets lie in a
folder that we mount; supervisors connect there and go on exactly as in `namespaces`: a fresh
nested jail per test, watched and measured from out here. The folder, and not the engine's
attached stream, because only a socket can carry descriptors. Over a stream somebody inside would
have to hold the pipes, the clock and the limits, and would be believed; this way nothing inside
counts anything. All that crosses is a READY, a process's handle to kill it by, and what the
submission wrote. A jail doesn't contain the folder; who breaks out of one and finds it can refuse
or break the service, which reads as a fault of ours, and still can't state a verdict.

The container has no network, no capability, nothing writable but that folder, no way to gain
rights, a user that is nobody on the machine, and our own system call filter (`container_filter`).
Three things are looser than an engine's defaults, all for the nested jails: the filter lets
namespaces be made; AppArmor's profile for containers, which forbids every mount, is off; and
/proc is not masked, since a nested /proc can be had only where the outer one is in full view. A
submission sees none of these from its jail, and without a capability the outer /proc lets one
read little and write nothing.

What each failure does. The container's standard input is held open by us: when we die it closes,
the host inside ends, and the engine removes the container. Should the engine have died as well,
the next worker removes what a dead one left, which its label tells. A container that ends is
started again. The image must be of our own sources; it says so when it is ready.
"""

import contextlib
import os
import platform
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import structlog
from docker.errors import APIError, DockerException, ImageNotFound, NotFound

from worker.sandbox import cgroups, container_filter, mounts
from worker.sandbox.base import Runtime, SandboxError
from worker.sandbox.host import READY_LINE
from worker.sandbox.namespaces import NamespaceSandbox

log = structlog.get_logger(__name__)

IMAGE = "shousi-runner"
LABEL = "shousi.owner"
RUNNER_ID = 10002
"""The image's user, and its group."""
_FOLDER = "/run/shousi"
_ENGINE_TIMEOUT_S = 30
_LOOK_TIMEOUT_S = 3
_READY_TIMEOUT_S = 60.0
_RESTART_PAUSE_S = 1.0
_PROCESSES = 4096
_LEAST_MEMORY_BYTES = 2 << 30
_HEADER_BYTES = 8  # before each part of an attached stream: which output it is, and its length


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
        knock()
        with contextlib.closing(docker.from_env(timeout=_LOOK_TIMEOUT_S)) as client:
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


def knock() -> None:
    """Raise OSError where nobody listens on the engine's socket; the SDK would leave one open."""
    address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if address.startswith("unix://"):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            probe.settimeout(_LOOK_TIMEOUT_S)
            probe.connect(address.removeprefix("unix://"))


class _Container:
    """One container, attached to: closing the stream closes its standard input."""

    def __init__(self, client: docker.DockerClient, name: str) -> None:
        self._client = client
        self._name = name
        params = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        self._attached = client.api.attach_socket(name, params=params)
        self._stream: socket.socket = self._attached._sock

    def await_ready(self) -> None:
        """Return when its sockets are there; SandboxError if it ends, or isn't of our sources."""
        said = b""
        self._stream.settimeout(_READY_TIMEOUT_S)
        try:
            while READY_LINE not in said or not said.endswith(b"\n"):
                part = self._stream.recv(4096)
                if not part:
                    raise SandboxError(f"the runner's container ended: {_readable(said)}")
                said += part
        except OSError as error:
            raise SandboxError(f"the runner's container says nothing: {error}") from error
        if mounts.source_digest().encode() not in said:
            raise SandboxError(f"the image {IMAGE} is of other sources: run `make images` again")

    def await_end(self) -> None:
        """Return when it has ended; what it still says is logged."""
        with contextlib.suppress(OSError):  # closed by `remove`
            self._stream.settimeout(None)
            while part := self._stream.recv(4096):
                log.warning("the runner's container says", text=_readable(part))

    def remove(self) -> None:
        """Kill it, and let the engine forget it."""
        with contextlib.suppress(OSError):  # the engine has hung up already
            self._stream.shutdown(socket.SHUT_RDWR)
        self._stream.close()
        self._attached.close()  # the file round the socket: only with both closed it is
        remove(self._client, self._name)


def _readable(said: bytes) -> str:
    return said[_HEADER_BYTES:].decode(errors="replace").strip()[-500:]


def remove(client: docker.DockerClient, name: str) -> None:
    """Remove a container, running or not; one that is going already is fine."""
    try:
        client.api.remove_container(name, force=True, v=True)
    except NotFound:
        return
    except APIError as error:
        if error.status_code != 409:  # its removal is in progress
            raise


def sweep(client: docker.DockerClient) -> int:
    """Remove the containers of dead workers of this machine; how many."""
    found = client.api.containers(all=True, filters={"label": LABEL})
    stale = [one["Id"] for one in found if cgroups.owner_is_dead(one["Labels"][LABEL])]
    for name in stale:
        remove(client, name)
    return len(stale)


def host_config(client: docker.DockerClient, run_dir: Path, runtime: str) -> dict[str, Any]:
    """Every wall of the container."""
    config: dict[str, Any] = client.api.create_host_config(
        runtime=runtime,
        network_mode="none",
        read_only=True,
        cap_drop=["ALL"],
        security_opt=[
            "no-new-privileges:true",
            f"seccomp={container_filter.text()}",
            "apparmor=unconfined",
        ],
        ipc_mode="none",
        pids_limit=_PROCESSES,
        mem_limit=max(_LEAST_MEMORY_BYTES, _machine_memory_bytes() * 3 // 4),
        log_config=docker.types.LogConfig(type="none"),
        mounts=[docker.types.Mount(_FOLDER, str(run_dir), type="bind")],
        auto_remove=True,
    )
    config["MaskedPaths"] = config["ReadonlyPaths"] = []
    return config


def _machine_memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _user_of(run_dir: Path) -> str:
    """Whom the container runs as: not us. Gives that user a way into `run_dir`, and nobody else."""
    group = RUNNER_ID if os.geteuid() == 0 else os.getegid()
    os.chown(run_dir, -1, group)
    run_dir.chmod(0o770)
    return f"{RUNNER_ID}:{group}"


def start_container(client: docker.DockerClient, run_dir: Path, runtime: str) -> _Container:
    """Start a container of fork servers with its sockets in `run_dir`; raises SandboxError."""
    try:
        made = client.api.create_container(
            IMAGE,
            command=["--until-eof", "--ready-fd", "1"],
            user=_user_of(run_dir),
            hostname="runner",
            stdin_open=True,
            labels={LABEL: cgroups.owner_name()},
            host_config=host_config(client, run_dir, runtime),
        )
        name = made["Id"]
        try:
            container = _Container(client, name)
            client.api.start(name)
        except BaseException:
            remove(client, name)
            raise
    except (DockerException, OSError) as error:
        raise SandboxError(f"the engine starts no container: {error}") from error
    return container


class DockerHost:
    """A worker's container; each of its processes connects for itself."""

    def __init__(self, runtime: str, *, use_cgroups: bool = True) -> None:
        self._use_cgroups = use_cgroups
        self._runtime = runtime
        self._owner = os.getpid()
        self._stopped = threading.Event()
        self._restarted = threading.Event()
        self._client = docker.from_env(timeout=_ENGINE_TIMEOUT_S)
        self._run_dir = Path(tempfile.mkdtemp(prefix="shousi-"))
        try:
            sweep(self._client)
            self._container = start_container(self._client, self._run_dir, runtime)
            self._first_ready()
        except (SandboxError, DockerException) as error:
            shutil.rmtree(self._run_dir, ignore_errors=True)
            raise SandboxError(str(error)) from error
        self._keeper = threading.Thread(target=self._keep, name="sandbox-container", daemon=True)
        self._keeper.start()

    def _first_ready(self) -> None:
        """Wait until Python programs can be run, which is when nested jails are known to work."""
        try:
            self._container.await_ready()
            with contextlib.closing(self.connect()) as sandbox:
                sandbox.await_ready(Runtime.PYTHON)
        except SandboxError:
            self._container.remove()
            raise

    def connect(self, on_close: Callable[[], None] = lambda: None) -> NamespaceSandbox:
        """A sandbox of the caller's own; closing it calls `on_close`."""
        tree = cgroups.find_tree()
        if tree is not None:
            tree.sweep()  # the host sees neither our groups nor whose they were
        return NamespaceSandbox(self._run_dir, use_cgroups=self._use_cgroups, on_close=on_close)

    def _keep(self) -> None:
        while True:
            self._container.await_end()
            if self._stopped.wait(_RESTART_PAUSE_S):
                return
            try:
                self._container.remove()
                self._container = start_container(self._client, self._run_dir, self._runtime)
                self._container.await_ready()
                self._restarted.set()
            except (SandboxError, DockerException) as error:
                log.warning("the runner's container can't be started again", error=str(error))

    def await_restart(self, timeout_s: float = _READY_TIMEOUT_S) -> None:
        """Return when a container that ended has been followed by another; SandboxError if not."""
        if not self._restarted.wait(timeout_s):
            raise SandboxError("no other container was started")

    def close(self) -> None:
        """End the container, with whatever still runs in it. In a fork this does nothing."""
        if os.getpid() != self._owner:
            return
        self._stopped.set()
        try:
            self._container.remove()
        except DockerException as error:
            log.warning("the runner's container is left to the next sweep", error=str(error))
        self._keeper.join()
        self._client.close()
        shutil.rmtree(self._run_dir, ignore_errors=True)


def start_sandbox(runtime: str = "runc", *, use_cgroups: bool = True) -> NamespaceSandbox:
    """A container of its own and a sandbox in it; closing the sandbox ends both."""
    host = DockerHost(runtime, use_cgroups=use_cgroups)
    return host.connect(host.close)


def describe(engine: Engine) -> str:
    """The engine in words."""
    return f"engine {engine.version} on {platform.machine()}, runtime {engine.runtime}"
