"""A child's jail without namespaces: Landlock, a system call filter, a user id.

Theory of operation. In an ordinary container no process may make namespaces or mounts. A process
can still give up rights for itself and for all processes that it starts: Landlock (Linux 5.13, see
landlock(7)) forbids opening files except below the paths that we name, and, depending on the
kernel's version of Landlock (its "ABI"), signalling, tracing and connecting to outside processes. A
further filter forbids what Landlock doesn't cover (`worker.sandbox.seccomp.landlock_filters`).

The fork server runs among the container's other processes and sees the same root folder. As root,
if it may change user ids, it gives each child an id that no other process has; otherwise children
run under the server's. It makes a folder for each child, which contains `box`, the working
directory, and `app`, for programs, and removes it when the child has ended.

The kernel doesn't kill a child's own processes together with the child. Only compilers may have
any: processes whose parent has ended become children of the fork server (PR_SET_CHILD_SUBREAPER),
which kills them before it reports the child's end.

What each failure does: a step that fails here raises OSError, and the child sends FAILED.
"""

import contextlib
import ctypes
import os
import re
import signal
import struct
import sys
from collections.abc import Set
from dataclasses import dataclass, replace
from pathlib import Path

from runner import linux
from runner.protocol import APP, BOX, Job, ServerConfig

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_RULE_PATH_BENEATH = 1
_WITHOUT_LOG = 1  # LANDLOCK_RESTRICT_SELF_LOG_SAME_EXEC_OFF

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_MAKE_CHAR, _MAKE_BLOCK = 1 << 6, 1 << 11
_TRUNCATE, _IOCTL_DEVICE = 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE
_READING = _READ_FILE | _READ_DIR
# By ABI: the file accesses and the TCP accesses that it can forbid, and the scopes (abstract
# sockets, signals) that it can restrict. From ABI 7 on, logging can be configured.
_FILE_ACCESSES = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_NETWORK = {1: 0, 4: 0b11}
_SCOPES = {1: 0, 6: 0b11}
_ATTRIBUTE_BYTES = {1: 8, 4: 16, 6: 24}
_LOGS = {1: 0, 7: _WITHOUT_LOG}

_DEVICES = {
    "/dev/null": _READ_FILE | _WRITE_FILE | _TRUNCATE | _IOCTL_DEVICE,
    "/dev/zero": _READ_FILE | _IOCTL_DEVICE,
    "/dev/full": _READ_FILE | _WRITE_FILE | _TRUNCATE | _IOCTL_DEVICE,
    "/dev/random": _READ_FILE | _IOCTL_DEVICE,
    "/dev/urandom": _READ_FILE | _IOCTL_DEVICE,
}
# The machine's files that runtimes read, and the child's own entries of /proc, except those that
# show the container's mounts and network.
_MACHINE = (
    "/proc/cpuinfo", "/proc/meminfo", "/proc/sys/vm/overcommit_memory",
    "/etc/ssl/openssl.cnf",  # node fails if this file exists and can't be read
)  # fmt: skip
_OWN = ("fd", "maps", "smaps", "stat", "statm", "status", "limits", "auxv", "cmdline", "comm")
_PLACE = re.compile(rf"(?<![\w./-])({BOX}|{APP})(?![\w.-])")
_PR_SET_CHILD_SUBREAPER = 36
_OWN_PID = 0x7AC0FFEE
"""Placeholder for the child's process id in a filter."""

_libc = ctypes.PyDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Ground:
    """The Landlock settings that all children of a server have in common.

    `readable` are the paths that may be read, `executable` says whether programs in them may run.
    `shared` is True if children run under the server's user id. `filter` is installed in addition
    to the runtime's.
    """

    abi: int
    folder: str
    readable: tuple[str, ...]
    executable: bool
    shared: bool
    filter: bytes


def _latest(table: dict[int, int], abi: int) -> int:
    return table[max(known for known in table if known <= abi)]


def _call(number: int, *arguments: object) -> int:
    result = int(_libc.syscall(ctypes.c_long(number), *arguments))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"landlock, system call {number}: {os.strerror(error)}")
    return result


class Ruleset:
    """Landlock rules for a process: an access in `handled` is forbidden unless a rule allows it."""

    def __init__(self, abi: int, handled: int | None = None) -> None:
        """`handled` are file accesses, by default all that the ABI knows. By default, TCP, abstract
        sockets and signals are forbidden too if the ABI supports it."""
        known = _latest(_FILE_ACCESSES, abi)
        self.handled = known if handled is None else handled & known
        whole = handled is None
        attributes = struct.pack(
            "QQQ", self.handled, _latest(_NETWORK, abi) * whole, _latest(_SCOPES, abi) * whole
        )
        length = ctypes.c_size_t(_latest(_ATTRIBUTE_BYTES, abi))
        self._fd = _call(_CREATE_RULESET, attributes, length, ctypes.c_uint(0))
        self._flags = _latest(_LOGS, abi)

    def allow(self, path: str, accesses: int) -> None:
        """Allow `accesses` to `path` and all files below it; skip a path that doesn't exist."""
        try:
            fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        try:
            mask = self.handled if Path(path).is_dir() else self.handled & _OF_FILES
            rule = struct.pack("=Qi", accesses & mask, fd)
            if accesses & mask:
                _call(
                    _ADD_RULE, ctypes.c_int(self._fd), ctypes.c_int(_RULE_PATH_BENEATH), rule,
                    ctypes.c_uint(0),
                )  # fmt: skip
        finally:
            os.close(fd)

    def enforce(self) -> None:
        """Apply the rules to this process and to all processes that it starts later."""
        _call(_RESTRICT_SELF, ctypes.c_int(self._fd), ctypes.c_uint(self._flags))
        os.close(self._fd)


def setup_folder(folder: str) -> None:
    """Change to the child's working directory."""
    os.chdir(folder + BOX)


def setup_landlock(ground: Ground, folder: str) -> Ruleset | None:
    """Allow reading the runtime and full use of the child's own folder. Return the rules that later
    make /app read-only, if the runtime has one."""
    rules = Ruleset(ground.abi)
    using = rules.handled & ~(_EXECUTE | _MAKE_CHAR | _MAKE_BLOCK)
    reading = _READING | (_EXECUTE if ground.executable else 0)
    for path in ground.readable:
        rules.allow(path, reading)
    for path, accesses in _DEVICES.items():
        rules.allow(path, accesses)
    for path in (*_MACHINE, *(f"/proc/self/{name}" for name in _OWN)):
        rules.allow(path, _READING)
    rules.allow(folder + BOX, using)
    seal = None
    if ground.executable:
        rules.allow(folder + APP, using | _EXECUTE)
        seal = Ruleset(ground.abi, using & ~_READING)
        seal.allow(folder + BOX, using)
        for path, accesses in _DEVICES.items():
            seal.allow(path, accesses)
    rules.enforce()
    return seal


def pin_entries(pid: int) -> list[int]:
    """Return descriptors that keep the inodes of a child's own /proc entries alive.

    A Landlock rule holds for an inode. When memory is short the kernel drops /proc inodes, makes
    new ones at the next access, and no rule names these. An open descriptor prevents that. The fork
    server holds it, so that the child has no extra descriptors, whatever it executes.
    """
    pins = []
    for name in _OWN:
        with contextlib.suppress(OSError):  # the child has ended already
            pins.append(os.open(f"/proc/{pid}/{name}", os.O_PATH | os.O_CLOEXEC))
    return pins


def setup_filter(ground: Ground) -> None:
    """Install the filter for the system calls that Landlock doesn't cover."""
    linux.install_filter(ground.filter)


def with_own_pid(program: bytes) -> bytes:
    """Return the filter with its placeholder replaced by this process's id."""
    instructions = list(struct.iter_unpack("=HBBI", program))
    return b"".join(
        struct.pack("=HBBI", *code, os.getpid() if value == _OWN_PID else value)
        for *code, value in instructions
    )


def relocated(job: Job, folder: str) -> Job:
    """Return the job with /box and /app in its arguments and environment replaced by the child's
    own folders."""

    def real(word: str) -> str:
        return _PLACE.sub(lambda found: folder + found[1], word)

    env = {name: real(value) for name, value in job.env.items()}
    return replace(job, argv=tuple(real(word) for word in job.argv), env=env)


def folder_of(ground: Ground, number: int, user: int) -> str:
    """Make a child's folder, which only `user` can access; return its path."""
    folder = f"{ground.folder}/{number}"
    for path in (folder, folder + BOX, folder + APP):
        os.mkdir(path, 0o700)  # noqa: PTH102 this is done for each child
        if not ground.shared:
            os.chown(path, user, user)
    return folder


def ground_of(config: ServerConfig) -> Ground | None:
    """Return the configuration's Landlock settings; None if children have namespaces."""
    if not config.landlock_abi:
        return None
    adopt_orphans()
    links = {path for path in config.binds if Path(path).is_symlink()}
    return Ground(
        abi=config.landlock_abi,
        folder=config.root,
        readable=tuple(path for path in config.binds if path not in links),
        executable=config.runtime == "exec",
        shared=config.ids == 0,
        filter=bytes.fromhex(config.further_filter_hex),
    )


def adopt_orphans() -> None:
    """Become the parent of the processes that our children leave behind."""
    if _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def end_orphans(spared: Set[int]) -> None:
    """Kill and reap all our children except `spared`, also those that we inherit meanwhile."""
    while orphans := _children() - spared:
        for pid in orphans:
            os.kill(pid, signal.SIGKILL)  # only we reap them, so the id can't be reused yet
        for pid in orphans:
            os.waitpid(pid, 0)


def _children() -> set[int]:
    ours = str(os.getpid())
    found = set()
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            try:
                stat = Path(entry.path, "stat").read_text(errors="replace")
            except OSError:
                continue  # the process has ended
            if stat.rpartition(")")[2].split()[1] == ours:
                found.add(int(entry.name))
    return found


def remove_folder(folder: str) -> None:
    """Remove a child's folder; if that fails, the host removes it after this server has ended."""
    try:
        remove_tree(folder)
    except OSError as error:
        sys.stderr.write(f"{folder} can't be removed yet: {error}\n")


def remove_tree(folder: str) -> None:
    """Remove a folder and everything in it, however deep and whatever its modes.

    Its subfolders are first moved beside it, so that no path exceeds the system's maximum length.
    The processes that made them have ended.
    """
    waiting = [folder]
    moved = 0
    while waiting:
        current = waiting.pop()
        os.chmod(current, 0o700)  # noqa: PTH101 done for each child, like the rest here
        with os.scandir(current) as entries:
            inside = list(entries)
        for entry in inside:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)  # noqa: PTH108
                continue
            moved += 1
            os.chmod(entry.path, 0o700)  # noqa: PTH101 to move a folder, it must be writable
            os.rename(entry.path, f"{folder}-{moved}")  # noqa: PTH104
            waiting.append(f"{folder}-{moved}")
        os.rmdir(current)  # noqa: PTH106
