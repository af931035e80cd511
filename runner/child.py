"""What happens in the jail, from the fork to the last line of the submission.

Theory of operation. A child is forked into a new process namespace and jails itself (`enter_jail`,
the ordered list below) while it still has the rights to do so. Then it sends READY and waits for
its job: all steps before that happen in advance, before any submission is there. The job runs in
the same process. When the process ends, the fork server reports its exit status and kills process 1
of the namespace; the kernel then kills every process that the submission left behind.

Privileges. At the end the child has a user id of its own (as root) in a user namespace in which no
id is mapped, no capability, no way to get one by executing a program, and a system call filter.
For a child that has a container for itself (`runner.alone`) the engine has made the namespaces and
mounts, set the user and dropped the capabilities; `enter_container` does the rest. Where no
namespaces can be made, only `enter_landlock` restricts the child; see `runner.landlock`.

Descriptors: 0 standard input, 1 and 2 output, 3 result, 4 job. 4 is closed before the submission's
first line. Executed programs get 0, 1 and 2 only. A jail that stays for a further job
(`runner.staying`) keeps 4, which its program never holds.

What each failure does: if a step of `enter_jail` fails, the supervisor gets FAILED with the error,
which counts as the judge's fault. After READY every failure counts as the submission's.
"""

import fcntl
import gc
import os
import resource
import signal
import socket
import sys
from dataclasses import dataclass
from typing import NoReturn

from runner import landlock, linux, programs, staying
from runner.protocol import (
    APP,
    BOX,
    CONTROL_BYTES,
    FAILED,
    READY,
    Ended,
    Job,
    Mode,
    Spawn,
    encode_ended,
)

_RESULT, _JOB, _FIRST_FREE = 3, 4, 5
_OPEN_FILES = 256
_PENDING_SIGNALS = 256  # each one, and each timer, takes kernel memory that no limit counts
# Not 0: for each crash the kernel would still start the machine's crash handler, as root. Only the
# value 1 prevents that (core(5), and the kernel's `do_coredump`).
_NO_CORE = 1
_FAILED_EXIT = 99
_CPU_GRACE_S = 2
_SIZE, _RESIDENT, _DATA = 0, 1, 5


@dataclass(frozen=True, slots=True)
class Filters:
    """System call filters: the runtime's, the one against new processes, and the one for runs."""

    runtime: bytes
    threads_only: bytes
    run: bytes


@dataclass(frozen=True, slots=True)
class Blueprint:
    """What all children of a server have in common. `alone`: the server has one child, in its own
    container; `ground`: Landlock settings if children have no namespaces."""

    runtime: str
    has_proc: bool
    filters: Filters
    alone: bool = False
    ground: landlock.Ground | None = None


@dataclass(frozen=True, slots=True)
class Jail:
    """What a child's jail depends on. `user` is its id in the server's user namespace, `network`
    a network namespace for it alone, or -1; `folder` its own folder if it has no mounts."""

    blueprint: Blueprint
    request: Spawn
    user: int
    network: int = -1
    folder: str = ""

    @property
    def has_init(self) -> bool:
        """Whether process 1 of the namespace is not the child itself; see `runner.main`."""
        return self.blueprint.runtime != "torch" and not self.blueprint.alone


def main(jail: Jail, fds: list[int]) -> NoReturn:
    """Enter the jail and run a job; `fds` as in `protocol.Spawn`. Never returns."""
    try:
        seal = None
        if jail.blueprint.ground is not None:
            app, seal = enter_landlock(jail, jail.blueprint.ground, fds)
        elif jail.blueprint.alone:
            app = enter_container(jail, fds)
        else:
            app = enter_jail(jail, fds)
        job = _await_job()
        _set_job_limits(jail, job)
        if job.mode != Mode.COMPILE and not (jail.folder and job.keep):
            linux.install_filter(jail.blueprint.filters.run)
    except BaseException as error:  # noqa: BLE001 no line of the submission has run yet
        os.write(_JOB, FAILED + f"{type(error).__name__}: {error}".encode()[: CONTROL_BYTES - 1])
        os._exit(_FAILED_EXIT)
    channel = None
    if job.stays:
        os.set_inheritable(_JOB, False)
        channel = socket.socket(fileno=_JOB)
    else:
        os.close(_JOB)
    _run(jail, job, app, seal, channel)


def enter_jail(jail: Jail, fds: list[int]) -> int:
    """Set up every restriction, in the only order that works; return a descriptor to /app."""
    setup_cgroups(fds[_FIRST_FREE - 1 :])
    setup_network(jail)
    setup_descriptors(fds[: _FIRST_FREE - 1])
    setup_session()
    setup_namespaces()
    setup_proc(jail)
    setup_scratch(jail)
    app = setup_app(jail)
    setup_user(jail)
    setup_user_namespace()
    setup_limits()
    setup_capabilities()
    setup_filter(jail)
    return app


def enter_container(jail: Jail, fds: list[int]) -> int:
    """Set up the restrictions that the container lacks. Return a descriptor to /app."""
    setup_cgroups(fds[_FIRST_FREE - 1 :])
    setup_descriptors(fds[: _FIRST_FREE - 1])
    setup_session()
    app = setup_given_folders(jail)
    setup_limits()
    setup_privileges()
    setup_filter(jail)
    return app


def enter_landlock(
    jail: Jail, ground: landlock.Ground, fds: list[int]
) -> tuple[int, landlock.Ruleset | None]:
    """Set up the restrictions that need neither namespaces nor mounts. Return a descriptor to the
    child's own /app, and the rules that make it read-only."""
    setup_descriptors(fds[: _FIRST_FREE - 1])
    setup_session()
    landlock.setup_folder(jail.folder)
    setup_limits()
    if not ground.shared:
        linux.drop_bounding_set()
        setup_user(jail)
    linux.set_death_signal(signal.SIGKILL)  # after the change of user, which clears it
    setup_privileges()
    seal = landlock.setup_landlock(ground, jail.folder)
    setup_filter(jail)
    landlock.setup_filter(ground)
    if not ground.executable:
        return -1, None
    return os.open(jail.folder + APP, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC), seal


def setup_cgroups(fds: list[int]) -> None:
    """Enter the cgroups whose `cgroup.procs` the supervisor opened: its rights count, not ours."""
    for fd in fds:
        os.write(fd, b"0")


def setup_network(jail: Jail) -> None:
    """Enter an empty network namespace."""
    if jail.network >= 0:
        linux.setns(jail.network, linux.CLONE_NEWNET)
    else:
        linux.unshare(linux.CLONE_NEWNET)


def setup_descriptors(fds: list[int]) -> None:
    """Keep the four given descriptors, as 1 to 4, and an empty standard input; close the rest."""
    # First duplicate them to free numbers above all targets: the server may have hundreds open.
    parked = [fcntl.fcntl(fd, fcntl.F_DUPFD, _FIRST_FREE) for fd in fds]
    for offset, fd in enumerate(parked):
        os.dup2(fd, 1 + offset)
    linux.close_from(_FIRST_FREE)


def setup_session() -> None:
    """Start a session: no controlling terminal, and a process group of its own."""
    os.setsid()


def setup_namespaces() -> None:
    """Make a mount namespace and a host name namespace.

    No IPC namespace: the filter refuses every call that could use the server's, which is empty, and
    the kernel takes long to make and remove one.
    """
    linux.unshare(linux.CLONE_NEWNS | linux.CLONE_NEWUTS)


def setup_proc(jail: Jail) -> None:
    """Mount a /proc that shows this child's processes and nothing of the machine."""
    if not jail.blueprint.has_proc:
        if not jail.request.forks:
            raise OSError("memory can't be limited: there is neither /proc nor a control group")
        return
    flags = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC | linux.MS_RDONLY
    # Process 1 belongs to the fork server, so it must stay invisible.
    linux.mount("proc", "/proc", "proc", flags, "subset=pid,hidepid=ptraceable")


def setup_scratch(jail: Jail) -> None:
    """Mount the working directory: in memory, limited in bytes and files, without execution."""
    flags = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
    request, user = jail.request, jail.user
    size = f"size={request.scratch_bytes},nr_inodes={request.scratch_files}"
    linux.mount("tmpfs", BOX, "tmpfs", flags, f"{size},mode=0755,uid={user},gid={user}")
    os.chdir(BOX)


def setup_app(jail: Jail) -> int:
    """Mount /app for executables: writable through the returned descriptor, read-only by its path.

    The descriptor leads to a mount that a second, read-only mount of the same files then covers.
    """
    if jail.blueprint.runtime != "exec":
        return -1
    flags = linux.MS_NOSUID | linux.MS_NODEV
    options = f"size={jail.request.scratch_bytes},mode=0755,uid={jail.user},gid={jail.user}"
    linux.mount("tmpfs", APP, "tmpfs", flags, options)
    writable = os.open(APP, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    linux.mount(APP, APP, None, linux.MS_BIND)
    attributes = linux.MOUNT_ATTR_RDONLY | linux.MOUNT_ATTR_NOSUID | linux.MOUNT_ATTR_NODEV
    linux.set_mount_attributes(APP, attributes, recursive=False)
    return writable


def setup_given_folders(jail: Jail) -> int:
    """Use the container's own scratch folder and /app, which are empty and limited in size."""
    os.chdir(BOX)
    if jail.blueprint.runtime != "exec":
        return -1
    return os.open(APP, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def setup_limits() -> None:
    """Set the limits that are the same for every job; the others come with the job.

    Call it after the user namespace is made: a limit's value at that moment becomes a limit for
    all namespaces of that user together.
    """
    for limit, value in (
        (resource.RLIMIT_CORE, _NO_CORE),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_NICE, 0),
        (resource.RLIMIT_RTPRIO, 0),
        (resource.RLIMIT_SIGPENDING, _PENDING_SIGNALS),
    ):
        resource.setrlimit(limit, (value, value))


def setup_user(jail: Jail) -> None:
    """As root: change to a user id that no other child has."""
    if jail.user:
        os.setgroups([])
        os.setresgid(jail.user, jail.user, jail.user)
        os.setresuid(jail.user, jail.user, jail.user)


def setup_user_namespace() -> None:
    """Enter a user namespace that maps no id: so the child can't change its user id."""
    linux.unshare(linux.CLONE_NEWUSER)


def setup_capabilities() -> None:
    """Drop all capabilities, which the new namespace gave again, and every way to get them back."""
    linux.drop_bounding_set()
    setup_privileges()


def setup_privileges() -> None:
    """Drop capabilities, also those that executing a program would give; become untraceable."""
    linux.drop_capabilities()
    linux.set_no_new_privileges()
    linux.set_dumpable(False)


def setup_filter(jail: Jail) -> None:
    """Install the system call filters that don't depend on the job."""
    if not jail.request.forks:
        _forbid_processes(jail)
    linux.install_filter(jail.blueprint.filters.runtime)


def _forbid_processes(jail: Jail) -> None:
    """Install the filter that allows new threads and forbids new processes."""
    linux.install_filter(landlock.with_own_pid(jail.blueprint.filters.threads_only))


def _await_job() -> Job:
    """Send READY, and wait for the memory files that hold the job and the standard input."""
    # A server that a shell started in the background ignores some signals; submissions must not.
    for number in signal.valid_signals() - {signal.SIGPIPE, signal.SIGXFSZ}:  # Python ignores those
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # as in every Python
    gc.enable()
    channel = socket.socket(fileno=os.dup(_JOB))
    # The supervisor subtracts the usage up to here from the job's.
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = Ended(0, usage.ru_utime + usage.ru_stime, _memory_bytes(_RESIDENT))
    channel.send(encode_ended(READY, used))
    job, (input_fd,) = staying.receive(channel, 2)
    channel.close()
    os.dup2(input_fd, 0)
    os.close(input_fd)
    return job


def _set_job_limits(jail: Jail, job: Job) -> None:
    """Set the kernel's limits as a backstop; the supervisor enforces tighter ones from outside."""
    cpu_s = job.cpu_s + _CPU_GRACE_S
    limits = [
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, job.file_bytes),
        (resource.RLIMIT_STACK, job.stack_bytes),
    ]
    if jail.blueprint.ground is None or not jail.blueprint.ground.shared:
        # It counts all processes of a user id: not usable if the worker's processes count too.
        limits.append((resource.RLIMIT_NPROC, job.processes))
    if job.backstop_bytes:
        program = job.mode in (Mode.EXEC, Mode.COMPILE)
        base = 0 if job.mode == Mode.EXEC else _memory_bytes(_DATA if program else _SIZE)
        limit = resource.RLIMIT_DATA if program else resource.RLIMIT_AS
        limits.append((limit, base + job.backstop_bytes))
    for limit, value in limits:
        resource.setrlimit(limit, (value, value))
    staying.take_cpu(job)


def _memory_bytes(column: int) -> int:
    """Return a size of this process in bytes, from a column of /proc/self/statm."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123 as fast as can be
            return int(file.read().split()[column]) * resource.getpagesize()
    except FileNotFoundError:  # no /proc: then control groups measure the memory
        return 0


def _run(
    jail: Jail,
    job: Job,
    app: int,
    seal: landlock.Ruleset | None,
    channel: socket.socket | None,
) -> NoReturn:
    if jail.folder:
        job = landlock.relocated(job, jail.folder)
        os.environ.update(HOME=jail.folder + BOX, TMPDIR=jail.folder + BOX)
    os.environ.update(job.env)
    programs.write_files(job.box, ".", None, 0o644)
    stays = job.mode in (Mode.EXEC, Mode.SCRIPT) and bool(job.keep or job.stays)
    if stays and job.mode == Mode.EXEC and not jail.folder:
        staying.execute(job, app, _RESULT, channel)
    if stays:
        job = staying.fork(job, _RESULT, channel)
        if jail.folder:  # no process namespace would kill the processes that it leaves behind
            _forbid_processes(jail)
            linux.install_filter(jail.blueprint.filters.run)
    if job.mode == Mode.EXEC:
        programs.execute(job, app, seal.enforce if seal is not None else lambda: None)
    if job.mode == Mode.COMPILE:
        programs.compile_and_keep(job, _RESULT)
    from runner import script  # the exec runtime doesn't load it

    # Children are copies of one process: each gets its own random numbers.
    seed = int.from_bytes(os.urandom(8), "little")
    sys.modules["random"].seed(seed)
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed(seed % (1 << 32))
    if (torch := sys.modules.get("torch")) is not None:
        torch.default_generator.manual_seed(seed % (1 << 63))
    os.set_inheritable(_RESULT, False)
    if job.mode == Mode.CHECK:
        script.check(job, _RESULT)
    sys.argv = list(job.argv)
    script.run(job, _RESULT)
