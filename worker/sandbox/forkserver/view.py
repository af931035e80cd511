"""What of the machine's files a jail shows, and what it covers.

Theory of operation. A jail shows the folders that its runtime needs, all of `/usr` among them. What
the service itself keeps is never to be seen there: tests, answers, the database, tokens. It may lie
below a folder that is shown, if the service was installed below `/usr/local` for instance. So each
such folder is covered by an empty one. The interpreter's folders and `runner/` appear below
`/runtime`, wherever they lie. An ordinary user's jails have that user's id and groups: whatever
others may not read and the user may, in what is shown, every submission could read.

What can't be covered, or may be read by submissions alone, is a SandboxError that says what to do.
"""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from worker.sandbox.base import SandboxError

# Folders that others than the service have their things in: covering them would break a jail.
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
    """`binds` are the paths that a jail shows under their own names, `places` what it shows under
    others; `covers` folders below, by their names there, that it shows as empty ones.

    `hidden` are the paths outside that it doesn't show. `foreign` are those that it does and that
    don't lie in the service's own folders.
    """

    binds: tuple[str, ...]
    places: tuple[tuple[str, str], ...]
    covers: tuple[str, ...]
    hidden: frozenset[str]
    foreign: tuple[str, ...]


def view_of(
    paths: Iterable[str], hidden: Iterable[Path], named: Mapping[str, str] | None = None
) -> View:
    """Show all of `paths` that exist, and nothing else of the `hidden` folders. `named` says where
    a jail shows folders under another name.

    Raises SandboxError where a hidden folder is one that jails need.
    """
    paths, named = list(paths), named or {}
    places = {
        str(place)
        for folder in hidden
        for place in _appearances(folder)
        if os.path.exists(place)  # noqa: PTH110 False, too, where we may not look
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
    """What to bind so that all of `paths` that exist are there: links, and topmost folders; below
    a covered folder again."""
    wanted: dict[str, None] = {}
    for path in paths:
        if Path(path).exists():
            wanted.update(dict.fromkeys(_with_links(path)))
    folders = {path for path in wanted if not Path(path).is_symlink()}
    layers = folders | set(covered)
    return tuple(sorted(path for path in wanted if _nearest(path, layers) not in folders))


def _nearest(path: str, layers: set[str]) -> str:
    """The lowest of `layers` that `path` lies below; empty where there is none."""
    return next((str(up) for up in Path(path).parents if str(up) in layers), "")


def _with_links(path: str) -> list[str]:
    """`path` with its links resolved, after the links that lead there (to be made anew)."""
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
    """`place` shows what lies at `inside` in the file system `device`."""

    device: str
    inside: Path
    place: Path


def _appearances(folder: Path, mounts: str = "/proc/self/mountinfo") -> Iterator[Path]:
    """Each place where a folder, or a part of it, can be found: it may be mounted elsewhere too."""
    folder = folder.resolve()
    yield folder
    fields = (line.split() for line in Path(mounts).read_text().splitlines())
    known = [_Mount(each[2], _plain(each[3]), _plain(each[4])) for each in fields]
    # Of mounts at one place the last one counts.
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
    """A path as mountinfo writes it: spaces and the like are octal numbers."""
    return Path(field.encode().decode("unicode_escape").encode("latin-1").decode())


@cache
def check_readable_by_all(view: View) -> None:
    """SandboxError where an ordinary user's jail would show what only this user may read.

    The runner and its own environment have no secrets, whatever the mask they were made with.
    """
    groups = {os.getegid(), *os.getgroups()}
    left = _MOST_ENTRIES
    waiting = [*view.foreign]
    while waiting:
        folder = waiting.pop()
        for path, status in _look(folder):
            left -= 1
            if left < 0:
                raise SandboxError(f"there are too many files below {folder} to look at all")
            if path in view.hidden:
                continue
            if _is_private(status, groups):
                raise SandboxError(
                    f"{path} is readable for you alone, and every submission could read it, for "
                    "jails show it and have your user id: let others read it (chmod o+r), move "
                    "it, or run the service as another user"
                )
            if stat.S_ISDIR(status.st_mode):
                waiting.append(path)


def _look(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """What lies in a folder; nothing where it is a file, or closed to us as well."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                yield entry.path, entry.stat(follow_symlinks=False)
    except OSError:
        return


def _is_private(status: os.stat_result, groups: set[int]) -> bool:
    """Whether we may read what others may not."""
    mode = status.st_mode
    if stat.S_ISLNK(mode):
        return False
    for_others = stat.S_IROTH | (stat.S_IXOTH if stat.S_ISDIR(mode) else 0)
    if mode & for_others == for_others:
        return False
    if status.st_uid == os.geteuid():
        return True
    return status.st_gid in groups and bool(mode & stat.S_IRGRP)
