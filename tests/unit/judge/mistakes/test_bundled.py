"""The known mistakes of the bundled problems, computed in advance."""

from pathlib import Path

import pytest

from judge.db.session import Database
from judge.mistakes import bundled, mutants
from judge.mistakes.failures import Failure, is_mutant
from judge.problems.publish import install
from judge.verdict import Verdict
from tests.packages.data import SHIPPED_PROBLEMS, package

FOLDERS = sorted(file.parent for file in SHIPPED_PROBLEMS.glob("*/problem.yaml"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_mutant_is_known(folder: Path) -> None:
    whole = package(folder)
    found = bundled.read(bundled.path_for(folder), whole.sha256)
    wrong = {one.path for one in whole.submissions if is_mutant(one.expected)}
    assert set(found) == wrong, "run `make known`: the package is another than its file tells of"
    tests = {test.name for test in whole.tests}
    for failure in found.values():
        assert failure.verdicts or failure.drawn
        assert {*failure.verdicts, *failure.drawn, *failure.outputs} <= tests


def test_a_file_tells_of_one_package_only(tmp_path: Path) -> None:
    whole = package(SHIPPED_PROBLEMS / "maxsubarray")
    failure = Failure(
        {"sample/1": Verdict.WA, "secret/1": Verdict.TLE},
        {"sample/1": bytes(range(256))},
        {"secret/2": frozenset({Verdict.AC, Verdict.WA})},
    )
    path = tmp_path / "known.json.xz"
    path.write_bytes(bundled.dump(whole, {"wrong_answer/a.py": failure}))
    assert bundled.read(path, whole.sha256) == {"wrong_answer/a.py": failure}
    assert bundled.read(path, "0" * 64) == {}
    assert bundled.read(tmp_path / "nothing.json.xz", whole.sha256) == {}


def test_it_is_stored_once_it_is_needed(db: Database, tmp_path: Path) -> None:
    folder = SHIPPED_PROBLEMS / "maxsubarray"
    whole = package(folder)
    install(db, whole)
    assert mutants.missing(db, whole.slug, 1) == whole.sha256
    assert bundled.is_known(folder, whole.sha256)
    for other, sha256 in ((folder, "0" * 64), (tmp_path, whole.sha256)):
        assert not bundled.is_known(other, sha256)
        assert not bundled.install(db, other, sha256)
    assert mutants.missing(db, whole.slug, 1) == whole.sha256
    for _ in range(2):  # of two workers at once the second changes nothing
        assert bundled.install(db, folder, whole.sha256)
        assert mutants.missing(db, whole.slug, 1) is None
    kept = {one.path: one.failure for one in mutants.known(db, whole.slug, 1, lambda _: True)}
    assert kept == bundled.read(bundled.path_for(folder), whole.sha256)
