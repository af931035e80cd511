"""System call filters for what Landlock leaves open, on top of a runtime's own filter.

Landlock says which files may be opened, and nothing of what else can be done to a file by its name
or to a process by its number. Where a jail has a root, a network and a process namespace of its
own, there is nothing there to do it to. Here there is:

- A socket pair of datagrams can send to any socket of the machine; connected ones can't.
- A child could tell the kernel that it wants to outlive its fork server.
- Before Landlock's third ABI files may be emptied that may not be written to: by their name, or as
  they are opened for reading.

Where children have the worker's own user id, what belongs to that user is theirs, so further:

- Changing modes and times of files is left undone, and reported as done: honest programs do it to
  their own files, and go on.
- Signals and processor sets may name the process itself alone.
"""

import errno
import platform

from worker.sandbox.base import Runtime
from worker.sandbox.seccomp import filters, syscalls

OWN_PID = 0x7AC0FFEE
"""The place of the child's process id, which only the child can put there."""
_TRUNCATES_SINCE = 3
# SOCK_STREAM and SOCK_SEQPACKET (which Rust starts programs by), with SOCK_NONBLOCK, SOCK_CLOEXEC.
_CONNECTED = tuple(kind | flags for kind in (1, 5) for flags in (0, 0x800, 0x80000, 0x80800))
_PR_SET_PDEATHSIG = 1
_O_WRONLY_OR_RDWR, _O_TRUNC = 0x3, 0x200
_DONE = filters.refuse(0)
_CHANGING_FILES = ("chmod", "fchmod", "fchmodat", "utimensat", "utime")


def further_filter(abi: int, *, shared: bool, machine: str = platform.machine()) -> bytes:
    """The filter that all processes of a child are under, besides the runtime's.

    `shared` tells that children have the worker's user id.
    """
    calls = syscalls.numbers(syscalls.ALLOWED, machine) | syscalls.numbers(
        syscalls.EXAMINED, machine
    )
    program = filters.Assembler()
    program.start(machine)
    program.rule_values(calls["socketpair"], 1, _CONNECTED)
    program.rule_value(calls["prctl"], 0, _PR_SET_PDEATHSIG, filters.refuse(errno.EPERM))
    if abi < _TRUNCATES_SINCE:
        program.rule(calls["truncate"], filters.refuse(errno.EPERM))
        program.rule(calls["openat2"], filters.refuse(errno.ENOSYS))  # flags behind a pointer
        for name, argument in (("open", 1), ("openat", 2)):
            if name in calls:
                program.rule_bit_alone(calls[name], argument, _O_TRUNC, _O_WRONLY_OR_RDWR)
    if shared:
        for name in _CHANGING_FILES:
            if name in calls:
                program.rule(calls[name], _DONE)
        program.rule_values(calls["sched_setaffinity"], 0, (0,))
    return program.finish()


def threads_only_filter(
    runtime: Runtime, *, shared: bool, machine: str = platform.machine()
) -> bytes:
    """The filter that forbids new processes; with the place of the only one's number."""
    alone = filters.threads_only_filter(runtime, machine)
    if not shared:
        return alone
    calls = syscalls.numbers(syscalls.ALLOWED, machine)
    program = filters.Assembler()
    program.start(machine)
    program.rule_values(calls["kill"], 0, (OWN_PID, 0))  # 0: its own process group
    for name in ("tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"):
        program.rule_values(calls[name], 0, (OWN_PID,))
    for name in ("tkill", "pidfd_send_signal"):
        program.rule(calls[name], filters.refuse(errno.EPERM))
    return program.assemble() + alone
