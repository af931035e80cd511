"""A child's walls where no namespaces can be had: Landlock, a system call filter, a user id.

Theory of operation. In an ordinary container nobody may make namespaces or mounts. There a process
can still give up rights for itself and for all that it starts: Landlock (Linux 5.13, see
landlock(7)) takes every way to open a file but below the paths that we name, and, as far as this
kernel's Landlock goes (its "ABI"), every way to signal, trace and reach those outside. What
Landlock doesn't cover a further filter does (`worker.sandbox.seccomp.landlock_filters`).

The fork server runs among the container's other processes, with their root. As root, where user ids
may be changed, it gives each child one that nobody else has; otherwise children have ours. It makes
a folder for each child, in which are `box`, the working directory, and `app`, where programs go,
and removes it when the child has ended.

Nothing kills a child's own processes together with it. Only compilers may have any: those that
their parent leaves behind become children of the fork server (PR_SET_CHILD_SUBREAPER), which kills
them before it says that the child has ended.

What each failure does: a step that fails here raises OSError, and the child says FAILED.
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
# By ABI: the file accesses that it can forbid, those of TCP, and what a domain can be shut off
# from (abstract sockets, signals). ABI 7 adds a choice of what is logged.
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
# Of the machine what runtimes ask for, and of /proc the child's own entries, without those that
# show the container's mounts and network.
_MACHINE = (
    "/proc/cpuinfo", "/proc/meminfo", "/proc/sys/vm/overcommit_memory",
    "/etc/ssl/openssl.cnf",  # node ends where this is there and may not be read
)  # fmt: skip
_OWN = ("fd", "maps", "smaps", "stat", "statm", "status", "limits", "auxv", "cmdline", "comm")
_PLACE = re.compile(rf"(?<![\w./-])({BOX}|{APP})(?![\w.-])")
_PR_SET_CHILD_SUBREAPER = 36
_OWN_PID = 0x7AC0FFEE
"""Stands in a filter where the child's process id is to be."""

_libc = ctypes.PyDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Ground:
    """What all children of a server have in common here.

    `readable` are the paths that may be read, `executable` whether programs in them may be run.
    `shared` tells that children have our user id. `filter` comes on top of the runtime's.
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
    """What a process may still do; nothing of what `handled` names but by a rule."""

    def __init__(self, abi: int, handled: int | None = None) -> None:
        """`handled` are file accesses: all that the ABI knows, unless others are named. With all
        of them network, abstract sockets and signals are forbidden too, as far as the ABI goes."""
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
        """Allow `accesses` to what is at `path` and below; what isn't there needs no rule."""
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
        """From here on this process, and all that it starts, is bound by the rules."""
        _call(_RESTRICT_SELF, ctypes.c_int(self._fd), ctypes.c_uint(self._flags))
        os.close(self._fd)


def setup_folder(folder: str) -> None:
    """Go to the child's working directory."""
    os.chdir(folder + BOX)


def setup_landlock(ground: Ground, folder: str) -> Ruleset | None:
    """The runtime for reading, the child's own folder for all. Returns what `seal` enforces."""
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
    """Descriptors that keep a child's own entries of /proc the ones that its rules name.

    A rule holds for an inode. Those of /proc are forgotten when memory is short and made anew at
    the next look, and no rule names the new ones: unless somebody holds them. That is the fork
    server, so that the child has no descriptors more, and keeps its entries whatever it executes.
    """
    pins = []
    for name in _OWN:
        with contextlib.suppress(OSError):  # it has ended already
            pins.append(os.open(f"/proc/{pid}/{name}", os.O_PATH | os.O_CLOEXEC))
    return pins


def setup_filter(ground: Ground) -> None:
    """The filter for what Landlock doesn't cover."""
    linux.install_filter(ground.filter)


def with_own_pid(program: bytes) -> bytes:
    """A filter with our process id where it has the place for it."""
    instructions = list(struct.iter_unpack("=HBBI", program))
    return b"".join(
        struct.pack("=HBBI", *code, os.getpid() if value == _OWN_PID else value)
        for *code, value in instructions
    )


def relocated(job: Job, folder: str) -> Job:
    """The job with the child's own folder where its words name /box and /app."""

    def real(word: str) -> str:
        return _PLACE.sub(lambda found: folder + found[1], word)

    env = {name: real(value) for name, value in job.env.items()}
    return replace(job, argv=tuple(real(word) for word in job.argv), env=env)


def folder_of(ground: Ground, number: int, user: int) -> str:
    """Make a child's folder, as `user`'s alone; its path."""
    folder = f"{ground.folder}/{number}"
    for path in (folder, folder + BOX, folder + APP):
        os.mkdir(path, 0o700)  # noqa: PTH102 this is done for each child
        if not ground.shared:
            os.chown(path, user, user)
    return folder


def ground_of(config: ServerConfig) -> Ground | None:
    """What the configuration says; None where children are walled in by namespaces."""
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
    """Become the parent of what our children leave behind."""
    if _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def end_orphans(spared: Set[int]) -> None:
    """Kill and reap all our children but `spared`; as each dies its own become ours."""
    while orphans := _children() - spared:
        for pid in orphans:
            os.kill(pid, signal.SIGKILL)  # nobody else reaps them: the number is still theirs
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
                continue  # it is gone
            if stat.rpartition(")")[2].split()[1] == ours:
                found.add(int(entry.name))
    return found


def remove_folder(folder: str) -> None:
    """Remove a child's folder; what can't be removed now, the host removes when we are gone."""
    try:
        remove_tree(folder)
    except OSError as error:
        sys.stderr.write(f"{folder} stays for now: {error}\n")


def remove_tree(folder: str) -> None:
    """Remove a folder with all that is in it, however deep and whatever its modes.

    Folders in it are first moved beside it: so no path gets longer than the system takes. Whoever
    made them is dead.
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
            os.chmod(entry.path, 0o700)  # noqa: PTH101 moving a folder takes writing in it
            os.rename(entry.path, f"{folder}-{moved}")  # noqa: PTH104
            waiting.append(f"{folder}-{moved}")
        os.rmdir(current)  # noqa: PTH106
