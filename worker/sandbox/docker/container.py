"""The sandbox in a hardened container: the same fork servers, isolated by one more layer.

Theory of operation. A worker's main process starts one container of the image `shousi-runner`,
in which `worker.sandbox.forkserver.host` runs the fork servers as it does outside. Its sockets lie
in a mounted folder; supervisors connect there and go on exactly as in `namespaces`: a fresh nested
jail per test, watched and measured from outside the container. Sockets are used instead of the
engine's attached stream because only a socket can carry descriptors. With a stream, a process
inside would have to hold the pipes, the clock and the limits, and the worker would have to trust
it; with sockets nothing inside measures anything. Only three things leave the container: READY,
pidfds to kill processes with, and the submission's output. Jails don't contain the folder. A
submission that breaks out of its jail and finds it can stop or break the service, which counts as
the judge's fault, but it can't forge a verdict.

The container has no network, no capability, nothing writable except that folder, no way to gain
rights, a user id that no user of the machine has, and our own system call filter
(`container_profile`). Three settings are weaker than an engine's defaults, all for the nested
jails: the filter allows namespaces; AppArmor's profile for containers, which forbids every mount,
is off; and /proc is not masked, since a nested /proc can only be mounted if the outer one is fully
visible. A submission sees none of this from its jail, and without a capability a process can read
little and write nothing in the outer /proc.

The start of the first fork server shows whether the engine allows jails inside a container. If it
doesn't, `single_use` is used instead.

What each failure does. The worker holds the container's standard input open: when the worker dies
it closes, the host inside ends, and the engine removes the container. If the engine has died too,
the next worker removes the containers of dead workers, which it finds by their label. A container
that ends is started again. The image must be built from the same sources as the worker; its READY
line names them.
"""

import contextlib
import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import docker
import structlog
from docker.errors import DockerException

from worker.keeper import Keeper
from worker.sandbox.base import Runtime, SandboxError
from worker.sandbox.cgroup import tree as cgroups
from worker.sandbox.docker import engine, single_use
from worker.sandbox.forkserver import mounts
from worker.sandbox.forkserver.host import READY_LINE
from worker.sandbox.forkserver.host_client import read_wear
from worker.sandbox.namespaces import NamespaceSandbox
from worker.sandbox.seccomp import container_profile
from worker.sandbox.tally import Tally

log = structlog.get_logger(__name__)

_READY_TIMEOUT_S = 60.0
_HEADER_BYTES = 8  # before each part of an attached stream: the output's number and the length


class _Container:
    """One container with an attached stream: closing the stream closes its standard input."""

    def __init__(self, client: docker.DockerClient, name: str) -> None:
        self._client = client
        self._name = name
        params = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        self._attached = client.api.attach_socket(name, params=params)
        self._stream: socket.socket = self._attached._sock

    def await_ready(self) -> None:
        """Return when its sockets exist; raises SandboxError if it ends or has other sources. See
        `worker.keeper.Kept`."""
        said = b""
        self._stream.settimeout(_READY_TIMEOUT_S)
        try:
            while READY_LINE not in said or not said.endswith(b"\n"):
                part = self._stream.recv(4096)
                if not part:
                    raise SandboxError(f"the runner's container ended: {_readable(said)}")
                said += part
        except OSError as error:
            raise SandboxError(f"the runner's container does not answer: {error}") from error
        if mounts.source_digest().encode() not in said:
            raise SandboxError(
                f"the image {engine.IMAGE} has other sources: run `make images` again"
            )

    def await_end(self) -> None:
        """Return when it has ended; log its further output."""
        with contextlib.suppress(OSError):  # closed by `end`
            self._stream.settimeout(None)
            while part := self._stream.recv(4096):
                log.warning("the runner's container says", text=_readable(part))

    def end(self) -> None:
        """Kill it and remove it from the engine."""
        with contextlib.suppress(OSError):  # the engine has closed the connection already
            self._stream.shutdown(socket.SHUT_RDWR)
        self._stream.close()
        self._attached.close()  # the file object around the socket must be closed too
        try:
            engine.remove(self._client, self._name)
        except (DockerException, OSError) as error:
            log.warning("the runner's container is left to the next sweep", error=str(error))


def _readable(said: bytes) -> str:
    return said[_HEADER_BYTES:].decode(errors="replace").strip()[-500:]


def start_container(
    client: docker.DockerClient, run_dir: Path, runtime: str, *, nested: bool = True
) -> _Container:
    """Start a container of fork servers with its sockets in `run_dir`; raises SandboxError."""
    host_config = engine.host_config(
        client, runtime, run_dir, container_profile.text(nested=nested), sealed=False
    )
    host_config["SecurityOpt"].append("apparmor=unconfined")
    host_config["MaskedPaths"] = host_config["ReadonlyPaths"] = []
    try:
        name = engine.create(
            client,
            host_config,
            engine.chown_for(run_dir),
            engine.new_label(),
            command=["--until-eof", "--ready-fd", "1"],
            stdin_open=True,
        )
        try:
            container = _Container(client, name)
            client.api.start(name)
        except BaseException:
            engine.remove(client, name)
            raise
    except (DockerException, OSError) as error:
        raise SandboxError(f"the engine can't start a container: {error}") from error
    return container


class DockerHost:
    """A worker's container; each of the worker's processes connects to it separately.

    If the engine refuses jails inside a container, there is no such container, and each run gets
    its own. `nested` False makes the engine refuse, for tests.
    """

    def __init__(
        self,
        runtime: str,
        *,
        pool_depth: int | None = None,
        use_cgroups: bool = True,
        nested: bool = True,
    ) -> None:
        self._pool_depth = pool_depth
        self._use_cgroups = use_cgroups
        self._runtime = runtime
        self._nested = nested
        self.tally = Tally()
        self._owner = os.getpid()
        self._client = engine.open_client()
        self._run_dir = Path(tempfile.mkdtemp(prefix="shousi-"))
        self._keeper: Keeper[_Container] | None = None
        self.refusal = ""
        """Why no jail can be made in a container here; empty if it can."""
        try:
            engine.sweep(self._client)
            self._start()
        except (SandboxError, DockerException, OSError) as error:
            self.close()
            raise SandboxError(str(error)) from error

    @property
    def single_use(self) -> bool:
        """Whether each run gets a container of its own."""
        return bool(self.refusal)

    def _start(self) -> None:
        """Start a container. If jails can't be made in it, stop it and use one for each run."""
        self._keeper = Keeper(
            "sandbox-container",
            lambda: start_container(
                self._client, self._run_dir, self._runtime, nested=self._nested
            ),
        )
        self._keeper.await_ready()
        with contextlib.closing(self._join()) as sandbox:
            try:
                sandbox.await_ready(Runtime.PYTHON)
            except SandboxError as error:
                self.refusal = str(error)
        if not self.refusal:
            return
        self._keeper.stop()
        log.warning("no jails in a container here: each run gets a container", why=self.refusal)
        with contextlib.closing(self.connect()) as sandbox:
            sandbox.await_ready(Runtime.PYTHON)

    def connect(self, on_close: Callable[[], None] = lambda: None) -> NamespaceSandbox:
        """Return a new sandbox for the caller; closing it calls `on_close`."""
        tree = cgroups.find_tree()
        if tree is not None:
            tree.sweep()  # the host in the container sees neither our groups nor their owners
        if not self.single_use:
            return self._join(on_close)
        return NamespaceSandbox(
            single_use.Containers(self._runtime),
            pool_depth=single_use.POOL_DEPTH,
            use_cgroups=self._use_cgroups,
            on_close=on_close,
            tally=self.tally,
        )

    def _join(self, on_close: Callable[[], None] = lambda: None) -> NamespaceSandbox:
        return NamespaceSandbox(
            self._run_dir,
            pool_depth=self._pool_depth,
            use_cgroups=self._use_cgroups,
            on_close=on_close,
            tally=self.tally,
        )

    def wear(self) -> Mapping[str, Mapping[str, float]]:
        """Return how worn the container's fork servers are; empty if each run gets a container."""
        return {} if self.single_use else read_wear(self._run_dir)

    def close(self) -> None:
        """End the container and all its processes. In a fork of the owner this does nothing."""
        if os.getpid() != self._owner:
            return
        if self._keeper is not None:
            self._keeper.stop()
        self._client.close()
        shutil.rmtree(self._run_dir, ignore_errors=True)


def start_sandbox(
    runtime: str = "runc", *, use_cgroups: bool = True, nested: bool = True
) -> NamespaceSandbox:
    """Start a DockerHost and return a sandbox on it; closing the sandbox ends both."""
    host = DockerHost(runtime, use_cgroups=use_cgroups, nested=nested)
    return host.connect(host.close)
