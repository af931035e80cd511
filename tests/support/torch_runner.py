"""The runner's environment for tests: torch is installed there, and not in the tests' own."""

import os
import subprocess
from pathlib import Path

from tests.support.missing import missing

ROOT = Path(__file__).resolve().parents[2]
RUNNER_PYTHON = Path(os.environ.get("SHOUSI_RUNNER_PYTHON", ROOT / ".venv-runner/bin/python"))


def run_in_torch(*arguments: str | Path, cwd: Path = ROOT, text: str = "") -> str:
    """Run the runner's Python; its standard output. Skips the test where there is none."""
    if not RUNNER_PYTHON.exists():
        missing(f"the runner's environment at {RUNNER_PYTHON}")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [str(RUNNER_PYTHON), *map(str, arguments)],
        cwd=cwd,
        input=text,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
