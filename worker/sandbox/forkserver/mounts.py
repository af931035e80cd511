"""What appears in a jail, and how a fork server is configured.

`python` and `torch` get the interpreter's own folders and the system's shared libraries: no program
that could be executed, no shell, nothing of the host's /etc. `exec` gets the system's programs as
well. The system's folders keep their names in a jail; the service's and the interpreter's lie below
`RUNTIME` there, so that nothing tells where they are on the machine.
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
"""So many children a server forks before another takes its place. Without a template they share
their address layout and hash seed, and no others do."""
FRESH_AFTER_S = 900.0
"""So long (s) all children of a template may share its address layout and hash seed."""
_CORES_PER_SERVER = {Runtime.TORCH: 2, Runtime.PYTHON: 4, Runtime.EXEC: 4}
# Above the ids that distributions, systemd (containers end at 0x6FFFFFFF) and directory services
# give to people and machines, and below those that systemd uses for foreign images.
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
_ENV = {
    "HOME": "/box",
    "TMPDIR": "/box",
    "LANG": "C.UTF-8",
    "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/local/go/bin:/usr/lib/go/bin",
    # One thread: more are a fork server's death and add nothing to matrices of this size.
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    # node would otherwise try io_uring, which the filter ends a process for.
    "UV_USE_IO_URING": "0",
}


def source_digest() -> str:
    """Names the sources of everything that jails are made of: a container's must be ours."""
    digest = hashlib.sha256()
    inside = (path for folder in _HOST_SOURCES for path in (PROJECT / folder).glob("*.py"))
    for path in (PROJECT / "worker" / "sandbox" / "base.py", *sorted(inside)):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


def is_root_with(capabilities: Iterable[int]) -> bool:
    """Whether we are a root with these rights of a root: in a container it may have lost them."""
    status = Path("/proc/self/status").read_text()
    effective = int(status.partition("CapEff:")[2].split()[0], 16)
    return os.geteuid() == 0 and all(effective >> one & 1 for one in capabilities)


def id_range(service: str) -> tuple[int, int]:
    """The first user id and how many a jail may map as root; (0, 0) for an ordinary user."""
    return spare_ids(service) if is_root_with(_NEEDED_CAPABILITIES) else (0, 0)


def service_name(hidden: Sequence[Path]) -> str:
    """What tells this service from others on the machine: where it keeps its things."""
    return str(hidden[0] if hidden else PROJECT)


def spare_ids(service: str, given: Iterable[Path] = _GIVEN_IDS) -> tuple[int, int]:
    """The first user id that nobody has, and how many; (0, 0) where there are too few.

    `service` tells services on one machine apart: each has a range of its own. `given` are the
    files that say which ids users may map in user namespaces of their own; there a process with
    such an id is theirs to signal.
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
    # Root of a container with few ids of its own: the upper half of them.
    if available >= 2 * _FEWEST_IDS:
        return available // 2, available - available // 2
    return 0, 0


def _ranges(path: Path) -> list[tuple[int, int]]:
    """The lines `owner:first:count` of a file like /etc/subuid, which may be missing."""
    if not path.exists():
        return []
    fields = (line.split("#")[0].strip().split(":") for line in path.read_text().splitlines())
    return [
        (int(each[1]), int(each[2]))
        for each in fields
        if len(each) == 3 and each[1].isdigit() and each[2].isdigit()
    ]


def view_for(runtime: Runtime, python: Interpreter, hidden: Iterable[Path] = ()) -> View:
    """What the children of a runtime's server may read where it has a root of its own; `hidden` is
    what the service keeps beside its checkout. Raises SandboxError where that can't be kept from
    them."""
    named = {**python.places(), str(PROJECT / "runner"): f"{RUNTIME}/runner"}
    paths = [*python.libraries, *([python.loader] if python.loader else []), *_needs(runtime)]
    return view_of(paths, [PROJECT, *hidden], named)


def open_view_for(runtime: Runtime, python: Interpreter, hidden: Iterable[Path] = ()) -> View:
    """The same where all paths keep their names: there are no mounts."""
    paths = [*python.folders, str(PROJECT / "runner"), *_needs(runtime)]
    return view_of(paths, [PROJECT, *hidden])


def _needs(runtime: Runtime) -> list[str]:
    if runtime is not Runtime.EXEC:
        return ["/usr/share/zoneinfo"]
    etc = Path("/etc")
    found = [str(path) for pattern in _SYSTEM_PATTERNS for path in etc.glob(pattern)]
    return [*_SYSTEM, *found]


def server_config(
    runtime: Runtime,
    root: str,
    python: Interpreter,
    hidden: Sequence[Path] = (),
) -> ServerConfig:
    """The configuration of `runtime`'s fork servers; `hidden` as for `view_for`."""
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
    """How many of a runtime's servers fork side by side on this machine. They share the memory of
    one (see `docs/decisions/0032-servers-are-forks-of-a-template.md` for how busy one gets)."""
    return max(1, len(os.sched_getaffinity(0)) // _CORES_PER_SERVER[runtime])


def alone_config(runtime: Runtime) -> ServerConfig:
    """The configuration of `runtime`'s server that has a container: its walls are there."""
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
    """How a fork server is started; its configuration goes to its standard input."""
    start = f"from runner.main import main; sys.path.pop(); main({listener_fd}, {link_fd})"
    return _command(python, start)


def trial_command(python: str) -> list[str]:
    """Takes a fork server's first steps, with its configuration on standard input, and ends. It
    prints whether there can be a /proc."""
    start = (
        "from runner import enclosure, protocol; "
        "config = protocol.decode_config(sys.stdin.buffer.read()); "
        "sys.stdout.write(str(enclosure.enter(config)))"
    )
    return _command(python, start)


def _command(python: str, start: str) -> list[str]:
    # Only `runner` may be found by that path: what else lies in the project is not for submissions
    # to import. Inside its jail the server takes the same steps with another path.
    steps = f"import sys; sys.path.append(sys.argv[1]); {start}"
    return [python, "-I", "-B", "-X", "utf8", "-c", steps, str(PROJECT)]


def alone_command(home: str, door: str) -> list[str]:
    """How a container's only server is started; `home` is where the image has its programs."""
    # What else lies in `home` is not for submissions to import.
    start = (
        f"import sys; sys.path.append({home!r}); from runner.alone import serve; "
        f"sys.path.pop(); serve({door!r})"
    )
    return [f"{home}/.venv-runner/bin/python", "-I", "-B", "-X", "utf8", "-c", start]


def server_environment() -> dict[str, str]:
    """What a fork server may know of our environment: nothing."""
    return dict(_ENV)
