"""All code that reads strangers' bytes takes time in proportion to their length.

`tests.support.nasty` finds all of it by walking the modules, and feeds it. A limit on each step's
CPU time, far above what it needs, finds endless work (`nasty.STEP_S`).
"""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import nasty

ROOT = Path(__file__).parents[3]


@pytest.mark.timeout(600)  # its limits are of CPU time, of which a busy machine gives little
def test_nothing_takes_more_than_linear_time(tmp_path: Path) -> None:
    said = tmp_path / "said"
    with said.open("w") as file:
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.nasty"],
            cwd=ROOT,
            stdout=file,
            check=False,
        )
    lines = said.read_text().splitlines()
    assert done.returncode == 0, f"ended at: {lines[-1]}"
    found = {line.split()[1] for line in lines if line.startswith("found ")}
    assert found >= {
        "worker.checkers.tokens._DECIMAL",
        "worker.checkers.tokens.parse_number",
        "judge.tensor_text.parse",
        "worker.checkers.comparing._digits",
        "worker.judging.explanations.readable",
        "worker.judging.fixed_texts.fixed_text",
        "languages.java",
        "runner.protocol.decode_files",
    }


def test_a_quadratic_pattern_would_be_seen() -> None:
    # The pattern that once stopped the whole judge, on what it is fed here.
    code = (
        "import re, resource;"
        f"resource.setrlimit(resource.RLIMIT_CPU, ({nasty.STEP_S}, resource.RLIM_INFINITY));"
        f"re.fullmatch(rb'[0-9]*\\.?[0-9]*', b'1' * {nasty.SIZE} + b'x')"
    )
    assert b"1" * nasty.SIZE + b"x" in set(nasty.alphabets())
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode < 0
