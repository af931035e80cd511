"""The sandbox in a hardened container: the same fork servers behind one more wall.

Theory of operation. A worker's main process starts one container of the image `shousi-runner`,
in which `worker.sandbox.forkserver.host` runs the fork servers as it does outside. Its sockets lie
in a folder that we mount; supervisors connect there and go on exactly as in `namespaces`: a fresh
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

Whether an engine lets jails be made inside a container shows when the first fork server starts.
Where it doesn't, `single_use` takes this container's place.

What each failure does. The container's standard input is held open by us: when we die it closes,
the host inside ends, and the engine removes the container. Should the engine have died as well,
the next worker removes what a dead one left, which its label tells. A container that ends is
started again. The image must be of our own sources; it says so when it is ready.
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
_HEADER_BYTES = 8  # before each part of an attached stream: which output it is, and its length


class _Container:
    """One container, attached to: closing the stream closes its standard input."""

    def __init__(self, client: docker.DockerClient, name: str) -> None:
        self._client = client
        self._name = name
        params = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
        self._attached = client.api.attach_socket(name, params=params)
        self._stream: socket.socket = self._attached._sock

    def await_ready(self) -> None:
        """Return when its sockets are there; SandboxError if it ends, or isn't of our sources.
        See `worker.keeper.Kept`."""
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
            raise SandboxError(
                f"the image {engine.IMAGE} is of other sources: run `make images` again"
            )

    def await_end(self) -> None:
        """Return when it has ended; what it still says is logged."""
        with contextlib.suppress(OSError):  # closed by `end`
            self._stream.settimeout(None)
            while part := self._stream.recv(4096):
                log.warning("the runner's container says", text=_readable(part))

    def end(self) -> None:
        """Kill it, and let the engine forget it."""
        with contextlib.suppress(OSError):  # the engine has hung up already
            self._stream.shutdown(socket.SHUT_RDWR)
        self._stream.close()
        self._attached.close()  # the file round the socket: only with both closed it is
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
        raise SandboxError(f"the engine starts no container: {error}") from error
    return container


class DockerHost:
    """A worker's container; each of its processes connects for itself.

    Where the engine refuses jails inside a container there is none, and each run gets its own.
    `nested` False makes the engine refuse.
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
        """Why no jail can be made in a container here; empty where they can."""
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
        """Find out whether jails can be made in a container, and keep it, or do without."""
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
        """A sandbox of the caller's own; closing it calls `on_close`."""
        tree = cgroups.find_tree()
        if tree is not None:
            tree.sweep()  # the host sees neither our groups nor whose they were
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
        """How worn the fork servers in the container are; empty where each run gets its own."""
        return {} if self.single_use else read_wear(self._run_dir)

    def close(self) -> None:
        """End the container, with whatever still runs in it. In a fork this does nothing."""
        if os.getpid() != self._owner:
            return
        if self._keeper is not None:
            self._keeper.stop()
        self._client.close()
        shutil.rmtree(self._run_dir, ignore_errors=True)


def start_sandbox(
    runtime: str = "runc", *, use_cgroups: bool = True, nested: bool = True
) -> NamespaceSandbox:
    """A host of its own and a sandbox on it; closing the sandbox ends both. See DockerHost."""
    host = DockerHost(runtime, use_cgroups=use_cgroups, nested=nested)
    return host.connect(host.close)
