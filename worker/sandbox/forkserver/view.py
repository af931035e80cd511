"""Chooses which of the machine's files a jail shows, and which it covers.

Theory of operation. A jail shows the folders that its runtime needs, also all of `/usr`. It must
never show the service's own data: tests, answers, the database, tokens. These may lie below a shown
folder, for instance if the service is installed below `/usr/local`. So each such folder is covered
by an empty one. The interpreter's folders and `runner/` appear below `/runtime`, wherever they lie.
If an ordinary user runs the service, jails have that user's id and groups: every submission could
read a shown file that this user may read and other users may not.

If a folder can't be covered, or a shown file is private to the user, SandboxError names a remedy.
"""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from worker.sandbox.base import SandboxError

# Folders that other software uses too: covering them would break a jail.
_STANDARD = {
    *("/", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/usr", "/etc", "/dev", "/proc"),
    *(f"/usr/{name}" for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32", "libexec")),
    *(f"/usr/{name}" for name in ("include", "share", "src", "local")),
    *(f"/usr/local/{name}" for name in ("bin", "sbin", "lib", "include", "share", "etc", "src")),
}
_MOST_ENTRIES = 2_000_000
REMEDY = (
    "move the checkout, SHOUSI_HOME or the database to a folder of its own, below /srv, /opt or "
    "/var/lib for instance"
)


@dataclass(frozen=True, slots=True)
class View:
    """The files that a jail shows. `binds` are paths that keep their names, `places` maps others to
    their paths in the jail; `covers` are folders below, by their paths there, that appear empty.

    `hidden` are the machine's paths that it doesn't show. `foreign` are the shown paths outside the
    service's own folders.
    """

    binds: tuple[str, ...]
    places: tuple[tuple[str, str], ...]
    covers: tuple[str, ...]
    hidden: frozenset[str]
    foreign: tuple[str, ...]


def view_of(
    paths: Iterable[str], hidden: Iterable[Path], named: Mapping[str, str] | None = None
) -> View:
    """Return a view that shows all of `paths` that exist, and nothing else of the `hidden` folders.
    `named` maps further folders to their paths in the jail.

    Raises SandboxError if jails need a hidden folder.
    """
    paths, named = list(paths), named or {}
    places = {
        str(place)
        for folder in hidden
        for place in _appearances(folder)
        if os.path.exists(place)  # noqa: PTH110 also False without permission to look
    }
    shown = {_with_links(path)[-1] for path in paths if Path(path).exists()}
    needed = shown | named.keys() | _STANDARD
    for place in sorted(places & needed):
        raise SandboxError(f"{place} holds what no submission may see, and jails need it: {REMEDY}")
    binds = select_binds(paths, places)
    covers = {place for place in places if _nearest(place, {*binds, *places}) in binds}
    for place in places:
        above = _nearest(place, {*named, *places})
        if above in named:
            covers.add(named[above] + place.removeprefix(above))
    foreign = (path for path in (*binds, *named) if not _nearest(path, places))
    shown_as = tuple(named.items())
    return View(binds, shown_as, tuple(sorted(covers)), frozenset(places), tuple(foreign))


def select_binds(paths: Iterable[str], covered: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the paths to bind so that all existing `paths` appear: symbolic links, the topmost
    folders, and the topmost ones below each covered folder."""
    wanted: dict[str, None] = {}
    for path in paths:
        if Path(path).exists():
            wanted.update(dict.fromkeys(_with_links(path)))
    folders = {path for path in wanted if not Path(path).is_symlink()}
    layers = folders | set(covered)
    return tuple(sorted(path for path in wanted if _nearest(path, layers) not in folders))


def _nearest(path: str, layers: set[str]) -> str:
    """Return the nearest of `layers` above `path`; empty if there is none."""
    return next((str(up) for up in Path(path).parents if str(up) in layers), "")


def _with_links(path: str) -> list[str]:
    """Return the symbolic links on the way to `path`, which the jail copies, then its real path."""
    links: list[str] = []
    done = Path("/")
    rest = [*Path(path).parts[1:]]
    while rest:
        step = done / rest.pop(0)
        if step.is_symlink():
            links.append(str(step))
            target = Path(os.path.normpath(done / step.readlink()))
            done, rest = Path("/"), [*target.parts[1:], *rest]
        else:
            done = step
    return [*links, str(done)]


@dataclass(frozen=True, slots=True)
class _Mount:
    """A mount: `place` shows the path `inside` of the file system `device`."""

    device: str
    inside: Path
    place: Path


def _appearances(folder: Path, mounts: str = "/proc/self/mountinfo") -> Iterator[Path]:
    """Yield each path that shows a folder or a part of it: mounts may show it elsewhere too."""
    folder = folder.resolve()
    yield folder
    fields = (line.split() for line in Path(mounts).read_text().splitlines())
    known = [_Mount(each[2], _plain(each[3]), _plain(each[4])) for each in fields]
    # If several mounts have the same place, the last one counts.
    above = [one for one in known if folder.is_relative_to(one.place)]
    if not above:
        return
    own = max(reversed(above), key=lambda one: len(one.place.parts))
    inside = own.inside / folder.relative_to(own.place)
    for other in known:
        if other.device == own.device and other is not own:
            if inside.is_relative_to(other.inside):
                yield other.place / inside.relative_to(other.inside)
            elif other.inside.is_relative_to(inside):
                yield other.place


def _plain(field: str) -> Path:
    """Decode a path from mountinfo, where spaces and similar characters are octal escapes."""
    return Path(field.encode().decode("unicode_escape").encode("latin-1").decode())


@cache
def check_readable_by_all(view: View) -> None:
    """Raise SandboxError if jails would show a file that only the service's user may read.

    The runner and its environment aren't checked: they have no secrets, whatever their modes.
    """
    groups = {os.getegid(), *os.getgroups()}
    left = _MOST_ENTRIES
    waiting = [*view.foreign]
    while waiting:
        folder = waiting.pop()
        for path, status in _look(folder):
            left -= 1
            if left < 0:
                raise SandboxError(f"there are too many files below {folder} to check them all")
            if path in view.hidden:
                continue
            if _is_private(status, groups):
                raise SandboxError(
                    f"{path} is readable for you alone, but every submission could read it, since "
                    "jails show it and run under your user id: let others read it (chmod o+r), "
                    "move it, or run the service as another user"
                )
            if stat.S_ISDIR(status.st_mode):
                waiting.append(path)


def _look(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """Yield a folder's entries; none for a file or an unreadable folder."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                yield entry.path, entry.stat(follow_symlinks=False)
    except OSError:
        return


def _is_private(status: os.stat_result, groups: set[int]) -> bool:
    """Whether this user may read a file that other users may not."""
    mode = status.st_mode
    if stat.S_ISLNK(mode):
        return False
    for_others = stat.S_IROTH | (stat.S_IXOTH if stat.S_ISDIR(mode) else 0)
    if mode & for_others == for_others:
        return False
    if status.st_uid == os.geteuid():
        return True
    return status.st_gid in groups and bool(mode & stat.S_IRGRP)
