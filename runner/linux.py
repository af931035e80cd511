"""The few Linux system calls that Python 3.11 lacks, called by ctypes.

Each raises OSError with the call's name when the kernel refuses. Numbers that differ between
machines are given for x86-64 and aarch64, the two that the sandbox supports.
"""

import ctypes
import mmap
import os
import signal
import struct

_CLONE_VM = 0x00000100
_CLONE_FILES = 0x00000400
CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

WALL = 0x40000000
"""For wait4: children of every kind, whatever signal they send at their end."""

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
MNT_DETACH = 2

MOUNT_ATTR_RDONLY = 1
MOUNT_ATTR_NOSUID = 2
MOUNT_ATTR_NODEV = 4
MOUNT_ATTR_NOEXEC = 8
_AT_FDCWD = -100
_AT_RECURSIVE = 0x8000

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_SECCOMP = 22
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_SECCOMP_MODE_FILTER = 2
_CAPABILITY_VERSION_3 = 0x20080522
_CAPABILITIES = 64

_SLEEPER_STACK_BYTES = 8192
_M_MMAP_THRESHOLD = -3

_MADV_HUGEPAGE = 14
_MADV_NOHUGEPAGE = 15
_MADV_COLLAPSE = 25

_CLOSE_RANGE = 436
_MOUNT_SETATTR = 442
_PIVOT_ROOT = 41 if os.uname().machine == "aarch64" else 155

# PyDLL holds the interpreter's lock: no other thread may run between fork and these calls.
_libc = ctypes.PyDLL(None, use_errno=True)
_libc.prctl.argtypes = (ctypes.c_int, *[ctypes.c_ulong] * 4)


class _Program(ctypes.Structure):
    """The kernel's `struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _check(result: int, call: str) -> None:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{call}: {os.strerror(error)}")


def _text(value: str | None) -> bytes | None:
    return None if value is None else os.fsencode(value)


def unshare(flags: int) -> None:
    """Leave the namespaces in `flags` (CLONE_NEW*) for new ones."""
    _check(_libc.unshare(ctypes.c_int(flags)), f"unshare({flags:#x})")


def setns(fd: int, kind: int) -> None:
    """Enter a namespace of the process behind the pidfd `fd`; `kind` is its CLONE_NEW* flag."""
    _check(_libc.setns(ctypes.c_int(fd), ctypes.c_int(kind)), "setns")


def fork() -> int:
    """`fork(2)` for a process with one thread; 0 in the child, which goes on as its parent would.

    `os.fork` also runs the fork handlers of the interpreter and of all modules, mostly to reset
    locks that other threads held. Here are no others, and the handlers copy 200 to 300 pages.
    """
    pid = int(_libc.fork())
    _check(pid, "fork")
    return pid


class Sleeper:
    """A process that sleeps until it is killed; it shares our memory and open files.

    It runs no line of Python, only the C library's `pause` on a stack of its own. So nothing is
    copied, and starting it takes 50 microseconds instead of a fork's millisecond.
    """

    def __init__(self) -> None:
        """Start it in the process namespace that new children get. Raises OSError."""
        self._stack = mmap.mmap(
            -1, _SLEEPER_STACK_BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS
        )
        lowest = ctypes.addressof(ctypes.c_char.from_buffer(self._stack))
        self.pid = int(
            _libc.clone(
                ctypes.cast(_libc.pause, ctypes.c_void_p),
                ctypes.c_void_p(lowest + _SLEEPER_STACK_BYTES),
                ctypes.c_int(_CLONE_VM | _CLONE_FILES | signal.SIGCHLD),
                None,
            )
        )
        _check(self.pid, "clone")

    def free_stack(self) -> None:
        """Free its stack; call this after it was waited for."""
        self._stack.close()


def name_host(name: str) -> None:
    """Set the host's name in our host name namespace, and clear its domain's name."""
    _check(_libc.sethostname(name.encode(), ctypes.c_size_t(len(name))), "sethostname")
    _check(_libc.setdomainname(b"", ctypes.c_size_t(0)), "setdomainname")


def mount(source: str | None, target: str, kind: str | None, flags: int, data: str = "") -> None:
    """`mount(2)`."""
    result = _libc.mount(
        _text(source), _text(target), _text(kind), ctypes.c_ulong(flags), _text(data)
    )
    _check(result, f"mount({target})")


def detach(target: str) -> None:
    """Unmount lazily: the mount leaves the tree now, and is freed when its last user ends."""
    _check(_libc.umount2(_text(target), ctypes.c_int(MNT_DETACH)), f"umount2({target})")


def pivot_root(new: str, old: str) -> None:
    """Make `new` the root and put the old root at `old`."""
    result = _libc.syscall(ctypes.c_long(_PIVOT_ROOT), _text(new), _text(old))
    _check(result, f"pivot_root({new})")


def set_mount_attributes(path: str, attributes: int, *, recursive: bool) -> None:
    """Set MOUNT_ATTR_* on the mount at `path`, and on those below it."""
    request = struct.pack("QQQQ", attributes, 0, 0, 0)
    result = _libc.syscall(
        ctypes.c_long(_MOUNT_SETATTR),
        ctypes.c_int(_AT_FDCWD),
        _text(path),
        ctypes.c_uint(_AT_RECURSIVE if recursive else 0),
        request,
        ctypes.c_size_t(len(request)),
    )
    _check(result, f"mount_setattr({path})")


def close_from(lowest: int) -> None:
    """Close every descriptor from `lowest` up."""
    result = _libc.syscall(
        ctypes.c_long(_CLOSE_RANGE),
        ctypes.c_uint(lowest),
        ctypes.c_uint(0xFFFFFFFF),
        ctypes.c_uint(0),
    )
    _check(result, "close_range")


def _prctl(option: int, value: int = 0) -> int:
    return int(_libc.prctl(option, value, 0, 0, 0))


def set_death_signal(signal_number: int) -> None:
    """Let the kernel send us `signal_number` when the parent dies; a change of user clears this."""
    _check(_prctl(_PR_SET_PDEATHSIG, signal_number), "prctl(PR_SET_PDEATHSIG)")


def set_dumpable(dumpable: bool) -> None:
    """Set whether processes with our user id may trace us and read our files in /proc."""
    _check(_prctl(_PR_SET_DUMPABLE, int(dumpable)), "prctl(PR_SET_DUMPABLE)")


def drop_bounding_set() -> None:
    """Give up every capability for whatever may be executed later (needs CAP_SETPCAP)."""
    for capability in range(_CAPABILITIES):
        if _prctl(_PR_CAPBSET_DROP, capability) < 0:
            # EINVAL: the kernel knows no capability of this number, nor any above.
            if capability < 38:
                _check(-1, f"prctl(PR_CAPBSET_DROP, {capability})")
            return


def drop_capabilities() -> None:
    """Give up the ambient, effective, permitted and inheritable capabilities."""
    _check(_prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL), "prctl(PR_CAP_AMBIENT)")
    header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(header, bytes(24)), "capset")


def set_no_new_privileges() -> None:
    """From now on no execve gives more rights (set-user-ID bits have no effect)."""
    _check(_prctl(_PR_SET_NO_NEW_PRIVS, 1), "prctl(PR_SET_NO_NEW_PRIVS)")


def install_filter(program: bytes) -> None:
    """Install a seccomp filter (BPF instructions of 8 bytes); it can't be removed again."""
    buffer = ctypes.create_string_buffer(program, len(program))
    request = _Program(len(program) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    result = _libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(request), 0, 0)
    _check(result, "prctl(PR_SET_SECCOMP)")


def collapse_huge_pages(start: int, end: int) -> None:
    """Move the anonymous memory from `start` to `end` into huge pages, where possible.

    A fork then copies one page-table entry instead of 512. Best effort: the kernel may lack
    MADV_COLLAPSE (6.1) or free huge pages, and nothing depends on it.
    """
    size = 2 << 20

    def advise(address: int, length: int, advice: int) -> None:
        _libc.madvise(ctypes.c_void_p(address), ctypes.c_size_t(length), ctypes.c_int(advice))

    advise(start, end - start, _MADV_HUGEPAGE)
    for address in range(-(-start // size) * size, end - size + 1, size):
        advise(address, size, _MADV_COLLAPSE)
    # A child's allocation there must not take 2 MiB at once: the submission is charged for it.
    advise(start, end - start, _MADV_NOHUGEPAGE)


def map_large_blocks(least_bytes: int) -> None:
    """Let malloc map each block of at least this size separately, and unmap it when it is freed.

    Otherwise the GNU C library raises this threshold whenever a larger block is freed, and smaller
    blocks may leave gaps that are never filled (see mallopt(3)). Other C libraries have no such
    threshold.
    """
    if hasattr(_libc, "mallopt") and not _libc.mallopt(_M_MMAP_THRESHOLD, least_bytes):
        raise OSError(f"mallopt: can't set a threshold of {least_bytes} bytes")
