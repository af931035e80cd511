"""Files in `data/` that are no part of a test.

No version of the format forbids other files beside the tests, and most authors keep a generator
there: such files are left out with a warning. Files that are named after a missing test are
refused: "if the `.in` file does not exist, then the other files must not exist".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from judge.problem_package.complaints import Complaints
from judge.problem_package.package import ProbeKind

_UNREAD = frozenset({".png", ".jpg", ".jpeg", ".svg", ".desc", ".md", ".txt"})
"""Illustrations and descriptions, which are only for the author."""
_OF_A_TEST = (
    ".in", ".ans", ".yaml", ".hint", ".out", ".in.statement", ".ans.statement",
    ".in.download", ".ans.download",
)  # fmt: skip
_LEGACY_SUFFIXES = (".in", ".ans", ".hint")
_GROUP_FILES = ("test_group.yaml", "testdata.yaml")
_TESTS = ("sample", "secret")
_KNOWN = (*_TESTS, *ProbeKind)
_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class StrayCheck:
    """`bases` are the tests' paths without suffix; complaints go to `complaints`. `legacy` has few
    kinds of test files, so most of these names mean nothing there."""

    files: Mapping[str, bytes]
    bases: set[str]
    legacy: bool
    complaints: Complaints

    def check(self) -> None:
        """Complain of files of a missing test, and warn of files that are left out: once for each
        folder and reason, because a folder may hold very many such files."""
        left_out: dict[tuple[str, str], list[str]] = {}
        for path in self.files:
            if not path.startswith("data/"):
                continue
            orphan = self._orphan(path)
            if orphan and (not self.legacy or path.endswith(_LEGACY_SUFFIXES)):
                self.complaints.add(path, orphan)
            for reason in self._reasons(path, orphan):
                left_out.setdefault((path.rpartition("/")[0], reason), []).append(path)
        for (folder, reason), paths in left_out.items():
            names = [path.removeprefix(f"{folder}/") for path in paths]
            more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
            listed = ", ".join(f"`{name}`" for name in names[:_MOST_NAMED])
            # One file is named by its path, several by their folder.
            where = paths[0] if len(paths) == 1 else folder
            self.complaints.warn(where, f"left out: {listed}{more}: {reason}")

    def _reasons(self, path: str, orphan: str | None) -> Iterator[str]:
        """Why the file is left out; nothing if it is used, or meant for the author."""
        parts = path.split("/")
        name = PurePosixPath(path)
        if name.name in _GROUP_FILES or path.endswith((".interaction", *_UNREAD)):
            return
        if len(parts) == 2:
            yield "tests lie in `data/sample/` and `data/secret/`"
        elif parts[1] not in (*_KNOWN, *(f"{kind}s" for kind in ProbeKind)):
            yield f"the format has no folder `{parts[1]}` in `data/`; it has {', '.join(_KNOWN)}"
        elif parts[1] in _TESTS and not in_files_folder(path) and not path.endswith(_OF_A_TEST):
            yield f"`{name.suffix or name.name}` is no kind of test file"
        elif orphan and self.legacy and not path.endswith(_LEGACY_SUFFIXES):
            yield orphan

    def _orphan(self, path: str) -> str | None:
        """What is wrong with a file of a missing test; else None."""
        if path.split("/")[1] not in _TESTS or path.count("/") < 2:
            return None
        if in_files_folder(path):
            known = path[: path.index(".files/")] in self.bases
            return None if known else "belongs to no test: there is no such `.in`"
        suffix = next((one for one in _OF_A_TEST[::-1] if path.endswith(one)), None)
        if suffix is None or PurePosixPath(path).name in _GROUP_FILES:
            return None
        base = path.removesuffix(suffix)
        # A sample conversation without a test of its own may have files to download.
        if base in self.bases or f"{base}.interaction" in self.files:
            return None
        return f"belongs to no test: `{base.rpartition('/')[2]}.in` is missing"


def in_files_folder(path: str) -> bool:
    """Whether it is a file that a test gives to the submission."""
    return any(part.endswith(".files") for part in path.split("/")[:-1])
