"""The fork server's own jail: it is entered before anything else happens, and never left.

Theory of operation. The server is started by the host as an ordinary process, and makes itself
namespaces of its own: user, process, mount, network, IPC and host name. Then it builds a root of
its own in an empty tmpfs, in which only the given paths appear, read-only, and moves into it. What
the children get on top of that is in `runner.child`.

As root, the binds are made with root's own rights *before* the user namespace is entered: only so
can an interpreter below a home of mode 700 be bound. The mounts are then copied into the new
namespace, which may neither undo nor change them. User ids 0 ... are mapped to a range that nobody
else has, by a helper that stays outside. An ordinary user can only enter the user namespace
first, and maps only one id, the user's own. Files keep their owner, so the binds work as well.

Any step that fails raises OSError: then there is no server, and the host says why.
"""

import os
import signal
from pathlib import Path

from runner import linux
from runner.protocol import APP, BOX, ServerConfig

_TEMPORARY = "/tmp"  # noqa: S108 in the jail it is the scratch folder
# Where a container's own /proc is masked, compose mounts another one here.
_OUTER_PROC = "/run/proc"
_DEVICES = ("null", "zero", "full", "random", "urandom")
_LINKS = {"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2", "shm": BOX}
_NAMESPACES = (
    linux.CLONE_NEWUSER
    | linux.CLONE_NEWNS
    | linux.CLONE_NEWPID
    | linux.CLONE_NEWNET
    | linux.CLONE_NEWIPC
    | linux.CLONE_NEWUTS
)


def enter(config: ServerConfig) -> bool:
    """Return as process 1 of the new namespaces, in the new root; the caller's process waits.

    False when there can be no /proc: in a container that hides parts of its own, nobody but its
    root may mount another.
    """
    if config.ids:
        wait_for_map = _start_mapper(config)
        linux.unshare(linux.CLONE_NEWNS)
        build_root(config)
        linux.unshare(_NAMESPACES)
        wait_for_map()
        _become_namespace_root()
    else:
        user, group = os.geteuid(), os.getegid()
        linux.unshare(_NAMESPACES)
        _map_oneself(user, group)
        build_root(config)
    fork_and_wait()
    has_proc = _mount_proc("/proc")
    linux.mount("tmpfs", BOX, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=1m,mode=0755")
    os.chdir(BOX)
    return has_proc


def _mount_proc(target: str) -> bool:
    """Mount /proc for our process namespace; an empty folder where that isn't allowed."""
    flags = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
    try:
        linux.mount("proc", target, "proc", flags)
    except PermissionError:
        linux.mount("tmpfs", target, "tmpfs", flags | linux.MS_RDONLY, "size=4k")
        return False
    return True


def fork_and_wait() -> None:
    """Go on in a child that dies with us; we only wait and pass its exit code on."""
    # A change of credentials clears the wish to die with the parent: renew it, both sides.
    linux.set_death_signal(signal.SIGKILL)
    pid = os.fork()
    if pid:
        _, status = os.waitpid(pid, 0)
        os._exit(max(0, os.waitstatus_to_exitcode(status)))
    linux.set_death_signal(signal.SIGKILL)


def _start_mapper(config: ServerConfig) -> "_MapWaiter":
    """Start the helper that stays in the outer user namespace and writes our id maps."""
    go_reader, go_writer = os.pipe()
    done_reader, done_writer = os.pipe()
    server = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(go_writer)
            os.read(go_reader, 1)
            for name in ("uid_map", "gid_map"):
                Path(f"/proc/{server}/{name}").write_text(f"0 {config.first_id} {config.ids}")
            os.write(done_writer, b"1")
        except OSError as error:
            os.write(done_writer, str(error).encode())
        finally:
            os._exit(0)
    os.close(go_reader)
    os.close(done_writer)
    return _MapWaiter(pid, go_writer, done_reader)


class _MapWaiter:
    """Tells the helper that the namespace is there, and waits until the maps are."""

    def __init__(self, pid: int, go: int, done: int) -> None:
        self._pid, self._go, self._done = pid, go, done

    def __call__(self) -> None:
        os.write(self._go, b"1")
        answer = os.read(self._done, 1024)
        os.close(self._go)
        os.close(self._done)
        os.waitpid(self._pid, 0)
        if answer != b"1":
            raise OSError(f"user ids can't be mapped: {answer.decode(errors='replace')}")


def _become_namespace_root() -> None:
    os.setgroups([])
    os.setresgid(0, 0, 0)
    os.setresuid(0, 0, 0)


def _map_oneself(user: int, group: int) -> None:
    try:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"0 {user} 1")
        Path("/proc/self/gid_map").write_text(f"0 {group} 1")
    except OSError as error:
        raise OSError(f"one's own user id can't be mapped: {error}") from error


def build_root(config: ServerConfig) -> None:
    """Make the jail's root on `config.root` and move into it."""
    root = config.root
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    linux.mount("tmpfs", root, "tmpfs", linux.MS_NOSUID, "size=1m,mode=0755")
    for folder in ("/proc", "/dev", "/etc", BOX, APP):
        Path(root + folder).mkdir()
    if not any(path.startswith(_TEMPORARY + "/") for path in config.binds):
        Path(root + _TEMPORARY).symlink_to(BOX)
    # What lies above comes first: covers hide parts of binds, and binds show parts of covers.
    for path in sorted({*config.binds, *config.covers}, key=lambda path: path.count("/")):
        if path in config.covers:
            linux.mount("tmpfs", root + path, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=64k")
        else:
            _bind(path, root + path)
    for path in config.covers:
        _make_read_only(root + path, recursive=False)
    _make_devices(root)
    _make_users(root)
    # A proc of our own can only be mounted later where another one is in full view. Root can
    # mount such a one; an ordinary user takes the machine's along. Ours will cover it.
    if config.ids:
        _mount_proc(root + "/proc")
    else:
        outer = _OUTER_PROC if Path(_OUTER_PROC, "self").is_symlink() else "/proc"
        linux.mount(outer, root + "/proc", None, linux.MS_BIND | linux.MS_REC)
    os.chdir(root)
    linux.pivot_root(".", ".")
    linux.detach(".")
    os.chdir("/")
    linux.set_mount_attributes(
        "/", linux.MOUNT_ATTR_RDONLY | linux.MOUNT_ATTR_NOSUID, recursive=False
    )


def _bind(path: str, target: str) -> None:
    """Let `path` appear at `target`, read-only; a link is made anew, not followed."""
    place = Path(target)
    place.parent.mkdir(parents=True, exist_ok=True)
    if Path(path).is_symlink():
        place.symlink_to(Path(path).readlink())
        return
    if Path(path).is_dir():
        place.mkdir(exist_ok=True)
    else:
        place.touch()
    linux.mount(path, target, None, linux.MS_BIND | linux.MS_REC)
    _make_read_only(target, recursive=True)


def _make_read_only(target: str, *, recursive: bool) -> None:
    attributes = linux.MOUNT_ATTR_RDONLY | linux.MOUNT_ATTR_NOSUID | linux.MOUNT_ATTR_NODEV
    linux.set_mount_attributes(target, attributes, recursive=recursive)


def _make_devices(root: str) -> None:
    for name in _DEVICES:
        target = f"{root}/dev/{name}"
        Path(target).touch()
        linux.mount(f"/dev/{name}", target, None, linux.MS_BIND)
        attributes = linux.MOUNT_ATTR_NOSUID | linux.MOUNT_ATTR_NOEXEC
        linux.set_mount_attributes(target, attributes, recursive=False)
    for name, aim in _LINKS.items():
        Path(f"{root}/dev/{name}").symlink_to(aim)


def _make_users(root: str) -> None:
    Path(f"{root}/etc/passwd").write_text(
        f"root:x:0:0:root:/:/nonexistent\nnobody:x:65534:65534:nobody:{BOX}:/nonexistent\n"
    )
    Path(f"{root}/etc/group").write_text("root:x:0:\nnogroup:x:65534:\n")
