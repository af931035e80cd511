"""Chooses the files that appear in a jail, and makes the fork servers' configurations.

`python` and `torch` get the interpreter's own folders and the system's shared libraries: no program
that could be executed, no shell, nothing of the machine's /etc. `exec` gets the system's programs
as well. The system's folders keep their paths in a jail; the service's and the interpreter's appear
below `RUNTIME`, so that their paths on the machine stay hidden.
"""

import hashlib
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from runner.protocol import RUNTIME, ServerConfig
from worker.sandbox.base import Runtime
from worker.sandbox.forkserver.interpreter import PROGRAM, Interpreter
from worker.sandbox.forkserver.view import View, check_readable_by_all, view_of
from worker.sandbox.seccomp import filters

PROJECT = Path(__file__).resolve().parents[3]
_HOST_SOURCES = (
    "runner",
    "worker/sandbox/cgroup",
    "worker/sandbox/forkserver",
    "worker/sandbox/seccomp",
)
WORN_AFTER = 5000
"""How many children a server forks before another takes its place. Without a template, only these
children share an address layout and a hash seed."""
FRESH_AFTER_S = 900.0
"""How long (s) the children of a template may share its address layout and hash seed."""
_CORES_PER_SERVER = {Runtime.TORCH: 2, Runtime.PYTHON: 4, Runtime.EXEC: 4}
# Above the user ids that distributions, systemd (containers end at 0x6FFFFFFF) and directory
# services assign, and below those that systemd uses for foreign images.
_FIRST_ID, _LAST_ID = 0x78000000, 0x7FFE0000
_IDS = 65_536
_GIVEN_IDS = (Path("/etc/subuid"), Path("/etc/subgid"))
_FEWEST_IDS = 2_000
_NEEDED_CAPABILITIES = (6, 7, 8, 21)  # CAP_SETGID, CAP_SETUID, CAP_SETPCAP, CAP_SYS_ADMIN
_SYSTEM = (
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32",
    "/etc/alternatives", "/etc/ld.so.cache",
)  # fmt: skip
_SYSTEM_PATTERNS = ("java-*",)
# The files of `LANG` below, without which `locale.setlocale(locale.LC_ALL, "")` fails.
_LOCALE = "/usr/lib/locale/C.utf8"
_ENV = {
    "HOME": "/box",
    "TMPDIR": "/box",
    "LANG": "C.UTF-8",
    "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/local/go/bin:/usr/lib/go/bin",
    # One thread: a fork server breaks with more, and they don't help for matrices of this size.
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    # Otherwise node would try io_uring, for which the filter kills the process.
    "UV_USE_IO_URING": "0",
}


def source_digest() -> str:
    """Return a hash of all sources that make jails: a container's image must have the same."""
    digest = hashlib.sha256()
    inside = (path for folder in _HOST_SOURCES for path in (PROJECT / folder).glob("*.py"))
    for path in (PROJECT / "worker" / "sandbox" / "base.py", *sorted(inside)):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def is_root_with(capabilities: Iterable[int]) -> bool:
    """Whether this process is root with these capabilities: a container's root may lack them."""
    status = Path("/proc/self/status").read_text()
    effective = int(status.partition("CapEff:")[2].split()[0], 16)
    return os.geteuid() == 0 and all(effective >> one & 1 for one in capabilities)


def id_range(service: str) -> tuple[int, int]:
    """Return the first user id and the count of ids that jails map; (0, 0) if not root."""
    return spare_ids(service) if is_root_with(_NEEDED_CAPABILITIES) else (0, 0)


def service_name(hidden: Sequence[Path]) -> str:
    """Return a name that differs between the services on a machine: the path of its data."""
    return str(hidden[0] if hidden else PROJECT)


def spare_ids(service: str, given: Iterable[Path] = _GIVEN_IDS) -> tuple[int, int]:
    """Return the first id and the size of a range of unused user ids; (0, 0) if there are too few.

    `service` identifies a service on this machine: each has a range of its own. `given` are the
    files with the ids that users may map in their own user namespaces, where they could signal
    processes with these ids.
    """
    lines = Path("/proc/self/uid_map").read_text().splitlines()
    available = sum(int(line.split()[2]) for line in lines)
    if available >= _LAST_ID:
        taken = [one for path in given for one in _ranges(path)]
        slots = (_LAST_ID - _FIRST_ID) // _IDS
        wanted = int.from_bytes(hashlib.sha256(service.encode()).digest()[:4], "little")
        for offset in range(slots):
            first = _FIRST_ID + (wanted + offset) % slots * _IDS
            if not any(start < first + _IDS and first < start + count for start, count in taken):
                return first, _IDS
    # A container with few ids: take the upper half of them.
    if available >= 2 * _FEWEST_IDS:
        return available // 2, available - available // 2
    return 0, 0


def _ranges(path: Path) -> list[tuple[int, int]]:
    """Return (first, count) for each line `owner:first:count` of a file like /etc/subuid."""
    if not path.exists():
        return []
    fields = (line.split("#")[0].strip().split(":") for line in path.read_text().splitlines())
    return [
        (int(each[1]), int(each[2]))
        for each in fields
        if len(each) == 3 and each[1].isdigit() and each[2].isdigit()
    ]


def view_for(runtime: Runtime, python: Interpreter, hidden: Iterable[Path] = ()) -> View:
    """Return the files that a runtime's children see if they have a root of their own; `hidden`
    are the service's folders outside its checkout. Raises SandboxError if these can't be hidden."""
    named = {**python.places(), str(PROJECT / "runner"): f"{RUNTIME}/runner"}
    paths = [*python.libraries, *([python.loader] if python.loader else []), *_needs(runtime)]
    return view_of(paths, [PROJECT, *hidden], named)


def open_view_for(runtime: Runtime, python: Interpreter, hidden: Iterable[Path] = ()) -> View:
    """Return the files that a runtime's children see without mounts: all paths keep their names."""
    paths = [*python.folders, str(PROJECT / "runner"), *_needs(runtime)]
    return view_of(paths, [PROJECT, *hidden])


def _needs(runtime: Runtime) -> list[str]:
    if runtime is not Runtime.EXEC:
        return [_LOCALE, "/usr/share/zoneinfo"]
    etc = Path("/etc")
    found = [str(path) for pattern in _SYSTEM_PATTERNS for path in etc.glob(pattern)]
    return [*_SYSTEM, *found]


def server_config(
    runtime: Runtime,
    root: str,
    python: Interpreter,
    hidden: Sequence[Path] = (),
) -> ServerConfig:
    """Return the configuration of `runtime`'s fork servers; `hidden` as for `view_for`."""
    first_id, ids = id_range(service_name(hidden))
    view = view_for(runtime, python, hidden)
    if os.geteuid() != 0:
        check_readable_by_all(view)
    return ServerConfig(
        runtime=runtime.value,
        root=root,
        binds=view.binds,
        covers=view.covers,
        places=dict(view.places),
        files=python.files(),
        program=PROGRAM,
        search_path=python.search_path(),
        env=_ENV,
        first_id=first_id,
        ids=ids,
        filter_hex=filters.runtime_filter(runtime).hex(),
        threads_only_hex=filters.threads_only_filter(runtime).hex(),
        run_hex=filters.run_filter().hex(),
        worn_after=WORN_AFTER,
        servers=num_servers(runtime),
        fresh_after_s=FRESH_AFTER_S,
    )


def num_servers(runtime: Runtime) -> int:
    """Return how many servers of a runtime work side by side on this machine. They share their
    memory; `docs/decisions/0032-servers-are-forks-of-a-template.md` says how busy one gets."""
    return max(1, len(os.sched_getaffinity(0)) // _CORES_PER_SERVER[runtime])


def alone_config(runtime: Runtime) -> ServerConfig:
    """Return the configuration of `runtime`'s server in its own container, which is the jail."""
    return ServerConfig(
        runtime=runtime.value,
        root="",
        binds=(),
        env=_ENV,
        first_id=0,
        ids=0,
        filter_hex=filters.runtime_filter(runtime).hex(),
        threads_only_hex=filters.threads_only_filter(runtime).hex(),
        run_hex=filters.run_filter().hex(),
        worn_after=1,
        servers=1,
        fresh_after_s=FRESH_AFTER_S,
    )


def server_command(python: str, listener_fd: int, link_fd: int) -> list[str]:
    """Return the command that starts a fork server; its standard input is its configuration."""
    start = f"from runner.main import main; sys.path.pop(); main({listener_fd}, {link_fd})"
    return _command(python, start)


def trial_command(python: str) -> list[str]:
    """Return a command that takes a fork server's first steps, with the configuration on standard
    input, prints whether /proc can be mounted, and ends."""
    start = (
        "from runner import enclosure, protocol; "
        "config = protocol.decode_config(sys.stdin.buffer.read()); "
        "sys.stdout.write(str(enclosure.enter(config)))"
    )
    return _command(python, start)


def _command(python: str, start: str) -> list[str]:
    # The path is removed after `runner` is found: submissions must not import other modules of the
    # project. Inside its jail the server takes the same steps with another path.
    steps = f"import sys; sys.path.append(sys.argv[1]); {start}"
    return [python, "-I", "-B", "-X", "utf8", "-c", steps, str(PROJECT)]


def alone_command(home: str, door: str) -> list[str]:
    """Return the command that starts a container's only server; `home` has the image's programs."""
    # The path is removed again: submissions must not import other modules in `home`.
    start = (
        f"import sys; sys.path.append({home!r}); from runner.alone import serve; "
        f"sys.path.pop(); serve({door!r})"
    )
    return [f"{home}/.venv-runner/bin/python", "-I", "-B", "-X", "utf8", "-c", start]


def server_environment() -> dict[str, str]:
    """Return a fork server's environment, which has nothing from the worker's own."""
    return dict(_ENV)
