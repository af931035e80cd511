"""A sample of every torch package as a script: it runs with torch alone, even without numpy, and
finds what is right to be right."""

from pathlib import Path

import pytest

from judge.reproduction.script import assembled
from tests.support.torch_runner import ROOT, run_in_torch

PROBLEMS = ROOT / "problems"
SLUGS = sorted(
    path.parent.name for path in PROBLEMS.glob("*/judge.yaml") if "kind: torch" in path.read_text()
)
WITHOUT_NUMPY = """
import runpy, sys
sys.modules["numpy"] = None
try:
    runpy.run_path(sys.argv[1], run_name="__main__")
except SystemExit as ended:
    print("status", ended.code)
"""


@pytest.mark.parametrize("slug", SLUGS)
def test_a_sample_of_each_torch_package_is_right_as_a_script(slug: str, tmp_path: Path) -> None:
    package = PROBLEMS / slug
    source = sorted((package / "submissions" / "accepted").glob("*.py"))[0].read_text()
    support = {path.name: path.read_bytes() for path in (package / "include/python3").iterdir()}
    sample = sorted((package / "data" / "sample").glob("*.in"))[-1]
    expected = sample.with_suffix(".ans").read_text()
    script = tmp_path / "script.py"
    script.write_text(assembled(slug, source, support, sample.read_text(), expected))
    said = run_in_torch("-W", "ignore", "-c", WITHOUT_NUMPY, script, cwd=tmp_path)
    assert "as expected" in said
    assert "differ" not in said
    assert said.splitlines()[-1] == "status 0"
