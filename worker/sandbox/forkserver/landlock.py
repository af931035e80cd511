"""The sandbox for an ordinary container: fork servers whose children Landlock restricts.

Theory of operation. With Docker's defaults, and with those of most container hosts, a container's
root may make neither namespaces nor mounts. So `namespaces` doesn't work there, and no engine is
available. But any process may give up rights. Host, fork servers, supervision and limits are those
of `namespaces`; `runner.landlock` sets up the children's restrictions.

The isolation is weaker: `missing_walls` lists the protections that are missing. So use it only for
yourself and people whom you trust, with the container as the outer protection.

What each failure does: if the kernel has no Landlock, or the container forbids it, SandboxError
says which of the two, with a remedy.
"""

import ctypes
import errno
import itertools
import os
import stat
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from runner.protocol import ServerConfig
from worker.sandbox.base import Runtime, SandboxError
from worker.sandbox.forkserver import mounts
from worker.sandbox.forkserver.interpreter import Interpreter
from worker.sandbox.forkserver.view import REMEDY, check_readable_by_all
from worker.sandbox.seccomp import filters, landlock_filters

NEWEST_ABI = 7
"""The newest ABI whose features this code uses; later ABIs are used like this one."""
_CREATE_RULESET = 444
_ASK_VERSION = 1
_SIGNALS_SINCE = 6
# CAP_CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID, SETPCAP: they are needed to give each child
# a user id and a folder, and to remove the folder. Docker's defaults include them all.
_NEEDED_CAPABILITIES = (0, 1, 3, 5, 6, 7, 8)
_SERVERS = 10  # the children of this many servers have different user ids
_CLEAN_TIMEOUT_S = 60.0
_REMEDIES = {
    errno.ENOSYS: "the kernel has no Landlock (Linux 5.13, built with CONFIG_SECURITY_LANDLOCK)",
    errno.EOPNOTSUPP: "Landlock is built into the kernel but not enabled: boot it with `lsm=` "
    "and a list that contains landlock",
    errno.EPERM: "the container's system call filter forbids Landlock: use a newer engine, or "
    "start it with a `--security-opt seccomp=` profile that allows the landlock_* calls",
}


def find_abi() -> int:
    """Return the Landlock ABI to use on this machine. Raises SandboxError, with the remedy."""
    libc = ctypes.CDLL(None, use_errno=True)
    found = int(libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION))
    if found < 1:
        number = ctypes.get_errno()
        raise SandboxError(_REMEDIES.get(number, f"no Landlock: {os.strerror(number)}"))
    return min(found, NEWEST_ABI)


def missing_walls(abi: int, *, shared: str) -> list[str]:
    """Return texts on the protections that only `namespaces` has; `shared` is from `why_shared`."""
    missing = [
        "no process, network or mount namespace for each run: a run can tell which files, "
        "processes and mounts exist, though not what is in them",
        "files of a run lie on the disk: their number and size are checked, not limited",
        "memory, CPU time and threads are watched from outside, one process a run",
    ]
    if shared:
        missing.append(f"runs have the worker's own user id ({shared})")
        if abi < _SIGNALS_SINCE:
            missing.append("compilers could signal the worker (a newer kernel, 6.12, forbids it)")
    return missing


def why_shared(paths: Iterable[str]) -> str:
    """Return why children must have our own user id; empty if each can have its own.

    `paths` are the files and folders that they have to read or pass through.
    """
    if not mounts.is_root_with(_NEEDED_CAPABILITIES):
        return "it may not change user ids"
    if mounts.spare_ids("") == (0, 0):
        return "the container has too few user ids"
    for path in paths:
        for place in (Path(path), *Path(path).parents):
            mode = place.stat().st_mode
            if not mode & (stat.S_IXOTH if stat.S_ISDIR(mode) else stat.S_IROTH):
                return f"others may not enter {place}"
    return ""


def _let_through(*folders: Path) -> None:
    """Let children with other user ids pass through to their own folders without listing names."""
    for folder in folders:
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)  # whatever our umask


class Folders:
    """The folders of a host's fork servers, which contain their children's folders."""

    def __init__(self, root: Path, abi: int, hidden: Sequence[Path] = ()) -> None:
        """Make an empty `root`; a killed host may have left an old one. `hidden` are the service's
        folders outside its checkout."""
        self._root = root
        self._abi = abi
        self._hidden = hidden
        self._numbers = itertools.count()
        if root.exists():
            self.clear(root)
        root.mkdir()
        _let_through(root.parent, root)

    def server_config(self, runtime: Runtime, python: Interpreter) -> ServerConfig:
        """Return the configuration of one more fork server. Raises SandboxError if a hidden path
        can't be kept from submissions."""
        view = mounts.open_view_for(runtime, python, self._hidden)
        if view.covers:
            raise SandboxError(
                f"{view.covers[0]} holds what no submission may see, and Landlock can't hide a "
                f"part of what it shows: {REMEDY}"
            )
        number = next(self._numbers)
        folder = self._root / str(number)
        folder.mkdir()
        _let_through(folder)
        shared = bool(why_shared([*view.binds, str(folder)]))
        if shared and os.geteuid() != 0:
            check_readable_by_all(view)
        first_id, ids = mounts.spare_ids(mounts.service_name(self._hidden))
        return ServerConfig(
            runtime=runtime.value,
            root=str(folder),
            binds=view.binds,
            env=mounts.server_environment(),
            first_id=first_id + number % _SERVERS * (ids // _SERVERS),
            ids=0 if shared else ids // _SERVERS,
            filter_hex=filters.runtime_filter(runtime).hex(),
            threads_only_hex=landlock_filters.threads_only_filter(runtime, shared=shared).hex(),
            run_hex=filters.run_filter().hex(),
            worn_after=mounts.WORN_AFTER,
            servers=1,
            fresh_after_s=mounts.FRESH_AFTER_S,
            landlock_abi=self._abi,
            further_filter_hex=landlock_filters.further_filter(self._abi, shared=shared).hex(),
        )

    def clear(self, folder: Path) -> None:
        """Remove a folder with the children's folders in it; on an error, write it to stderr."""
        start = (
            f"import sys; sys.path.append({str(mounts.PROJECT)!r}); "
            f"from runner.landlock import remove_tree; remove_tree({str(folder)!r})"
        )
        command = [sys.executable, "-I", "-B", "-c", start]
        try:
            subprocess.run(command, check=True, timeout=_CLEAN_TIMEOUT_S, env={}, cwd="/")
        except (OSError, subprocess.SubprocessError) as error:
            sys.stderr.write(f"{folder} can't be removed: {error}\n")
