"""Reads a package's files into memory from a folder, and checks those of archives too.

Every name is checked before its file is read, and bytes are counted as they stream. Files whose
names the format doesn't allow are left out, as it demands: "the judging system shall behave as if
all such files and directories were removed". A name that would lead out of the package is hostile,
and is refused.
"""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from judge.limits import MIB
from judge.problem_package.complaints import Complaints, PackageComplaint, PackageError
from judge.problem_package.links import LinkError, LinkResolver

NAME = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,254}")
"""File and folder names, by the specification of 2025-09 (wider than 2023-07-draft's)."""
_LEFT_OUT = frozenset({"__pycache__", "__MACOSX"})
_CHUNK = 1 << 16
_LONGEST_SHOWN = 80
_READ = frozenset({
    "problem.yaml", "judge.yaml", "statement", "problem_statement", "attachments", "data",
    "include", "submissions", "input_validators", "input_format_validators", "output_validator",
    "output_validators", "static_validator", "graders",
})  # fmt: skip
"""The names at the top of a package that are read. A broken link anywhere else does no harm."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a package may hold. A zip bomb is recognised by its unpacked size, counted as it
    streams, not by how well it packs: a test of one repeated number packs a thousandfold."""

    archive_bytes: int = 128 * MIB
    entries: int = 5000
    file_bytes: int = 100 * MIB
    total_bytes: int = 512 * MIB
    # In a zip's directory an entry has 46 bytes, then its name, extra field and comment.
    directory_bytes_per_entry: int = 700


@dataclass(frozen=True, slots=True)
class PackageFiles:
    """`files` maps a path inside the package (`data/sample/1.in`) to the content; file modes are
    not kept. `slug` is the folder's name, which is the problem's short name. `warnings` name the
    files that were left out."""

    slug: str
    files: Mapping[str, bytes]
    warnings: tuple[PackageComplaint, ...] = ()


@dataclass(slots=True)
class Intake:
    """What has been read so far, checked against the bounds."""

    bounds: Bounds
    complaints: Complaints = field(default_factory=Complaints)
    files: dict[str, bytes] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    folded: dict[str, str] = field(default_factory=dict)
    total_bytes: int = 0
    linked: int = 0

    def admit(self, name: str) -> bool:
        """Whether to read the file or link `name`. Complains of a name that is refused, and warns
        of one that is left out, unless it is hidden or was added by an operating system."""
        if problem := name_problem(name):
            self.complaints.add(_shown(name), problem)
            return False
        parts = name.split("/")
        if any(part.startswith(".") or part in _LEFT_OUT for part in parts):
            return False
        unfit = next((part for part in parts if not NAME.fullmatch(part)), None)
        if unfit is not None:
            message = f"left out: names must match ^{NAME.pattern}$; rename it if it is needed"
            self.complaints.warn(_shown(name), message)
            return False
        if name in self.files or name in self.links:
            self.complaints.add(name, "two files have this name; give each file its own name")
            return False
        # macOS and Windows keep only one of the two when they unpack the package.
        twin = self.folded.setdefault(name.casefold(), name)
        if twin != name:
            message = f"differs from `{twin}` only in case, which not every system can tell apart"
            self.complaints.warn(name, message)
        return True

    def read(self, name: str, stream: IO[bytes]) -> bytes:
        """Read all of `stream`. Raises PackageError as soon as it is too much."""
        content = bytearray()
        while chunk := stream.read(_CHUNK):
            content += chunk
            if len(content) > self.bounds.file_bytes:
                most = f"{self.bounds.file_bytes // MIB} MiB"
                refuse(name, f"larger than {most}, unpacked; make it smaller, or take it out")
            self._count(name, len(chunk))
        return bytes(content)

    def enter(self, folder: str) -> None:
        """Remove `folder`, in which everything lies, from all names. A link is relative to its own
        place, and leads to the same as before."""
        start = f"{folder}/"
        self.files = {name.removeprefix(start): data for name, data in self.files.items()}
        self.links = {name.removeprefix(start): target for name, target in self.links.items()}
        for found in (self.complaints.errors, self.complaints.warnings):
            found[:] = [replace(one, file=one.file.removeprefix(start)) for one in found]

    def finish(self, slug: str) -> PackageFiles:
        """Resolve links and return all files. Raises PackageError."""
        resolver = LinkResolver(self.files, self.links, self._count_linked)
        linked: dict[str, bytes] = {}
        for name in self.links:
            try:
                linked.update(resolver.files_of(name))
            except LinkError as error:
                if name.split("/")[0] in _READ:
                    self.complaints.add(name, f"{error}; copy what it leads to into the package")
                else:
                    self.complaints.warn(name, f"left out: {error}")
        self.complaints.raise_if_any()
        # Sorted, so that folder and archive give the same package in the same order.
        files = dict(sorted({**self.files, **linked}.items()))
        return PackageFiles(slug, files, tuple(self.complaints.warnings))

    def _count(self, name: str, size: int) -> None:
        self.total_bytes += size
        if self.total_bytes > self.bounds.total_bytes:
            most = f"{self.bounds.total_bytes // MIB} MiB"
            refuse(name, f"the package unpacks to over {most}; make the tests smaller")

    def _count_linked(self, name: str, content: bytes) -> None:
        """Count a link like a copy of its target, because other systems will copy the target."""
        self.linked += 1
        if len(self.files) + self.linked > self.bounds.entries:
            refuse(name, f"more than {self.bounds.entries} files, with those that links lead to")
        self._count(name, len(content))


def read_folder(folder: Path, bounds: Bounds | None = None) -> PackageFiles:
    """Read the package in `folder`; its name is the slug. Raises PackageError."""
    intake = Intake(bounds or Bounds())
    root = folder.resolve()
    for count, path in enumerate(_walk(root), 1):
        if count > intake.bounds.entries:
            refuse("", f"more than {intake.bounds.entries} files; take out what no test needs")
        name = path.relative_to(root).as_posix()
        if intake.admit(name):
            mode = path.lstat().st_mode
            if stat.S_ISLNK(mode):
                intake.links[name] = str(path.readlink())
            elif stat.S_ISREG(mode):
                with path.open("rb") as stream:
                    intake.files[name] = intake.read(name, stream)
            else:
                # Devices and pipes: reading from one may block for ever.
                intake.complaints.add(name, "neither a plain file nor a link; take it out")
    return intake.finish(root.name)


def refuse(file: str, message: str) -> None:
    """Raise PackageError with this one complaint: reading on would be unsafe or useless."""
    raise PackageError((PackageComplaint(file, None, message),))


def name_problem(name: str) -> str | None:
    """What makes this path hostile, or None. A name that is only not allowed is left out later."""
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "an absolute path; paths must be relative to the package"
    if "\0" in name:
        return "a path with a NUL character; give a plain name"
    # Some tools take `\\` for `/` when they unpack.
    for part in re.split(r"[/\\]", name):
        if part in ("", ".", ".."):
            return "a path with an empty, `.` or `..` part; give the plain path inside the package"
    return None


def _shown(name: str) -> str:
    """A name of any characters and length, made fit for a message."""
    plain = "".join(one if one.isprintable() else "?" for one in name)
    return plain if len(plain) <= _LONGEST_SHOWN else f"{plain[:_LONGEST_SHOWN]}..."


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        # `os.walk` lists links to folders as folders. They count as links here; none is entered.
        linked = [name for name in folders if (here / name).is_symlink()]
        folders[:] = sorted(
            name
            for name in folders
            if name not in linked and not name.startswith(".") and name not in _LEFT_OUT
        )
        yield from (here / name for name in sorted([*names, *linked]))
