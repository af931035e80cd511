"""A fork servers' host that this process starts and keeps running."""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from worker.keeper import Keeper, NotReadyError, Process
from worker.sandbox.base import Runtime
from worker.sandbox.forkserver.mounts import FRESH_AFTER_S, WORN_AFTER

_GRACE_S = 15.0


class HostProcess:
    """A host that this process starts, and starts again if it ends. `stop` ends it.

    `run_dir` has the host's sockets; by default it is a temporary folder, which `stop` removes. If
    a host ends, the next one uses the same folder. `servers` of each runtime work side by side (0:
    by the number of cores); a server is replaced after `worn_after` children; `fresh_after_s` is
    how long all children share an address layout. With a `landlock_abi`, Landlock restricts the
    children. `hidden` are folders that no child may see; see `view`. Only the `runtimes` are
    available.
    """

    def __init__(
        self,
        run_dir: Path | None,
        python: str,
        *,
        servers: int = 0,
        worn_after: int = WORN_AFTER,
        fresh_after_s: float = FRESH_AFTER_S,
        landlock_abi: int = 0,
        hidden: Iterable[Path] = (),
        runtimes: Iterable[Runtime] = tuple(Runtime),
    ) -> None:
        self._owner = os.getpid()
        self._is_temporary = run_dir is None
        self.run_dir = run_dir or Path(tempfile.mkdtemp(prefix="shousi-"))
        command = [
            sys.executable, "-m", "worker.sandbox.forkserver.host", str(self.run_dir),
            "--python", python, "--parent", str(self._owner), "--worn-after", str(worn_after),
            "--fresh-after", str(fresh_after_s), "--servers", str(servers),
            "--landlock", str(landlock_abi), *(f"--hide={folder}" for folder in hidden),
            "--runtimes", *runtimes,
        ]  # fmt: skip
        self._keeper = Keeper(
            "sandbox-host",
            lambda: Process(
                lambda ready_fd: [*command, "--ready-fd", str(ready_fd)],
                grace_s=_GRACE_S,
                # Submissions run under other user ids and must be able to read their files.
                umask=0o022,
            ),
        )
        with contextlib.suppress(NotReadyError):  # later requests for a jail get the error
            self._keeper.await_ready()

    @property
    def pid(self) -> int:
        """The id of the host's present process."""
        return self._keeper.kept.pid

    def stop(self) -> None:
        """End the host and all its servers. In a fork of the owner this does nothing."""
        self._keeper.stop()
        if self._is_temporary and os.getpid() == self._owner:
            shutil.rmtree(self.run_dir, ignore_errors=True)
