"""The sandbox of an ordinary container: fork servers whose children Landlock walls in.

Theory of operation. Docker's defaults, and those of most who run containers for others, give a root
that may make neither namespaces nor mounts. There `namespaces` can't be had, and no engine
either. What any process may still do is to give up rights. Host, fork servers, supervision
and limits are those of `namespaces`; the children's walls are `runner.landlock`'s.

Fewer walls stand than there: `missing_walls` names those that don't. So this is for oneself and for
people whom one trusts, with the container as the outer wall.

What each failure does: a kernel that has no Landlock, or a container that forbids it, is a
SandboxError that says which of the two, and what to do.
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
"""The newest ABI of which we use what is new; later ones are used as this."""
_CREATE_RULESET = 444
_ASK_VERSION = 1
_SIGNALS_SINCE = 6
# CAP_CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID, SETPCAP: to give each child a user id and
# a folder, and to clear that away. Docker's defaults have them all.
_NEEDED_CAPABILITIES = (0, 1, 3, 5, 6, 7, 8)
_SERVERS = 10  # so many at a time, at most, whose children are to be of different users
_CLEAN_TIMEOUT_S = 60.0
_REMEDIES = {
    errno.ENOSYS: "the kernel has no Landlock (Linux 5.13, built with CONFIG_SECURITY_LANDLOCK)",
    errno.EOPNOTSUPP: "Landlock is built into the kernel and not switched on: boot it with `lsm=` "
    "and a list that has landlock in it",
    errno.EPERM: "the container's system call filter forbids Landlock: use a newer engine, or "
    "start it with a `--security-opt seccomp=` profile that allows the landlock_* calls",
}


def find_abi() -> int:
    """The ABI of this machine's Landlock that we use. Raises SandboxError, with the remedy."""
    libc = ctypes.CDLL(None, use_errno=True)
    found = int(libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION))
    if found < 1:
        number = ctypes.get_errno()
        raise SandboxError(_REMEDIES.get(number, f"no Landlock: {os.strerror(number)}"))
    return min(found, NEWEST_ABI)


def missing_walls(abi: int, *, shared: str) -> list[str]:
    """What `namespaces` has and this hasn't, in words; `shared` as from `why_shared`."""
    missing = [
        "no process, network or mount namespace for each run: a run can tell which files, "
        "processes and mounts exist, though not what is in them",
        "files of a run lie on the disk: their number and size are watched, not walled off",
        "memory, CPU time and threads are watched from outside, one process a run",
    ]
    if shared:
        missing.append(f"runs have the worker's own user id ({shared})")
        if abi < _SIGNALS_SINCE:
            missing.append("compilers could signal the worker (a newer kernel, 6.12, forbids it)")
    return missing


def why_shared(paths: Iterable[str]) -> str:
    """Why children must have our own user id; empty where each may have one of its own.

    `paths` are what they have to read or to go through.
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
    """Let children that are other users go through to their own folders, and see no names."""
    for folder in folders:
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)  # whatever our umask


class Folders:
    """The folders of a host's fork servers, in which their children's are."""

    def __init__(self, root: Path, abi: int, hidden: Sequence[Path] = ()) -> None:
        """Make `root`, empty: a host that was killed may have left one. `hidden` is what the
        service keeps beside its checkout."""
        self._root = root
        self._abi = abi
        self._hidden = hidden
        self._numbers = itertools.count()
        if root.exists():
            self.clear(root)
        root.mkdir()
        _let_through(root.parent, root)

    def server_config(self, runtime: Runtime, python: Interpreter) -> ServerConfig:
        """The configuration of one more fork server. Raises SandboxError where what no submission
        may see can't be kept from them."""
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
        """Remove a folder of children's folders; says so where that can't be."""
        start = (
            f"import sys; sys.path.append({str(mounts.PROJECT)!r}); "
            f"from runner.landlock import remove_tree; remove_tree({str(folder)!r})"
        )
        command = [sys.executable, "-I", "-B", "-c", start]
        try:
            subprocess.run(command, check=True, timeout=_CLEAN_TIMEOUT_S, env={}, cwd="/")
        except (OSError, subprocess.SubprocessError) as error:
            sys.stderr.write(f"{folder} can't be removed: {error}\n")
