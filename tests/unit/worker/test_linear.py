"""Whatever reads a stranger's bytes takes time in proportion to them.

`tests.support.nasty` finds all of it by walking the modules, and feeds it. Work is told from
endless work by CPU time, far from any border: all of it together takes half a minute, and one
quadratic pattern on a quarter of a megabyte takes seven minutes.
"""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import nasty

ROOT = Path(__file__).parents[3]
_ENOUGH_S = 100


@pytest.mark.timeout(1200)  # its limit is of CPU time, of which a busy machine gives little
def test_nothing_takes_more_than_linear_time(tmp_path: Path) -> None:
    said = tmp_path / "said"
    with said.open("w") as file:
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.nasty"],
            cwd=ROOT,
            stdout=file,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (_ENOUGH_S, _ENOUGH_S)),
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
        "import re, resource; resource.setrlimit(resource.RLIMIT_CPU, (2, 2));"
        f"re.fullmatch(rb'[0-9]*\\.?[0-9]*', b'1' * {nasty.SIZE} + b'x')"
    )
    assert b"1" * nasty.SIZE + b"x" in set(nasty.alphabets())
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode < 0
