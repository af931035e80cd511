"""A package's files in memory, from a folder; and the intake that archives go through too.

Every name is checked before anything is read, and what is read is counted as it streams. Links
are resolved inside the package only, and only to files.
"""

import os
import re
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from judge.limits import MIB
from judge.problem_package.complaints import Complaints, PackageComplaint, PackageError

NAME = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,254}")
"""File and folder names, by the specification of 2025-09 (wider than 2023-07-draft's)."""
_LEFT_OUT = frozenset({"__pycache__", "__MACOSX"})
_CHUNK = 1 << 16
_LINK_STEPS = 8


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a package may hold. `ratio` is unpacked to packed size, and counts only beyond
    `ratio_from_bytes`: honest test data of one repeated number packs a thousandfold."""

    archive_bytes: int = 128 * MIB
    entries: int = 5000
    file_bytes: int = 64 * MIB
    total_bytes: int = 256 * MIB
    ratio: int = 100
    ratio_from_bytes: int = 24 * MIB
    directory_bytes_per_entry: int = 700


@dataclass(frozen=True, slots=True)
class PackageFiles:
    """`files` maps a path inside the package (`data/sample/1.in`) to the content; `executable`
    is not kept. `slug` is the folder's name, which is the problem's short name."""

    slug: str
    files: Mapping[str, bytes]


@dataclass(slots=True)
class Intake:
    """What has been taken so far, measured against the bounds."""

    bounds: Bounds
    complaints: Complaints = field(default_factory=Complaints)
    files: dict[str, bytes] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    folded: dict[str, str] = field(default_factory=dict)
    total_bytes: int = 0

    def admit(self, name: str) -> bool:
        """Whether the file or link `name` is to be read; complains of one that is refused."""
        if problem := name_problem(name):
            self.complaints.add(name, problem)
            return False
        if any(part.startswith((".", "-")) or part in _LEFT_OUT for part in name.split("/")):
            return False
        if len(name) > 1000:
            self.complaints.add(name[:80] + "...", "this path is longer than 1000 characters")
            return False
        return self._admit_case(name)

    def _admit_case(self, name: str) -> bool:
        twin = self.folded.setdefault(name.casefold(), name)
        if twin == name and name not in self.files and name not in self.links:
            return True
        how = "is there twice" if twin == name else f"differs from `{twin}` only in case"
        self.complaints.add(name, f"this name {how}; give each file a name of its own")
        return False

    def read(self, name: str, stream: IO[bytes]) -> bytes:
        """All of `stream`, or PackageError as soon as it is too much."""
        content = bytearray()
        while chunk := stream.read(_CHUNK):
            content += chunk
            self.total_bytes += len(chunk)
            if len(content) > self.bounds.file_bytes:
                most = f"{self.bounds.file_bytes // MIB} MiB"
                refuse(name, f"larger than {most}, unpacked; make it smaller, or take it out")
            if self.total_bytes > self.bounds.total_bytes:
                most = f"{self.bounds.total_bytes // MIB} MiB"
                refuse(name, f"the package unpacks to over {most}; make the tests smaller")
        return bytes(content)

    def finish(self, slug: str) -> PackageFiles:
        """Resolve links, check twins of folders, and hand over; raises PackageError."""
        for name, target in self.links.items():
            content = self._linked(name, target)
            if content is not None:
                self.files[name] = content
        self._check_folder_twins()
        self.complaints.raise_if_any()
        return PackageFiles(slug, dict(sorted(self.files.items())))

    def _linked(self, name: str, target: str) -> bytes | None:
        path: str | None = name
        for _ in range(_LINK_STEPS):
            path = _join(path, target) if path else None
            if path is None:
                message = f"links to `{target}`, which is outside the package; copy it into it"
                self.complaints.add(name, message)
                return None
            if path in self.files and path not in self.links:
                return self.files[path]
            target = self.links.get(path, "")
            if not target:
                break
        message = f"links to `{path}`, which is no file of the package; link to one, or copy it"
        self.complaints.add(name, message)
        return None

    def _check_folder_twins(self) -> None:
        seen: dict[str, str] = {}
        for name in sorted(self.files):
            for folder in list(PurePosixPath(name).parents)[:-1]:
                twin = seen.setdefault(str(folder).casefold(), str(folder))
                if twin != str(folder):
                    message = f"the folders `{twin}` and `{folder}` differ only in case"
                    self.complaints.add(name, message)


def read_folder(folder: Path, bounds: Bounds | None = None) -> PackageFiles:
    """Read the package in `folder`; its name is the slug. Raises PackageError."""
    intake = Intake(bounds or Bounds())
    root = folder.resolve()
    for count, path in enumerate(_walk(root), 1):
        if count > intake.bounds.entries:
            refuse("", f"more than {intake.bounds.entries} files; take out what no test needs")
        name = path.relative_to(root).as_posix()
        if intake.admit(name):
            _take_from_folder(intake, name, path)
    return intake.finish(root.name)


def refuse(file: str, message: str) -> None:
    """Raise PackageError with this one complaint: reading on would be unsafe or senseless."""
    raise PackageError((PackageComplaint(file, None, message),))


def name_problem(name: str) -> str | None:
    """What makes this path unfit for a package, or None."""
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "an absolute path; paths must be relative to the package"
    if "\\" in name or "\0" in name or not name.isprintable():
        return "a path with a backslash or control character; use `/` between plain names"
    for part in name.split("/"):
        if part in ("", ".", ".."):
            return "a path with an empty, `.` or `..` part; give the plain path inside the package"
        if not part.startswith((".", "-")) and not NAME.fullmatch(part):
            return f"the name `{part}` must match ^{NAME.pattern}$"
    return None


def _join(name: str, target: str) -> str | None:
    """`target` as seen from the folder of `name`; None where that leaves the package."""
    if target.startswith("/") or "\\" in target or "\0" in target:
        return None
    parts = name.split("/")[:-1]
    for part in target.split("/"):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        linked = [name for name in folders if (here / name).is_symlink()]
        folders[:] = sorted(
            name
            for name in folders
            if name not in linked and not name.startswith(".") and name not in _LEFT_OUT
        )
        yield from (here / name for name in sorted([*names, *linked]))


def _take_from_folder(intake: Intake, name: str, path: Path) -> None:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        intake.links[name] = str(path.readlink())
    elif stat.S_ISREG(mode):
        with path.open("rb") as stream:
            intake.files[name] = intake.read(name, stream)
    else:
        intake.complaints.add(name, "neither a plain file nor a link; take it out")
