"""Third-party scripts have the hashes in `vendored.toml`, and every third-party file is listed
there.
"""

import gzip
import hashlib
import tomllib
from pathlib import Path

import api.pages
from api.pages import static_files
from tools import editor

PAGES = Path(api.pages.__file__).parent
TESTS = Path(__file__).parents[3] / "browser" / "vendored"
LISTED = tomllib.loads((PAGES / "vendored" / "vendored.toml").read_text())


def test_each_is_byte_for_byte_what_was_taken_and_has_its_licence() -> None:
    for name, told in LISTED.items():
        content = (PAGES / "static" / told["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == told["sha256"], name
        assert (PAGES / "vendored" / f"{name}.LICENSE.txt").read_text().strip()


def test_what_tests_use_is_what_was_taken_too() -> None:
    (told,) = tomllib.loads((TESTS / "vendored.toml").read_text()).values()
    content = (TESTS / told["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == told["sha256"]
    assert (TESTS / "axe-core.LICENSE.txt").read_text().strip()


def test_every_other_script_is_ours() -> None:
    theirs = {told["file"] for told in LISTED.values()}
    scripts = {path.name for path in (PAGES / "static").glob("*.js")}
    ours = scripts - theirs
    assert {name for name in ours if not name.startswith("editor")} == {
        "drafts.js",
        "scripts.js",
        "shousi.js",
        "solving.js",
    }


def test_the_stylesheets_take_six_kilobytes_as_they_are_sent() -> None:
    sent = [gzip.compress(static_files._files()[name]) for name in ("tokens.css", "app.css")]
    assert sum(len(content) for content in sent) <= 6000


def test_the_editor_is_built_from_the_sources_that_stand_beside_it() -> None:
    # Only a build can tell whether the sources give these files: `make editor-check`.
    assert editor.SUMS.read_text() == editor.sums({**editor.inputs(), **editor.outputs()})


def test_the_editor_is_small_enough() -> None:
    sizes = {
        path.name: len(gzip.compress(path.read_bytes()))
        for path in editor.STATIC.glob("editor*.min.js")
    }
    languages = [name for name in sizes if "chunk" not in name and name != "editor.min.js"]
    shared = sum(size for name, size in sizes.items() if name not in languages)
    assert max(shared + sizes[name] for name in languages) <= 200_000
