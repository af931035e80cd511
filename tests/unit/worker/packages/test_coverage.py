"""What torch packages claim to test, and what their tests really check."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from judge.job import Kind
from judge.problem_package.load import load
from judge.problem_package.package import Coverage, PackageTest, ProblemPackage
from worker.packages.coverage import KINDS, check_coverage, looked_at

PROBLEMS = Path(__file__).resolve().parents[4] / "problems"


def packages() -> Iterator[str]:
    for path in sorted(PROBLEMS.glob("*/judge.yaml")):
        if "\nkind: torch" in "\n" + path.read_text():
            yield path.parent.name


@pytest.mark.parametrize("slug", list(packages()))
def test_a_package_says_of_every_kind_what_it_does(slug: str) -> None:
    package = load(PROBLEMS / slug)
    assert package.coverage.covers
    assert [str(finding) for finding in check_coverage(package) if finding.is_error] == []


def test_the_guide_lists_every_kind() -> None:
    guide = (PROBLEMS.parent / "docs" / "authoring.md").read_text()
    assert [kind for kind in KINDS if f"`{kind}`" not in guide] == []


def package(*calls: Mapping[str, object], coverage: Coverage = Coverage()) -> ProblemPackage:  # noqa: B008 frozen
    made = load(PROBLEMS / "videomask")
    test = PackageTest("secret/1", False, json.dumps({"calls": calls}).encode(), b"", {})
    return replace(made, kind=Kind.TORCH, tests=(test,), coverage=coverage)


DIMENSIONS = {"x": ("b", "s")}


def looks(*calls: Mapping[str, object]) -> set[str]:
    found = looked_at(package(*calls, coverage=Coverage(dimensions=DIMENSIONS)))
    return {kind for kind, look in found.items() if look}


def test_kinds_are_read_out_of_the_cases() -> None:
    small = {"seed": 1, "shape": [2, 3]}
    assert looks({"x": small, "probe": small}) == {"gradients", "different_sizes"}
    assert looks({"x": {"values": [[1.0]]}}) == {
        "inputs_without_gradient", "equal_sizes", "sizes_of_one",
    }  # fmt: skip
    assert "devices" in looks({"x": small, "device": "meta"})
    assert "two_backwards" in looks({"x": small, "probe": small}, {"x": small, "probe": small})
    assert "new_weights" in looks({"x": small}, {"x": small, "weights": {}})
    assert "new_weights" not in looks({"x": small, "weights": {}}, {"x": small})
    assert {"no_grad", "two_calls"} <= looks({"x": small, "under": "no_grad", "keep": True})
    assert "layouts" not in looks({"x": {**small, "layout": "strided"}})
    two = [{"x": {**small, "layout": layout}} for layout in ("strided", "transposed")]
    assert "layouts" in looks(*two)


def complaints(coverage: Coverage) -> list[str]:
    small = {"seed": 1, "shape": [2, 3]}
    found = check_coverage(package({"x": small, "probe": small}, coverage=coverage))
    return [finding.message for finding in found if finding.is_error]


def test_a_package_is_held_to_what_it_says() -> None:
    others = dict.fromkeys(KINDS, "none")
    del others["different_sizes"], others["gradients"], others["devices"]
    covers = {"different_sizes": "each at least 1", "devices": "on the device of `video_embeds`"}
    said = Coverage(covers, others, DIMENSIONS)
    assert complaints(said) == [
        "`devices` is promised, and no test looks at a call on another device",
        "`gradients` (gradients) stands neither in `covers` nor in `not_covered`",
    ]
    del covers["devices"]
    said = Coverage(covers, others | {"devices": "none", "gradients": "none"}, DIMENSIONS)
    assert complaints(said) == ["`gradients` is in `not_covered`, but tests look at gradients"]
    covers["gradients"] = "words that aren't there"
    assert complaints(Coverage(covers, others | {"devices": "none"}, DIMENSIONS)) == [
        "`gradients`: the statement doesn't say \"words that aren't there\""
    ]
    assert "there is no kind `speed`" in complaints(Coverage(covers | {"speed": "x"}))[0]


def test_a_package_from_elsewhere_is_warned() -> None:
    findings = list(check_coverage(package({"x": {"values": [[1.0]]}})))
    assert [finding.is_error for finding in findings] == [False]
    assert "(`devices`)" in findings[0].message
