"""The fork server's own jail: it is entered before anything else happens, and never left.

Theory of operation. The server is started by the host as an ordinary process, and makes itself
namespaces of its own: user, process, mount, network, IPC and host name. Then it builds a root of
its own in an empty tmpfs, in which only the given paths appear, read-only, and moves into it. There
it starts its interpreter anew, with the same steps: so nothing in its memory tells where on the
machine its files lie. What the children get on top of that is in `runner.child`.

A folder appears as the one layer of an overlay, for a bind would tell in /proc/self/mountinfo what
it is called outside. Where the kernel can't do that, or where something else is mounted below the
folder, it is a bind.

As root, the binds are made with root's own rights *before* the user namespace is entered: only so
can an interpreter below a home of mode 700 be bound. The mounts are then copied into the new
namespace, which may neither undo nor change them. User ids 0 ... are mapped to a range that nobody
else has, by a helper that stays outside. An ordinary user can only enter the user namespace
first, and maps only one id, the user's own. Files keep their owner, so the binds work as well.

Any step that fails raises OSError: then there is no server, and the host says why.
"""

import os
import re
import signal
import site
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
    program starts anew on the way, and calls this again.

    False when there can be no /proc: in a container that hides parts of its own, nobody but its
    root may mount another.
    """
    if config.root:
        _go_inside(config)
    for place in config.files:
        linux.detach(place)  # what runs from it and what is loaded of it stays
    # What an interpreter without `-S` has: all its folders, and the names `exit` and `help`.
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
    has_proc = _mount_proc("/proc")
    linux.mount("tmpfs", BOX, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "size=1m,mode=0755")
    os.chdir(BOX)
    return has_proc


def _go_inside(config: ServerConfig) -> NoReturn:
    """Build the new root, and start this program anew in it."""
    mapper: tuple[int, ...] = ()
    if config.ids:
        # The helper needs the machine's /proc, which is out of reach inside.
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
            raise OSError(f"one's own user id can't be mapped: {error}") from error
    build_root(config)
    given = os.memfd_create("config")
    os.write(given, encode_config(replace(config, root="", mapper=mapper)))
    os.lseek(given, 0, os.SEEK_SET)
    os.dup2(given, 0)
    # `-S`: the search for further modules would find others than the interpreter's environment has.
    steps = sys.orig_argv[sys.orig_argv.index("-c") + 1]
    words = [config.program, "-I", "-S", "-B", "-X", "utf8", "-c", steps, RUNTIME]
    # Its own libraries may lie in a folder that is written into the program, and that isn't here.
    environment = {**config.env, "LD_LIBRARY_PATH": f"{RUNTIME}/lib"}
    os.execve(config.program, words, environment)  # noqa: S606 it is the runner's own


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


def _start_mapper(config: ServerConfig) -> tuple[int, int, int]:
    """Start the helper that stays in the outer user namespace and writes our id maps: its process
    id, where it is told to, and where it answers."""
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
    """Tell the helper that the namespace is there, and wait until the maps are."""
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


def _show(path: str, target: str, mounts: set[str]) -> None:
    """Let `path` appear at `target`, read-only; a link is made anew, not followed."""
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
    """Show a folder as an overlay's layer; False where the kernel won't.

    Its options stay to be read: so the layers are named by descriptors. It wants two of them at
    least where nothing can be written; the other one is the empty folder that lies there.
    """
    with _opened(path) as lower, _opened(target) as empty:
        layers = f"lowerdir=/proc/self/fd/{lower}:/proc/self/fd/{empty}"
        try:
            linux.mount("overlay", target, "overlay", linux.MS_RDONLY, layers)
        except OSError:  # no such file system, or too many layers already, as in some containers
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
