"""Each torch package against all its submissions, and its data against its generator."""

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.torch_runner import ROOT, run_in_torch

PACKAGES = [
    "multiheadattention",
    "loralinear",
    "lorainit",
    "videomask",
    "visualabstractor",
    "llavaprojector",
    "patchembed",
    "sparsevideoattention",
]
ENOUGH = 1
"""Once so many tests have seen a mutant, the rest is left out."""


@cache
def table(slug: str) -> dict[str, dict[str, Any]]:
    script = Path(__file__).with_name("torch_matrix.py")
    result: dict[str, dict[str, Any]] = json.loads(
        run_in_torch(script, ROOT / "problems" / slug, str(ENOUGH))
    )
    return result


def submissions(slug: str, folder: str) -> dict[str, dict[str, Any]]:
    return {name: tests for name, tests in table(slug).items() if name.startswith(f"{folder}/")}


@pytest.mark.parametrize("slug", PACKAGES)
def test_every_right_style_is_accepted_with_room_to_spare(slug: str) -> None:
    accepted = submissions(slug, "accepted")
    assert len(accepted) >= 5
    for name, tests in accepted.items():
        bad = {test: result for test, result in tests.items() if result[0] != "AC"}
        assert not bad, name
        assert max(score for _, score, _ in tests.values()) < 0.3, name


@pytest.mark.parametrize("slug", PACKAGES)
def test_every_mutant_is_seen_with_a_margin(slug: str) -> None:
    mutants = submissions(slug, "wrong_answer")
    assert len(mutants) >= 12
    for name, tests in mutants.items():
        failed = [result for result in tests.values() if result[0] != "AC"]
        assert failed, name
        assert failed[0][0] == "WA", (name, failed[0])
        assert failed[0][1] is None or failed[0][1] > 2, (name, failed[0])


@pytest.mark.parametrize("slug", PACKAGES)
def test_broken_submissions_die(slug: str) -> None:
    broken = submissions(slug, "run_time_error")
    assert broken
    for name, tests in broken.items():
        failed = [result for result in tests.values() if result[0] != "AC"]
        assert failed, name
        assert failed[0][0] == "RTE", (name, failed[0])


@pytest.mark.parametrize("slug", PACKAGES)
def test_the_generator_writes_the_data_byte_for_byte(slug: str, tmp_path: Path) -> None:
    package = ROOT / "problems" / slug
    copy = tmp_path / "problems" / slug
    shutil.copytree(package / "generators", copy / "generators")
    run_in_torch(copy / "generators" / "generate.py")
    written = {path.relative_to(copy): path.read_bytes() for path in copy.glob("data/*/*.*")}
    assert written == {
        path.relative_to(package): path.read_bytes() for path in package.glob("data/*/*.*")
    }
