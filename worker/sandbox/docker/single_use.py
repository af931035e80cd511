"""Makes a container for each run, if the engine forbids jails inside a container.

Theory of operation. A container's process 1 is a fork server with a single child (`runner.alone`).
It connects to the worker's socket (the "door", in a folder that is mounted read-only); from then on
supervisor and child use the same protocol as in every backend, and the folder is removed. The
sandbox's pool keeps a few children waiting, each in its container, and replaces each used one.

Here the container itself is the jail: namespaces, the image as a read-only root, scratch and /app
in memory with a size limit, no network, no capability. It needs none of the exceptions that nested
jails need: its filter forbids namespaces and mounts, AppArmor's profile is on, /proc is masked. Two
points are weaker than in a nested jail: the submission sees the image's files and the engine's
names for its mounts, and it may write in /app and so execute files that it made.

Each container runs under its own user id, because the kernel counts processes per user.

What each failure does. Process 1 ends when the worker's connection closes, so a dead worker's
containers end by themselves, and the engine removes them. If a container never connected, the next
worker finds it by its label and removes it. If the engine makes no container, or the container
doesn't connect, SandboxError is raised and the judging is repeated.
"""

import contextlib
import secrets
import shutil
import socket
import tempfile
import time
from pathlib import Path

import structlog
from docker.errors import DockerException

from judge.descriptors import wait_readable
from runner import protocol
from runner.protocol import APP, BOX, Spawn
from worker.sandbox.base import Runtime, SandboxError
from worker.sandbox.docker import engine
from worker.sandbox.forkserver import mounts
from worker.sandbox.forkserver.host import FAILED, RUNNING
from worker.sandbox.seccomp import container_profile

log = structlog.get_logger(__name__)

POOL_DEPTH = 2
_HOME = Path("/opt/shousi")
_DOOR = "door"
_DOOR_TIMEOUT_S = 180.0
_LOOK_EVERY_S = 1.0
# The engine's default list, and paths that a jail's own /proc and root don't show. This list
# replaces the engine's, which adds nothing to it.
_MASKED = (
    "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys",
    "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/sys", "/proc/timer_list",
    "/proc/timer_stats", "/sys", "/var/log",
)  # fmt: skip
_FIRST_USER, _USERS = 20_000, 40_000  # below 65536: a rootless engine has no other ids


class Containers:
    """Makes a container with a fork server for each connection. See `Servers`."""

    def __init__(self, runtime: str) -> None:
        self._runtime = runtime
        self._client = engine.open_client()
        self._label = engine.new_label()
        self._proven: set[Runtime] = set()

    def state(self, _: Runtime) -> tuple[str, str]:
        """See `Servers`: every runtime is available while the engine answers."""
        try:
            engine.ping()
        except SandboxError as error:
            return FAILED, str(error)
        return RUNNING, ""

    def await_ready(self, runtime: Runtime, timeout_s: float) -> None:
        """See `Servers`. The first call for a runtime makes a container as a test."""
        if runtime not in self._proven:
            self._connect(runtime, protocol.Spawn(1 << 20, 1 << 10, True), timeout_s).close()
            self._proven.add(runtime)

    def connect(self, runtime: Runtime, request: Spawn) -> socket.socket:
        """See `Servers`."""
        return self._connect(runtime, request, _DOOR_TIMEOUT_S)

    def close(self) -> None:
        """Remove the containers that have not ended by themselves yet."""
        try:
            engine.remove_labelled(self._client, self._label)
        except (DockerException, OSError) as error:
            log.warning("containers are left to the next sweep", error=str(error))
        self._client.close()

    def _connect(self, runtime: Runtime, request: Spawn, timeout_s: float) -> socket.socket:
        folder = Path(tempfile.mkdtemp(prefix="shousi-door-"))
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
                door.bind(str(folder / _DOOR))
                user = _FIRST_USER + secrets.randbelow(_USERS)
                owner = engine.chown_for(folder, user)
                engine.chown_for(folder / _DOOR, user)
                door.listen(1)
                name = self._start(folder, owner, runtime, request)
                try:
                    self._await_knock(door, name, timeout_s)
                    return _meet(door, runtime, timeout_s)
                except BaseException:
                    with contextlib.suppress(DockerException, OSError):  # the next sweep has it
                        engine.remove(self._client, name)
                    raise
        except (DockerException, OSError) as error:
            raise SandboxError(f"no container for a run: {error}") from error
        finally:
            shutil.rmtree(folder)

    def _await_knock(self, door: socket.socket, name: str, timeout_s: float) -> None:
        """Return when process 1 has connected; raise SandboxError if it doesn't."""
        deadline = time.monotonic() + timeout_s
        while not wait_readable([door.fileno()], _LOOK_EVERY_S):
            if not self._client.api.containers(filters={"id": name}):
                raise SandboxError("the container ended at once")
            if time.monotonic() > deadline:
                raise SandboxError("the container's process does not connect")

    def _start(self, folder: Path, owner: str, runtime: Runtime, request: Spawn) -> str:
        text = container_profile.text(nested=False)
        host_config = engine.host_config(self._client, self._runtime, folder, text, sealed=True)
        host_config["MaskedPaths"] = list(_MASKED)
        user, _, group = owner.partition(":")
        own = f"nosuid,nodev,uid={user},gid={group},mode=0755"
        size = f"size={request.scratch_bytes},nr_inodes={request.scratch_files}"
        app = f"rw,exec,{size}" if runtime is Runtime.EXEC else "ro,size=4k"
        host_config["Tmpfs"] = {
            BOX: f"rw,noexec,{size},{own}",
            "/dev/shm": f"rw,noexec,{size},{own}",  # noqa: S108 programs look for it by this name
            APP: f"{app},{own}",
        }
        command = mounts.alone_command(str(_HOME), f"{engine.FOLDER}/{_DOOR}")
        name = engine.create(self._client, host_config, owner, self._label, entrypoint=command)
        try:
            self._client.api.start(name)
        except BaseException:
            engine.remove(self._client, name)
            raise
        return name


def _meet(door: socket.socket, runtime: Runtime, timeout_s: float) -> socket.socket:
    """Accept process 1's connection, send it its configuration, and wait until it is ready."""
    server, _ = door.accept()
    try:
        server.settimeout(timeout_s)
        server.send(protocol.encode_config(mounts.alone_config(runtime)))
        said = server.recv(protocol.CONTROL_BYTES)
    except BaseException:
        server.close()
        raise
    if said != protocol.SERVER_READY:
        server.close()
        reason = said.removeprefix(protocol.SERVER_FAILED).decode(errors="replace").strip()
        raise SandboxError(f"the fork server {runtime} is not ready: {reason or 'it ended'}")
    return server
