"""The filters, run by a small BPF interpreter, as the kernel would, for both machine types."""

import errno
import struct

import pytest

from worker.sandbox.base import Runtime
from worker.sandbox.seccomp import syscalls
from worker.sandbox.seccomp.filters import (
    ALLOW,
    KILL,
    refuse,
    run_filter,
    runtime_filter,
    threads_only_filter,
)
from worker.sandbox.seccomp.syscalls import (
    ALLOWED,
    EXAMINED,
    EXECUTING,
    FATAL,
    IGNORED,
    MACHINES,
    numbers,
)

_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_I386 = 0x40000003
_DENIED = refuse(errno.EPERM)
# shmget, shmat, shmctl, shmdt, semget, semop, semctl, semtimedop, msgget, msgsnd, msgrcv, msgctl,
# and mq_open, mq_unlink, mq_timedsend, mq_timedreceive, mq_notify, mq_getsetattr.
_IPC_CALLS = {
    "x86_64": (29, 30, 31, 67, 64, 65, 66, 220, 68, 69, 70, 71, *range(240, 246)),
    "aarch64": (194, 196, 195, 197, 190, 193, 191, 192, 186, 189, 188, 187, *range(180, 186)),
}
_NEWUSER, _THREAD, _SIGCHLD = 0x10000000, 0x00010000, 17


def decide(program: bytes, arch: int, number: int, *arguments: int) -> int:
    """Return the filter's answer for one call; this interpreter knows only the instructions that
    filters use.
    """
    padded = [*arguments, 0, 0, 0, 0, 0, 0][:6]
    data = struct.pack("=iIQ6Q", number, arch, 0, *padded)
    at = accumulator = 0
    while True:
        code, on_true, on_false, value = struct.unpack_from("=HBBI", program, at * 8)
        at += 1
        if code == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, value)
        elif code == 0x06:
            return int(value)
        else:
            tests = {0x15: accumulator == value, 0x35: accumulator >= value,
                     0x45: bool(accumulator & value)}  # fmt: skip
            at += on_true if tests[code] else on_false


@pytest.fixture(params=MACHINES)
def machine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_listed_call_gets_its_action(machine: str) -> None:
    program, arch = runtime_filter(Runtime.PYTHON, machine), _ARCH[machine]
    for table, action in ((ALLOWED, ALLOW), (EXECUTING, _DENIED), (FATAL, KILL)):
        for name, number in numbers(table, machine).items():
            assert decide(program, arch, number) == action, name


def test_no_runtime_may_speak_between_processes(machine: str) -> None:
    """Children share an IPC namespace, because the filter refuses all of its calls."""
    calls = _IPC_CALLS[machine]
    for runtime in Runtime:
        program = runtime_filter(runtime, machine)
        assert {decide(program, _ARCH[machine], number) for number in calls} == {_DENIED}


def test_no_call_is_in_two_tables(machine: str) -> None:
    listed = [
        number
        for table in (ALLOWED, EXECUTING, FATAL, EXAMINED, IGNORED)
        for number in numbers(table, machine).values()
    ]
    assert len(listed) == len(set(listed))
    assert max(listed) < syscalls.FIRST_UNKNOWN


def test_only_exec_may_execute(machine: str) -> None:
    for name, number in numbers(EXECUTING, machine).items():
        for runtime in Runtime:
            wanted = ALLOW if runtime is Runtime.EXEC else _DENIED
            assert decide(runtime_filter(runtime, machine), _ARCH[machine], number) == wanted, name


def test_another_machines_calls_are_fatal(machine: str) -> None:
    program = runtime_filter(Runtime.EXEC, machine)
    assert decide(program, _I386, 20) == KILL
    getpid = numbers(ALLOWED, "x86_64")["getpid"]
    assert decide(runtime_filter(Runtime.EXEC, "x86_64"), _ARCH["x86_64"], getpid) == ALLOW
    x32 = 0x40000000 | getpid
    assert decide(runtime_filter(Runtime.EXEC, "x86_64"), _ARCH["x86_64"], x32) == KILL


def test_unlisted_calls_are_refused_and_young_ones_unknown(machine: str) -> None:
    program = runtime_filter(Runtime.EXEC, machine)
    socket = {"x86_64": 41, "aarch64": 198}[machine]
    assert decide(program, _ARCH[machine], socket) == _DENIED
    for young in (syscalls.FIRST_UNKNOWN, 500, 0x3FFFFFFF):
        assert decide(program, _ARCH[machine], young) == refuse(errno.ENOSYS)


@pytest.mark.parametrize(
    ("name", "arguments", "action"),
    [
        ("clone", (_SIGCHLD,), ALLOW),
        ("clone", (_NEWUSER | _SIGCHLD,), _DENIED),
        ("clone3", (), refuse(errno.ENOSYS)),
        ("ioctl", (0, 0x5413), ALLOW),
        ("ioctl", (0, 0x5412), _DENIED),
        ("prctl", (15,), ALLOW),
        ("prctl", (8,), _DENIED),
        ("socketpair", (1,), ALLOW),
        ("socketpair", (2,), _DENIED),
        ("personality", (0xFFFFFFFF,), ALLOW),
        ("personality", (0x0040000,), _DENIED),
        ("clone", (0x00050F00,), ALLOW),  # a thread of Go's
        ("clone", (0x00008000 | _SIGCHLD,), _DENIED),  # CLONE_PARENT
        ("clone", (0x80000000 | _SIGCHLD,), _DENIED),  # CLONE_IO
        ("fcntl", (0, 1030), ALLOW),
        ("fcntl", (0, 6), _DENIED),  # F_SETLK
        ("fcntl", (0, 1026), _DENIED),  # F_NOTIFY
        ("setsockopt", (0, 1, 7), ALLOW),
        ("setsockopt", (0, 1, 26), _DENIED),  # SO_ATTACH_FILTER
        ("getsockopt", (0, 1, 4), ALLOW),
        ("getsockopt", (0, 1, 57), _DENIED),  # SO_COOKIE
        ("madvise", (0, 4096, 4), ALLOW),
        ("madvise", (0, 4096, 21), _DENIED),  # MADV_PAGEOUT
        ("mmap", (0, 4096, 3, 0x40022), _DENIED),  # MAP_HUGETLB
        ("msync", (0, 4096, 1), ALLOW),
        ("msync", (0, 4096, 4), refuse(0)),  # MS_SYNC
        ("membarrier", (8,), ALLOW),
        ("membarrier", (1,), _DENIED),  # MEMBARRIER_CMD_GLOBAL
        ("preadv2", (0, 0, 0, 0, 0, 0), ALLOW),
        ("preadv2", (0, 0, 0, 0, 0, 8), _DENIED),  # RWF_NOWAIT
        ("prctl", (0x53564D41,), _DENIED),  # PR_SET_VMA
        ("mknodat", (0, 0, 0x1180), ALLOW),  # a named pipe
        ("mknodat", (0, 0, 0x8180), ALLOW),  # a file
        ("mknodat", (0, 0, 0x2180), KILL),  # a character device
        ("mknodat", (0, 0, 0x6180), KILL),  # a block device
    ],
)
def test_arguments_are_examined(
    machine: str, name: str, arguments: tuple[int, ...], action: int
) -> None:
    number = numbers(EXAMINED, machine)[name]
    program = runtime_filter(Runtime.PYTHON, machine)
    assert decide(program, _ARCH[machine], number, *arguments) == action


@pytest.mark.parametrize(
    ("name", "arguments", "action"),
    [
        ("prctl", (22,), _DENIED),  # PR_SET_SECCOMP
        ("prctl", (15,), ALLOW),
        ("setrlimit", (4,), _DENIED),  # RLIMIT_CORE
        ("setrlimit", (7,), ALLOW),
        ("prlimit64", (0, 4), _DENIED),
        ("prlimit64", (0, 7), ALLOW),
    ],
)
def test_what_only_runs_are_refused(
    machine: str, name: str, arguments: tuple[int, ...], action: int
) -> None:
    number = numbers(EXAMINED, machine)[name]
    assert decide(run_filter(machine), _ARCH[machine], number, *arguments) == action


def test_what_is_only_pretended(machine: str) -> None:
    program = runtime_filter(Runtime.EXEC, machine)
    for name, number in numbers(IGNORED, machine).items():
        assert decide(program, _ARCH[machine], number) == refuse(0), name


def test_threads_only(machine: str) -> None:
    program, arch = threads_only_filter(Runtime.PYTHON, machine), _ARCH[machine]
    calls = numbers(EXAMINED, machine)
    assert decide(program, arch, calls["clone"], _THREAD) == ALLOW
    assert decide(program, arch, calls["clone"], _SIGCHLD) == _DENIED
    for name in {"fork", "vfork"} & calls.keys():
        assert decide(program, arch, calls[name]) == _DENIED
    assert decide(program, arch, numbers(ALLOWED, machine)["read"]) == ALLOW


@pytest.mark.parametrize(
    ("runtime", "flags", "action"),
    [
        (Runtime.EXEC, 0x21, _DENIED),  # shared, without a file
        (Runtime.EXEC, 0x22, ALLOW),  # private, without a file
        (Runtime.EXEC, 0x01, ALLOW),  # shared, a file's: those are bounded
        (Runtime.PYTHON, 0x21, ALLOW),  # there the address space is limited
    ],
)
def test_memory_that_no_limit_of_data_counts(
    machine: str, runtime: Runtime, flags: int, action: int
) -> None:
    program = threads_only_filter(runtime, machine)
    number = numbers(EXAMINED, machine)["mmap"]
    assert decide(program, _ARCH[machine], number, 0, 4096, 3, flags) == action
