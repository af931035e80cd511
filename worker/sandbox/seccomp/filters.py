"""System call filters, assembled to BPF here so that no library is needed.

Theory of operation. The kernel runs the filter before every system call of a jailed process, on
the call's number, the machine's tag and the arguments. The filter allows the calls that programs
need, kills the process for calls that only an attack makes, and refuses the rest with "not
permitted", which honest programs survive. Calls of another machine type (32-bit, x32) have other
numbers, so they kill the process before their number is checked. A filter can't follow pointers:
`clone3` has its flags behind one, so it fails with "no such call", and libc uses `clone` instead.

An installed filter can't be removed and is inherited; a second one can only forbid more.
"""

import errno
import platform
import struct
from dataclasses import dataclass, field

from worker.sandbox.base import Runtime
from worker.sandbox.seccomp import syscalls

_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000

_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_JUMP_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_JUMP_GREATER_EQUAL = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_JUMP_ANY_BIT = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K

_NUMBER_OFFSET, _ARCH_OFFSET, _ARGUMENTS_OFFSET = 0, 4, 16

ALLOW = 0x7FFF0000
KILL = 0x80000000


def refuse(number: int) -> int:
    """Return the action that makes a call fail with the errno `number`."""
    return 0x00050000 | number


# The exit signal, and CLONE_VM, FS, FILES, SIGHAND, PIDFD, VFORK, THREAD, SYSVSEM, SETTLS,
# PARENT_SETTID, CHILD_CLEARTID, DETACHED, CHILD_SETTID: the usual flags for threads and processes.
# Left out: new namespaces; CLONE_PARENT, which makes a process that is no process's child in the
# jail, so that the jail would never end; CLONE_PTRACE, UNTRACED and IO.
_CLONE_FLAGS = 0x017D5FFF
_CLONE_THREAD = 0x00010000
# F_DUPFD, GETFD, SETFD, GETFL, SETFL, DUPFD_CLOEXEC, GETPIPE_SZ, ADD_SEALS, GET_SEALS. Left out:
# locks, leases, F_NOTIFY and owners of signals, since inodes are shared with the machine and locks
# take memory that no group counts; F_SETPIPE_SZ, because its pages count per user.
_FCNTLS = (0, 1, 2, 3, 4, 1030, 1032, 1033, 1034)
# SO_REUSEADDR, SNDBUF, RCVBUF, KEEPALIVE, LINGER, PASSCRED, RCVTIMEO and SNDTIMEO, old and new.
# Left out: socket filters, whose code takes memory from the whole machine's budget.
_SOCKET_OPTIONS = (2, 7, 8, 9, 13, 16, 20, 21, 66, 67)
# MADV_NORMAL, RANDOM, SEQUENTIAL, WILLNEED, DONTNEED, FREE, REMOVE, DONTFORK, DOFORK, HUGEPAGE,
# NOHUGEPAGE, DONTDUMP, DODUMP, WIPEONFORK, KEEPONFORK, POPULATE_READ, POPULATE_WRITE. Left out:
# COLD and PAGEOUT, which drop pages of files that others use; MERGEABLE, which costs kernel time.
_ADVICE = (0, 1, 2, 3, 4, 8, 9, 10, 11, 14, 15, 16, 17, 18, 19, 22, 23)
# SO_REUSEADDR, TYPE, ERROR, SNDBUF, RCVBUF, KEEPALIVE, LINGER, PASSCRED, PEERCRED, RCVLOWAT,
# RCVTIMEO, SNDTIMEO, ACCEPTCONN, PROTOCOL, DOMAIN, and the new timeouts. Left out: cookies, which
# tell how many sockets and networks the whole machine has made.
_ASKED_OPTIONS = (2, 3, 4, 7, 8, 9, 13, 16, 17, 18, 20, 21, 30, 38, 39, 66, 67)
# MEMBARRIER_CMD_QUERY, PRIVATE_EXPEDITED, its SYNC_CORE, and their registration: they concern the
# process's own threads. Left out: the global ones, which interrupt or wait for all threads.
_BARRIERS = (0, 8, 16, 32, 64)
_MS_SYNC = 0x4
# Of the modes of files only those of character and block devices (S_IFCHR, S_IFBLK) have this bit.
_IS_DEVICE = 0x2000
_MAP_HUGETLB = 0x00040000
_RLIMIT_CORE = 4
_AF_UNIX = 1
_MAP_SHARED, _MAP_ANONYMOUS = 0x01, 0x20
_ASK_PERSONALITY = 0xFFFFFFFF
# TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX: queries, and flags of descriptors.
_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
_SET_SECCOMP = 22
# PDEATHSIG, DUMPABLE, NAME, SECCOMP (see `run_filter`), NO_NEW_PRIVS, THP_DISABLE: they concern
# only the caller. Left out: SET_VMA, whose names take memory that no group counts.
_PRCTLS = (1, 2, 3, 4, 15, 16, _SET_SECCOMP, 38, 39, 41, 42)


@dataclass(slots=True)
class Assembler:
    """Builds a filter. Between rules the accumulator holds the system call's number."""

    instructions: list[tuple[int, int, int, int]] = field(default_factory=list)

    def add(self, code: int, value: int, on_true: int = 0, on_false: int = 0) -> None:
        """Append one instruction; a jump is the number of instructions to skip (at most 255)."""
        self.instructions.append((code, on_true, on_false, value))

    def start(self, machine: str) -> None:
        """Kill the process for calls of another machine type, then load the call's number."""
        self.add(_LOAD, _ARCH_OFFSET)
        self.add(_JUMP_EQUAL, _AUDIT_ARCH[machine], on_true=1)
        self.add(_RETURN, KILL)
        self.add(_LOAD, _NUMBER_OFFSET)
        if machine == "x86_64":
            self.add(_JUMP_GREATER_EQUAL, _X32_BIT, on_false=1)
            self.add(_RETURN, KILL)

    def rule(self, number: int, action: int) -> None:
        """Add a rule: system call `number` is answered with `action`."""
        self.add(_JUMP_EQUAL, number, on_false=1)
        self.add(_RETURN, action)

    def decide(self, spans: list[tuple[int, int]]) -> None:
        """End the filter: return the action of the number's span, by binary search.

        `spans` holds the first number of each span and its action, in ascending order, from 0 on.
        The kernel tries each new filter with every number, so its depth costs time in each jail.
        """
        if len(spans) == 1:
            self.add(_RETURN, spans[0][1])
            return
        middle = len(spans) // 2
        below = Assembler()
        below.decide(spans[:middle])
        self.add(_JUMP_GREATER_EQUAL, spans[middle][0], on_true=len(below.instructions))
        self.instructions += below.instructions
        self.decide(spans[middle:])

    def rule_values(self, number: int, argument: int, values: tuple[int, ...]) -> None:
        """Add a rule: call `number` is allowed if the argument's lower 32 bits are in `values`,
        else it is refused."""
        self.add(_JUMP_EQUAL, number, on_false=2 * len(values) + 2)
        self.add(_LOAD, _ARGUMENTS_OFFSET + 8 * argument)
        for value in values:
            self.rule(value, ALLOW)
        self.add(_RETURN, refuse(errno.EPERM))

    def rule_value(self, number: int, argument: int, value: int, if_equal: int) -> None:
        """Add a rule: call `number` gets `if_equal` if the argument's lower 32 bits are `value`,
        else it is allowed."""
        self.add(_JUMP_EQUAL, number, on_false=4)
        self.add(_LOAD, _ARGUMENTS_OFFSET + 8 * argument)
        self.add(_JUMP_EQUAL, value, on_false=1)
        self.add(_RETURN, if_equal)
        self.add(_RETURN, ALLOW)

    def rule_bits(
        self, number: int, bits: int, if_any: int, if_none: int, *, argument: int = 0
    ) -> None:
        """Add a rule: call `number` gets `if_any` if the argument has any of `bits`, else it gets
        `if_none`."""
        self.add(_JUMP_EQUAL, number, on_false=4)
        self.add(_LOAD, _ARGUMENTS_OFFSET + 8 * argument)
        self.add(_JUMP_ANY_BIT, bits, on_false=1)
        self.add(_RETURN, if_any)
        self.add(_RETURN, if_none)

    def rule_both_bits(
        self, number: int, argument: int, bits: tuple[int, int], if_both: int
    ) -> None:
        """Add a rule: call `number` gets `if_both` if the argument has both bits, else it is
        allowed."""
        self.add(_JUMP_EQUAL, number, on_false=5)
        self.add(_LOAD, _ARGUMENTS_OFFSET + 8 * argument)
        self.add(_JUMP_ANY_BIT, bits[0], on_false=2)
        self.add(_JUMP_ANY_BIT, bits[1], on_false=1)
        self.add(_RETURN, if_both)
        self.add(_RETURN, ALLOW)

    def rule_bit_alone(self, number: int, argument: int, bit: int, others: int) -> None:
        """Add a rule: call `number` is refused if the argument has `bit` and none of `others`."""
        self.add(_JUMP_EQUAL, number, on_false=5)
        self.add(_LOAD, _ARGUMENTS_OFFSET + 8 * argument)
        self.add(_JUMP_ANY_BIT, bit, on_false=2)
        self.add(_JUMP_ANY_BIT, others, on_true=1)
        self.add(_RETURN, refuse(errno.EPERM))
        self.add(_RETURN, ALLOW)

    def finish(self) -> bytes:
        """Return the bytes of a filter that allows all calls without a rule."""
        self.add(_RETURN, ALLOW)
        return self.assemble()

    def assemble(self) -> bytes:
        """Return the program's bytes."""
        return b"".join(struct.pack("=HBBI", *one) for one in self.instructions)


def runtime_filter(runtime: Runtime, machine: str = platform.machine()) -> bytes:
    """Return the filter for all processes of a jail."""
    actions = dict.fromkeys(range(syscalls.FIRST_UNKNOWN), refuse(errno.EPERM))
    actions[syscalls.FIRST_UNKNOWN] = refuse(errno.ENOSYS)  # for this number and all above
    executing = ALLOW if runtime is Runtime.EXEC else refuse(errno.EPERM)
    tables = [(syscalls.ALLOWED, ALLOW), (syscalls.EXECUTING, executing), (syscalls.FATAL, KILL)]
    # Advice about files that others use too succeeds without an effect.
    tables.append((syscalls.IGNORED, refuse(0)))
    for table, action in tables:
        actions |= dict.fromkeys(syscalls.numbers(table, machine).values(), action)
    program = Assembler()
    program.start(machine)
    _examine(program, syscalls.numbers(syscalls.EXAMINED, machine))
    # The numbers at which the action changes, each with the new action.
    ordered = sorted(actions.items())
    spans = [
        (number, action)
        for place, (number, action) in enumerate(ordered)
        if place == 0 or ordered[place - 1][1] != action
    ]
    program.decide(spans)
    return program.assemble()


def _examine(program: Assembler, calls: dict[str, int]) -> None:
    """Add the rules for calls that depend on their arguments."""
    program.rule(calls["clone3"], refuse(errno.ENOSYS))
    others = 0xFFFFFFFF & ~_CLONE_FLAGS
    program.rule_bits(calls["clone"], others, refuse(errno.EPERM), ALLOW)
    program.rule_bits(calls["mmap"], _MAP_HUGETLB, refuse(errno.EPERM), ALLOW, argument=3)
    program.rule_values(calls["madvise"], 2, _ADVICE)
    program.rule_values(calls["fcntl"], 1, _FCNTLS)
    program.rule_values(calls["setsockopt"], 2, _SOCKET_OPTIONS)
    program.rule_values(calls["getsockopt"], 2, _ASKED_OPTIONS)
    program.rule_values(calls["membarrier"], 0, _BARRIERS)
    # Like fsync: see `syscalls.IGNORED`.
    program.rule_bits(calls["msync"], _MS_SYNC, refuse(0), ALLOW, argument=2)
    # Their flags can tell whether a shared file was read lately, and drop it from memory.
    for name in ("preadv2", "pwritev2"):
        program.rule_values(calls[name], 5, (0,))
    # The C library's `mkfifo`. No honest program makes a device node.
    for name, argument in (("mknod", 1), ("mknodat", 2)):
        if name in calls:
            program.rule_bits(calls[name], _IS_DEVICE, KILL, ALLOW, argument=argument)
    program.rule(calls["setrlimit"], ALLOW)
    for name in ("fork", "vfork"):
        if name in calls:
            program.rule(calls[name], ALLOW)
    program.rule_values(calls["ioctl"], 1, _IOCTLS)
    program.rule_values(calls["prctl"], 0, _PRCTLS)
    program.rule_values(calls["socketpair"], 0, (_AF_UNIX,))
    program.rule_values(calls["personality"], 0, (_ASK_PERSONALITY,))
    # Only the process's own limits: the child of `runner.alone` shares its user id.
    program.rule_values(calls["prlimit64"], 0, (0,))


def run_filter(machine: str = platform.machine()) -> bytes:
    """Return the filter that a submission's run gets as its last one; compilations don't get it.

    It forbids further filters, whose code takes memory from the whole machine's budget. It forbids
    locks on files that are shared with the machine; Go's compiler needs them for its cache. It
    forbids changing the limit on core files that `runner.child` sets: only that value keeps the
    kernel from starting the machine's crash handler, which runs as root and in no group.
    """
    calls = syscalls.numbers(syscalls.EXAMINED, machine)
    program = Assembler()
    program.start(machine)
    program.rule(syscalls.numbers(syscalls.ALLOWED, machine)["flock"], refuse(errno.ENOLCK))
    program.rule_value(calls["prctl"], 0, _SET_SECCOMP, refuse(errno.EPERM))
    program.rule_value(calls["setrlimit"], 0, _RLIMIT_CORE, refuse(errno.EPERM))
    program.rule_value(calls["prlimit64"], 1, _RLIMIT_CORE, refuse(errno.EPERM))
    return program.finish()


def threads_only_filter(runtime: Runtime, machine: str = platform.machine()) -> bytes:
    """Return the filter that forbids new processes, for use on top of the runtime's.

    If no cgroup counts the usage of several processes together, a run may have only one process.
    An executed program's memory is then limited by its data size (Java and JavaScript reserve far
    more addresses than they use). Anonymous shared memory doesn't count as data, so it is refused.
    """
    calls = syscalls.numbers(syscalls.EXAMINED, machine)
    program = Assembler()
    program.start(machine)
    program.rule_bits(calls["clone"], _CLONE_THREAD, ALLOW, refuse(errno.EPERM))
    for name in ("fork", "vfork"):
        if name in calls:
            program.rule(calls[name], refuse(errno.EPERM))
    # A single process has no other to send descriptors to, and sent ones count per user.
    for name in ("sendmsg", "sendmmsg"):
        program.rule(syscalls.numbers(syscalls.ALLOWED, machine)[name], refuse(errno.EPERM))
    if runtime is Runtime.EXEC:
        program.rule_both_bits(calls["mmap"], 3, (_MAP_ANONYMOUS, _MAP_SHARED), refuse(errno.EPERM))
    return program.finish()
