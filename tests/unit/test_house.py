"""The rules of the house that can be checked: sizes, and documents that name what exists."""

import ast
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("api", "judge", "worker", "runner", "cli", "shousi")

LONGEST_FILE = 400
LONGEST_FUNCTION = 80
LONG_FUNCTION_95 = 35


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path


def functions() -> Iterator[tuple[str, int]]:
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                where = f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
                yield where, node.end_lineno - node.lineno + 1


def percentile_95(values: list[int]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def test_no_file_is_too_long() -> None:
    sizes = {path: len(path.read_text().splitlines()) for path in sources()}
    too_long = {str(p.relative_to(ROOT)): n for p, n in sizes.items() if n > LONGEST_FILE}
    assert not too_long


def test_no_function_is_too_long() -> None:
    sizes = dict(functions())
    too_long = {where: size for where, size in sizes.items() if size > LONGEST_FUNCTION}
    assert not too_long
    assert percentile_95(list(sizes.values())) <= LONG_FUNCTION_95


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"])
def test_paths_in_documents_exist(document: str) -> None:
    text = (ROOT / document).read_text()
    named = set(
        re.findall(
            r"`((?:api|judge|worker|runner|cli|shousi|problems|tests|tools|docs|bench)/[\w./-]+)`",
            text,
        )
    )
    assert document != "ARCHITECTURE.md" or len(named) > 20
    assert not {path for path in named if not (ROOT / path.rstrip("/")).exists()}


def test_every_setting_is_documented() -> None:
    from judge.settings import Settings

    readme = (ROOT / "README.md").read_text()
    missing = [n for n in Settings.model_fields if f"SHOUSI_{n.upper()}" not in readme]
    assert not missing


def test_no_registry_host_is_named() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    hosts = (
        "pypi" + ".org",
        "pythonhosted" + ".org",
        "registry.npmjs" + ".org",
        "deb.debian" + ".org",
    )
    assert listed
    for name in listed:
        path = ROOT / name
        if path.is_file() and path.suffix in {
            ".py",
            ".md",
            ".toml",
            ".txt",
            ".in",
            ".yml",
            ".yaml",
            "",
        }:
            text = path.read_text(errors="replace")
            assert not [host for host in hosts if host in text], name


def test_no_two_tests_share_a_file_name() -> None:
    # pytest imports them by that name.
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))


def test_decisions_are_numbered_without_holes_and_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    pages = sorted(path.name for path in folder.glob("0*.md"))
    assert [name[:4] for name in pages] == [f"{number:04}" for number in range(1, len(pages) + 1)]
    listed = re.findall(r"^\| \[\d{4}\]\((.+?)\) \|", (folder / "README.md").read_text(), re.M)
    assert listed == pages


def test_the_runner_image_has_what_the_host_of_the_fork_servers_imports() -> None:
    code = (
        "import sys, worker.sandbox.forkserver.host;"
        "print(*(name for name in sys.modules if name.startswith('judge.')))"
    )
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    stage = (ROOT / "Dockerfile").read_text().partition(" AS runner\n")[2].partition("\nFROM ")[0]
    copied = set(re.findall(r"judge/(\w+)\.py", stage))
    assert {name.partition(".")[2] for name in said.stdout.decode().split()} <= copied
