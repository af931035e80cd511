"""The fork server's own jail, which it enters before anything else and never leaves.

Theory of operation. The host starts the server as an ordinary process. The server makes namespaces
of its own: user, process, mount, network, IPC and host name. Then it builds a root of its own in an
empty tmpfs, in which only the given paths appear, read-only, and moves into it. There it executes
its interpreter again, with the same steps: so its memory doesn't contain the paths of its files on
the machine. `runner.child` adds the restrictions of the children.

Each folder is mounted as a read-only layer of an overlay, because a bind mount would show the
folder's path on the machine in /proc/self/mountinfo. If the kernel can't do that, or if something
else is mounted below the folder, a bind mount is used.

If the server runs as root, it makes the binds with root's own rights *before* it enters the user
namespace: this is the only way to bind an interpreter below a home of mode 700. The mounts are then
copied into the new namespace, which can neither undo nor change them. A helper that stays outside
maps the user ids from 0 up to a range that nobody else has. An ordinary user has to enter the user
namespace first, and maps only one id, the user's own. Files keep their owner, so binds work too.

A step that fails raises OSError: then there is no server, and the host reports the error.
"""

import os
import re
import signal
import site
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from runner import linux
from runner.protocol import APP, BOX, RUNTIME, ServerConfig, encode_config

_TEMPORARY = "/tmp"  # noqa: S108 in the jail it is the scratch folder
# Where a container's own /proc is masked, compose mounts another one here.
_OUTER_PROC = "/run/proc"
_DEVICES = ("null", "zero", "full", "random", "urandom")
_LINKS = {"fd": "/proc/self/fd", "stdin": "fd/0", "stdout": "fd/1", "stderr": "fd/2", "shm": BOX}
_HOST_NAME = "runner"
_OCTAL = re.compile(r"\\([0-7]{3})")
_NAMESPACES = (
    linux.CLONE_NEWUSER
    | linux.CLONE_NEWNS
    | linux.CLONE_NEWPID
    | linux.CLONE_NEWNET
    | linux.CLONE_NEWIPC
    | linux.CLONE_NEWUTS
)


def enter(config: ServerConfig) -> bool:
    """Return as process 1 of the new namespaces, in the new root; the caller's process waits. The
    program executes itself again on the way, and calls this function a second time.

    Returns False if no /proc can be mounted: in a container that hides parts of its /proc, only the
    container's root may mount another one.
    """
    if config.root:
        _go_inside(config)
    for place in config.files:
        linux.detach(place)  # files of it that are executed or loaded stay usable
    # As in an interpreter without `-S`: all its folders, and the names `exit` and `help`.
    sys.path[:] = [*config.search_path]
    site.setquit()
    site.setcopyright()
    site.sethelper()
    if config.mapper:
        linux.unshare(_NAMESPACES)
        _wait_for_map(*config.mapper)
        os.setgroups([])
        os.setresgid(0, 0, 0)
        os.setresuid(0, 0, 0)
    fork_and_wait()
    # An engine's filter may forbid it (an older profile of ours does). Then the name is the
    # container's, and not the machine's.
    with suppress(PermissionError):
        linux.name_host(_HOST_NAME)
    has_proc = _mount_proc("/proc")
    linux.mount("tmpfs", BOX, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=1m,mode=0755")
    os.chdir(BOX)
    return has_proc


def _go_inside(config: ServerConfig) -> NoReturn:
    """Build the new root, and execute this program again in it."""
    mapper: tuple[int, ...] = ()
    if config.ids:
        # The helper needs the machine's /proc, which can't be reached in the new root.
        mapper = _start_mapper(config)
        linux.unshare(linux.CLONE_NEWNS)
    else:
        user, group = os.geteuid(), os.getegid()
        linux.unshare(_NAMESPACES)
        try:
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"0 {user} 1")
            Path("/proc/self/gid_map").write_text(f"0 {group} 1")
        except OSError as error:
            raise OSError(f"the server's own user id can't be mapped: {error}") from error
    build_root(config)
    given = os.memfd_create("config")
    os.write(given, encode_config(replace(config, root="", mapper=mapper)))
    os.lseek(given, 0, os.SEEK_SET)
    os.dup2(given, 0)
    # `-S`: otherwise `site` adds folders that the interpreter's own environment doesn't have.
    steps = sys.orig_argv[sys.orig_argv.index("-c") + 1]
    words = [config.program, "-I", "-S", "-B", "-X", "utf8", "-c", steps, RUNTIME]
    # The program may contain the path of its shared libraries, which doesn't exist in this root.
    environment = {**config.env, "LD_LIBRARY_PATH": f"{RUNTIME}/lib"}
    os.execve(config.program, words, environment)  # noqa: S606 it is the runner's own


def _mount_proc(target: str) -> bool:
    """Mount /proc for this process namespace; an empty folder and False if that isn't allowed."""
    flags = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
    try:
        linux.mount("proc", target, "proc", flags)
    except PermissionError:
        linux.mount("tmpfs", target, "tmpfs", flags | linux.MS_RDONLY, "size=4k")
        return False
    return True


def fork_and_wait() -> None:
    """Return in a child that dies with its parent; the parent waits and exits with its code."""
    # A change of credentials clears the parent-death signal: set it again in both processes.
    linux.set_death_signal(signal.SIGKILL)
    pid = os.fork()
    if pid:
        _, status = os.waitpid(pid, 0)
        os._exit(max(0, os.waitstatus_to_exitcode(status)))
    linux.set_death_signal(signal.SIGKILL)


def _start_mapper(config: ServerConfig) -> tuple[int, int, int]:
    """Start the helper that stays in the outer user namespace and writes our id maps. Return its
    process id, the pipe that tells it to begin, and the pipe that brings its answer."""
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
    for end in (go_writer, done_reader):
        os.set_inheritable(end, True)
    return pid, go_writer, done_reader


def _wait_for_map(pid: int, go: int, done: int) -> None:
    """Tell the helper that the namespace exists, and wait until the id maps are written."""
    os.write(go, b"1")
    answer = os.read(done, 1024)
    os.close(go)
    os.close(done)
    os.waitpid(pid, 0)
    if answer != b"1":
        raise OSError(f"user ids can't be mapped: {answer.decode(errors='replace')}")


def build_root(config: ServerConfig) -> None:
    """Make the jail's root on `config.root` and move into it."""
    root = config.root
    linux.mount(None, "/", None, linux.MS_REC | linux.MS_PRIVATE)
    linux.mount("tmpfs", root, "tmpfs", linux.MS_NOSUID, "size=4m,mode=0755")
    for folder in ("/proc", "/dev", "/etc", BOX, APP, RUNTIME):
        Path(root + folder).mkdir()
    if not any(path.startswith(_TEMPORARY + "/") for path in config.binds):
        Path(root + _TEMPORARY).symlink_to(BOX)
    mounted = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    mounts = {_OCTAL.sub(lambda found: chr(int(found[1], 8)), place) for place in mounted}
    own_names = ((path, path) for path in config.binds)
    files = ((path, place) for place, path in config.files.items())
    for path, place in (*own_names, *config.places.items(), *files):
        _show(path, root + place, mounts)
    for path in config.covers:
        linux.mount("tmpfs", root + path, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=64k")
        _make_read_only(root + path, recursive=False)
    _make_devices(root)
    Path(f"{root}/etc/passwd").write_text(
        f"root:x:0:0:root:/:/nonexistent\nnobody:x:65534:65534:nobody:{BOX}:/nonexistent\n"
    )
    Path(f"{root}/etc/group").write_text("root:x:0:\nnogroup:x:65534:\n")
    # The kernel mounts a new proc only where another proc is fully visible. Root can mount that one
    # too; an ordinary user binds the machine's. The server's own proc will cover it.
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


def _show(path: str, target: str, mounts: set[str]) -> None:
    """Mount `path` at `target`, read-only; a symbolic link is copied, not followed."""
    place = Path(target)
    place.parent.mkdir(parents=True, exist_ok=True)
    if Path(path).is_symlink():
        place.symlink_to(Path(path).readlink())
        return
    if not Path(path).is_dir():
        place.touch()
    else:
        place.mkdir(exist_ok=True)
        if not any(other.startswith(f"{path}/") for other in mounts) and _overlay(path, target):
            return
    linux.mount(path, target, None, linux.MS_BIND | linux.MS_REC)
    _make_read_only(target, recursive=True)


def _overlay(path: str, target: str) -> bool:
    """Mount a folder as an overlay's layer; return False if the kernel refuses.

    The overlay's options stay readable, so the layers are named by descriptors. A read-only overlay
    needs at least two layers; the second one is the empty folder at `target`.
    """
    with _opened(path) as lower, _opened(target) as empty:
        layers = f"lowerdir=/proc/self/fd/{lower}:/proc/self/fd/{empty}"
        try:
            linux.mount("overlay", target, "overlay", linux.MS_RDONLY, layers)
        except OSError:  # no overlay file system, or nested too deep, as in some containers
            return False
    _make_read_only(target, recursive=False)
    return True


@contextmanager
def _opened(path: str) -> Iterator[int]:
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


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
