"""Packages for tests, made in memory from the smallest valid one."""

import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path

from judge.problem_package.complaints import PackageError
from judge.problem_package.files import PackageFiles
from judge.problem_package.load import load_files
from judge.problem_package.package import ProblemPackage

UUID = "0f6e3c0a-52a3-4d0e-9a55-0a3d3f4b7c11"
PROBLEM_YAML = f"""\
problem_format_version: 2023-07-draft
name:
  en: Sum
uuid: {UUID}
limits:
  time_limit: 3
  memory: 128
"""
SMALL: dict[str, str] = {
    "problem.yaml": PROBLEM_YAML,
    "statement/problem.en.md": "Add two numbers.\n",
    "data/sample/1.in": "1 2\n",
    "data/sample/1.ans": "3\n",
    "data/secret/01-large.in": "5 6\n",
    "data/secret/01-large.ans": "11\n",
    "submissions/accepted/sum.py": "print(sum(map(int, input().split())))\n",
}
LEGACY: dict[str, str] = {
    **{name: text for name, text in SMALL.items() if not name.startswith("statement/")},
    "problem.yaml": "name: Sum\nvalidator_flags: float_tolerance 1e-6\nkeywords: easy sums\n",
    "problem_statement/problem.md": "Add two numbers.\n",
}
FUNCTION: dict[str, str] = {
    **SMALL,
    "judge.yaml": "kind: function\nentry: add\n",
    "include/python3/main.py": "from runner import harness\n",
}


def changed(changes: Mapping[str, str | None], base: Mapping[str, str] = SMALL) -> dict[str, str]:
    """`base` with files replaced, added or (None) taken out."""
    merged: dict[str, str | None] = {**base, **changes}
    return {name: text for name, text in merged.items() if text is not None}


def with_yaml(more: str) -> dict[str, str]:
    """The smallest package, with more in its `problem.yaml`, below `limits`."""
    return changed({"problem.yaml": PROBLEM_YAML + more})


def loaded(files: Mapping[str, str | bytes], slug: str = "sum") -> ProblemPackage:
    """The package; raises PackageError."""
    data = {n: c.encode() if isinstance(c, str) else c for n, c in files.items()}
    return load_files(PackageFiles(slug, data))


def complaints(files: Mapping[str, str | bytes], slug: str = "sum") -> list[str]:
    """Return `file:line: message` of each complaint; empty for a valid package."""
    try:
        loaded(files, slug)
    except PackageError as error:
        return [str(complaint) for complaint in error.complaints]
    return []


def zipped(folder: Path, entries: Mapping[str, str | bytes], name: str = "sum.zip") -> Path:
    """An archive with these entries, just as they are named."""
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for entry, content in entries.items():
            archive.writestr(entry, content)
    return path


def special(name: str, mode: int) -> zipfile.ZipInfo:
    """An entry whose Unix mode says that it is a link, a device ..."""
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (mode | 0o644) << 16
    return info


def link(name: str) -> zipfile.ZipInfo:
    """An entry for a symbolic link; its content is the target."""
    return special(name, stat.S_IFLNK)
