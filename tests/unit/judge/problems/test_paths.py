"""Learning paths: their order, and prerequisites that are refused."""

from dataclasses import replace

import pytest

from judge.db.session import Database
from judge.job import Kind
from judge.problem_package.complaints import PackageError
from judge.problem_package.package import ProblemPackage
from judge.problems.paths import learning_paths
from judge.problems.progress import ProblemState
from judge.problems.publish import install
from judge.problems.views import ProblemSummary, all_problems
from tests.packages.data import SHIPPED_PROBLEMS, package


def problem(
    slug: str, *after: str, tags: tuple[str, ...] = ("attention",), difficulty: str = "easy"
) -> ProblemSummary:
    return ProblemSummary(slug, slug, {"en": slug}, Kind.TORCH, difficulty, tags, 1, slug, after)


def test_each_comes_after_what_it_needs_and_easier_ones_first() -> None:
    found = learning_paths(
        [
            problem("cache", "grouped"),
            problem("causal", "heads"),
            problem("grouped", "causal", "elsewhere"),
            problem("heads", difficulty="hard"),
            problem("mask", difficulty="medium"),
            problem("alone", tags=("loss",)),
        ],
        {"heads": ProblemState.SOLVED, "mask": ProblemState.SOLVED, "causal": ProblemState.TRIED},
    )
    (path,) = found
    assert [step.problem.slug for step in path.steps] == [
        "mask",
        "heads",
        "causal",
        "grouped",
        "cache",
    ]
    assert [step.after for step in path.steps][2:] == [("heads",), ("causal",), ("grouped",)]
    assert [step.problem.slug for step in path.steps if step.is_next] == ["causal"]
    assert path.num_solved == 2


def test_the_longest_path_comes_first() -> None:
    short = [problem(slug, *after, tags=("lora",)) for slug, after in (("b", ("a",)), ("a", ()))]
    long = [problem("x"), problem("y", "x"), problem("z", "y")]
    found = learning_paths([*short, *long], {})
    assert [(path.tag, len(path.steps)) for path in found] == [("attention", 3), ("lora", 2)]


@pytest.fixture(scope="module")
def shipped() -> ProblemPackage:
    return package(SHIPPED_PROBLEMS / "videomask")


def named(shipped: ProblemPackage, slug: str, *after: str) -> ProblemPackage:
    return replace(shipped, slug=slug, sha256=f"{slug}{after}", prerequisites=after)


def test_unknown_ones_and_circles_are_refused_by_name(
    db: Database, shipped: ProblemPackage
) -> None:
    with pytest.raises(PackageError, match=r"judge\.yaml: `prerequisites`: .* no problem `b`"):
        install(db, named(shipped, "a", "b"))
    with pytest.raises(PackageError, match="a circle, a -> a;"):
        install(db, named(shipped, "a", "a"))
    install(db, named(shipped, "a"))
    install(db, named(shipped, "b", "a"))
    install(db, named(shipped, "c", "b"))
    with pytest.raises(PackageError, match="a circle, a -> c -> b -> a;"):
        install(db, named(shipped, "a", "c"))
    known = {one.slug: one.prerequisites for one in all_problems(db)}
    assert known == {"a": (), "b": ("a",), "c": ("b",)}
