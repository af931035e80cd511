"""How the wrong submissions of the problems that come along fail, as it was found out beforehand.

A package that is uploaded has its mutants run before it is published. Those that Shousi brings
along are published at the first start, and running their mutants takes minutes; so that their
mistakes are known from the first submission on, `make known` has run them, and what it found lies
in `problems/known_mistakes/`. A worker stores a package's when the first wrong answer to it comes,
before it is compared. A file counts for exactly the package whose hash it names: of any other the
mutants are run in the background.
"""

import json
import lzma
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from judge.db.session import Database
from judge.mistakes import mutants
from judge.mistakes.failures import Failure, decode_failure, encode_verdicts
from judge.problem_package.package import ProblemPackage

FOLDER = "known_mistakes"


def path_for(folder: Path) -> Path:
    """The path of the file with the known mistakes of the package in `folder`."""
    return folder.parent / FOLDER / f"{folder.name}.json.xz"


def is_known(folder: Path, package: str) -> bool:
    """Whether the file of the package in `folder` is of the package with this hash."""
    return bool(_mutants_in(path_for(folder), package))


def dump(package: ProblemPackage, failures: Mapping[str, Failure]) -> bytes:
    """A file: the package's hash, and how each mutant fails, by its path below `submissions/`."""
    document = {
        "package": package.sha256,
        "mutants": {
            path: {
                "verdicts": encode_verdicts(failure),
                # Latin-1 has a character for each byte, so that any output fits into JSON.
                "outputs": {test: data.decode("latin-1") for test, data in failure.outputs.items()},
            }
            for path, failure in sorted(failures.items())
        },
    }
    # Always in the same order: an unchanged package gives an unchanged file.
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    # As small as can be, since the file is committed.
    return lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME)


def read(path: Path, package: str) -> dict[str, Failure]:
    """The known mistakes in the file at `path` of the package with this hash; empty where there is
    no such file or it is of another version of the package."""
    return {
        mutant: decode_failure(
            found["verdicts"],
            {test: text.encode("latin-1") for test, text in found["outputs"].items()},
        )
        for mutant, found in _mutants_in(path, package).items()
    }


def _mutants_in(path: Path, package: str) -> dict[str, Any]:
    """As they stand in the file, before any of it is decoded."""
    if not path.exists():
        return {}
    document = json.loads(lzma.decompress(path.read_bytes()))
    found: dict[str, Any] = document["mutants"]
    return found if document["package"] == package else {}


def install(db: Database, folder: Path, package: str) -> bool:
    """Store the known mistakes of the package in `folder` in the database, if it has this hash;
    whether it does. Raises UnavailableError."""
    found = read(path_for(folder), package)
    if not found:
        return False
    with db.write() as session:
        # What is kept already stays: others may be faster, or have run some of the mutants.
        for path, failure in found.items():
            mutants.store(db, session, package, path, failure)
    return True
