"""How the wrong submissions of the bundled problems fail, computed in advance.

The mutants of an uploaded package are run before it is published. The bundled packages are
published at the first start, and running their mutants takes minutes. So `make known` has run
them, and its results are in `problems/known_mistakes/`: their mistakes are known from the first
submission on. A worker stores a package's results when the first wrong answer to it comes, before
comparing the answer. A file is valid only for the package whose hash it names; the mutants of any
other package are run in the background.
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
    """Whether the file for `folder` belongs to the package with this hash."""
    return bool(_mutants_in(path_for(folder), package))


def dump(package: ProblemPackage, failures: Mapping[str, Failure]) -> bytes:
    """The file's content: the package's hash, and how each mutant fails, by its path below
    `submissions/`."""
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
    # As small as possible, because the file is committed.
    return lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME)


def read(path: Path, package: str) -> dict[str, Failure]:
    """The known mistakes of the package with this hash, from the file at `path`; empty if there is
    no such file, or if it belongs to another version of the package."""
    return {
        mutant: decode_failure(
            found["verdicts"],
            {test: text.encode("latin-1") for test, text in found["outputs"].items()},
        )
        for mutant, found in _mutants_in(path, package).items()
    }


def _mutants_in(path: Path, package: str) -> dict[str, Any]:
    """The mutants as the file has them, before any of it is decoded."""
    if not path.exists():
        return {}
    document = json.loads(lzma.decompress(path.read_bytes()))
    found: dict[str, Any] = document["mutants"]
    return found if document["package"] == package else {}


def install(db: Database, folder: Path, package: str) -> bool:
    """Store the known mistakes of the package in `folder` in the database, if their file has this
    hash; return whether it has. Raises UnavailableError."""
    found = read(path_for(folder), package)
    if not found:
        return False
    with db.write() as session:
        # Stored rows stay: another worker may be faster, or have run some of the mutants.
        for path, failure in found.items():
            mutants.store(db, session, package, path, failure)
    return True
