"""Builds the pages' editor from `api/pages/editor/`, for `make editor`.

npm installs the packages of `package-lock.json`, checks their hashes and runs none of their
scripts. esbuild, one of them, writes `editor*.min.js` into `api/pages/static/`: the editor itself
and a file for each language, which a page loads when that language is chosen. The same packages
give the same bytes. `editor.sha256` beside the sources has the hashes of sources and built files.
With `--check` everything is built anew, nothing is written, and a difference is an error.
"""

import argparse
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
PAGES = PROJECT / "api" / "pages"
SOURCES = PAGES / "editor"
STATIC = PAGES / "static"
LICENCE = PAGES / "vendored" / "codemirror.LICENSE.txt"
SUMS = SOURCES / "editor.sha256"
_BUILD = PROJECT / "build" / "editor"
_ESBUILD = (
    *("node_modules/.bin/esbuild", "editor.js", "--bundle", "--splitting", "--minify"),
    *("--format=esm", "--target=es2022", "--charset=utf8", "--outdir=out", "--log-level=warning"),
    *("--entry-names=[name].min", "--chunk-names=editor-[name]-[hash].min"),
)


def inputs() -> dict[str, bytes]:
    """Return the editor's source files, by path in the repository."""
    paths = [path for path in SOURCES.rglob("*") if path.suffix in {".js", ".json"}]
    return {str(path.relative_to(PROJECT)): path.read_bytes() for path in sorted(paths)}


def outputs() -> dict[str, bytes]:
    """Return the built files in the repository, by path."""
    paths = [*STATIC.glob("editor*.min.js"), LICENCE]
    return {
        str(path.relative_to(PROJECT)): path.read_bytes() for path in sorted(paths) if path.exists()
    }


def sums(files: Mapping[str, bytes]) -> str:
    """Return the files' hashes in the format of sha256sum."""
    return "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in files.items()
    )


def built() -> dict[str, bytes]:
    """Build the files and return them, by path. Raises CalledProcessError."""
    shutil.rmtree(_BUILD, ignore_errors=True)
    shutil.copytree(SOURCES, _BUILD)
    npm = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    for command in (npm, _ESBUILD):
        subprocess.run(command, cwd=_BUILD, check=True)
    files = {STATIC / path.name: path.read_bytes() for path in (_BUILD / "out").iterdir()}
    files[LICENCE] = _licences().encode()
    return {str(path.relative_to(PROJECT)): content for path, content in sorted(files.items())}


def _licences() -> str:
    """Return each licence once, after the names of the packages that have it."""
    packages: dict[str, list[str]] = {}
    for path in sorted(_BUILD.glob("node_modules/**/LICENSE*")):
        name = str(path.parent.relative_to(_BUILD / "node_modules"))
        if "esbuild" not in name:  # only a build tool: the built files contain nothing of it
            packages.setdefault(path.read_text().strip(), []).append(name)
    return "\n\n".join(f"{', '.join(names)}\n\n{text}" for text, names in packages.items()) + "\n"


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    only_check = parser.parse_args().check
    files, there = built(), outputs()
    wanted = sums({**inputs(), **files})
    if only_check:
        different = [name for name in {**files, **there} if files.get(name) != there.get(name)]
        if SUMS.read_text() != wanted:
            different.append(str(SUMS.relative_to(PROJECT)))
        print("\n".join(f"{name} differs from a new build" for name in different) or "the same")
        return 1 if different else 0
    for name in there:
        (PROJECT / name).unlink()
    for name, content in files.items():
        (PROJECT / name).write_bytes(content)
    SUMS.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
