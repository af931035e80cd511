"""System call filters for operations that Landlock allows, in addition to a runtime's own filter.

Landlock controls which files may be opened, but not every other operation on a file by its name or
on a process by its id. A jail with a root, a network and a process namespace of its own contains no
foreign files and processes. A Landlock jail does, so these filters forbid:

- Datagram socket pairs, which can send to any socket of the machine; connected ones can't.
- Clearing the parent-death signal: a child could outlive its fork server.
- Before Landlock's third ABI, truncating files without write access: by name, or while opening them
  for reading.

If children have the worker's own user id, they own that user's files and processes. So further:

- Changing modes and times of files succeeds without an effect: honest programs do it to their own
  files, and go on.
- Signals and CPU affinity work only on the process itself.
"""

import errno
import platform

from worker.sandbox.base import Runtime
from worker.sandbox.seccomp import filters, syscalls

OWN_PID = 0x7AC0FFEE
"""A placeholder for the child's process id, which only the child itself can fill in."""
_TRUNCATES_SINCE = 3
# SOCK_STREAM and SOCK_SEQPACKET (Rust needs it to start programs), with SOCK_NONBLOCK and
# SOCK_CLOEXEC.
_CONNECTED = tuple(kind | flags for kind in (1, 5) for flags in (0, 0x800, 0x80000, 0x80800))
_PR_SET_PDEATHSIG = 1
_O_WRONLY_OR_RDWR, _O_TRUNC = 0x3, 0x200
_DONE = filters.refuse(0)
_CHANGING_FILES = ("chmod", "fchmod", "fchmodat", "utimensat", "utime")


def further_filter(abi: int, *, shared: bool, machine: str = platform.machine()) -> bytes:
    """Return the filter for all processes of a child, in addition to the runtime's.

    `shared` means that children have the worker's user id.
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
    """Return the filter that forbids new processes; if `shared`, it contains `OWN_PID`."""
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
