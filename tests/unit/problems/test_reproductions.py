"""A sample of every torch package as a script: it needs only torch, not even numpy, and finds no
difference for a right solution.
"""

import pytest

from judge.reproduction.script import assembled
from tests.support.torch_runner import ROOT, run_scripts

PROBLEMS = ROOT / "problems"
SLUGS = sorted(
    path.parent.name for path in PROBLEMS.glob("*/judge.yaml") if "kind: torch" in path.read_text()
)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the script of each package says."""
    folder = tmp_path_factory.mktemp("scripts")
    for slug in SLUGS:
        package = PROBLEMS / slug
        source = sorted((package / "submissions" / "accepted").glob("*.py"))[0].read_text()
        support = {path.name: path.read_bytes() for path in (package / "include/python3").iterdir()}
        sample = sorted((package / "data" / "sample").glob("*.in"))[-1]
        expected = sample.with_suffix(".ans").read_text()
        script = assembled(slug, source, support, sample.read_text(), expected)
        (folder / f"{slug}.py").write_text(script)
    scripts = [folder / f"{slug}.py" for slug in SLUGS]
    return dict(zip(SLUGS, run_scripts(*scripts, numpy=False), strict=True))


@pytest.mark.parametrize("slug", SLUGS)
def test_a_sample_of_each_torch_package_is_right_as_a_script(
    slug: str, said: dict[str, str]
) -> None:
    assert "as expected" in said[slug]
    assert "differ" not in said[slug]
    assert said[slug].splitlines()[-1] == "status 0"
