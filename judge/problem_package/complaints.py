"""What is wrong with a package, collected so that its author sees everything at once."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from judge.errors import ShousiError

_MOST_NAMED = 3
_MOST_SHOWN = 60


def shown(text: str) -> str:
    """What a complaint repeats of a file: a few words, even where the file has megabytes."""
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."


@dataclass(frozen=True, slots=True)
class PackageComplaint:
    """One fault. `file` is the path inside the package (empty for the package itself), `line`
    counts from 1, `message` says what is wrong and what would be right."""

    file: str
    line: int | None
    message: str

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line) if part not in ("", None))
        return f"{place}: {self.message}" if place else self.message


class PackageError(ShousiError):
    """The package is refused; `complaints` holds every reason that was found."""

    def __init__(self, complaints: tuple[PackageComplaint, ...]) -> None:
        super().__init__("; ".join(str(complaint) for complaint in complaints))
        self.complaints = complaints


@dataclass(slots=True)
class Complaints:
    """Collects complaints while a package is read; `warnings` don't refuse it."""

    errors: list[PackageComplaint] = field(default_factory=list)
    warnings: list[PackageComplaint] = field(default_factory=list)

    def add(self, file: str, message: str, line: int | None = None) -> None:
        """Note an error."""
        self.errors.append(PackageComplaint(file, line, message))

    def warn(self, file: str, message: str, line: int | None = None) -> None:
        """Note a warning: the author should know of it, but the package is accepted."""
        self.warnings.append(PackageComplaint(file, line, message))

    def warn_of_many(self, found: Sequence[PackageComplaint], more: str) -> None:
        """Warn of the first few of one kind. A package may hold very many of them: `more` is said
        of the others, behind their number."""
        self.warnings += found[:_MOST_NAMED]
        if len(found) > _MOST_NAMED:
            self.warn("data", f"{len(found) - _MOST_NAMED} more {more}")

    def about(self, folder: str) -> bool:
        """Whether there is an error in a file below `folder`."""
        return any(one.file.startswith(f"{folder}/") for one in self.errors)

    def __iter__(self) -> Iterator[PackageComplaint]:
        return iter(self.errors)

    def raise_if_any(self) -> None:
        """Raise PackageError if there are errors: each once, sorted by file."""
        if self.errors:
            unique = dict.fromkeys(self.errors)
            raise PackageError(tuple(sorted(unique, key=lambda c: (c.file, c.line or 0))))
