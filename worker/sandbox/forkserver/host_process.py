"""A host of fork servers that this process has started, and keeps running."""

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
    """A host that this process has started, and starts again should it end. `stop` ends it.

    `run_dir` is where its sockets are; by default a temporary folder, which `stop` removes. A host
    that ends leaves it to the next one. Of each runtime so many `servers` work side by side (0: by
    the cores); `worn_after` is the number of children after which one is replaced, and
    `fresh_after_s` how long all share an address layout. With a `landlock_abi` the servers'
    children are walled in by Landlock. `hidden` are folders that no child may see, wherever they
    lie; see `view`. Only children of the `runtimes` can be had.
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
                # Submissions run as other users and must be able to read their files.
                umask=0o022,
            ),
        )
        with contextlib.suppress(NotReadyError):  # who asks for a jail learns that there is none
            self._keeper.await_ready()

    @property
    def pid(self) -> int:
        """The host's process, at this moment."""
        return self._keeper.kept.pid

    def stop(self) -> None:
        """End the host and all its servers. In a fork of the owner this does nothing."""
        self._keeper.stop()
        if self._is_temporary and os.getpid() == self._owner:
            shutil.rmtree(self.run_dir, ignore_errors=True)
