"""Runs code in the runner's environment, which has torch; the tests' own environment doesn't."""

import atexit
import json
import os
import subprocess
from functools import cache
from pathlib import Path

from tests.support.missing import missing

ROOT = Path(__file__).resolve().parents[2]
RUNNER_PYTHON = Path(os.environ.get("SHOUSI_RUNNER_PYTHON", ROOT / ".venv-runner/bin/python"))

# Reads scripts, each a line of JSON, runs each in a fork of itself, and answers with a line: exit
# status, standard output and standard error.
_FORKING = """
import atexit, json, os, sys, tempfile, traceback
import torch

def run(script):
    try:
        exec(compile(script, "script", "exec"), {"__name__": "__main__"})
        atexit._run_exitfuncs()
        return 0
    except BaseException:
        traceback.print_exc()
        return 1

for line in sys.stdin:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            status = run(json.loads(line))
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
        _, status = os.waitpid(child, 0)
        said = []
        for file in (out, err):
            file.seek(0)
            said.append(file.read().decode())
        print(json.dumps([status, *said]), flush=True)
"""

# Runs each script named by its arguments in a fork, and writes its output to a file beside it.
_RUN_ALL = """
import os, runpy, sys
from pathlib import Path
import torch
for script in sys.argv[1:]:
    if os.fork() == 0:
        status = 0
        with open(script + ".said", "w") as sys.stdout:
            sys.argv[:] = [script]
            sys.path[0] = str(Path(script).parent)
            try:
                runpy.run_path(script, run_name="__main__")
            except SystemExit as ended:
                status = ended.code
                print("status", status)
        os._exit(1 if status else 0)
    if os.wait()[1]:
        sys.exit(f"{script} failed")
"""
_WITHOUT_NUMPY = "import sys; sys.modules['numpy'] = None\n"


def run_in_torch(*arguments: str | Path, cwd: Path = ROOT, text: str = "") -> str:
    """Run the runner's Python and return its standard output. Skips the test if it is missing."""
    done = subprocess.run(
        [_python(), *map(str, arguments)],
        cwd=cwd,
        input=text,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_scripts(*scripts: Path, numpy: bool = True) -> list[str]:
    """Run each script in a fork of one process that has loaded torch; return their outputs, each
    followed by `status N` if the script called sys.exit. Fails if a script fails."""
    code = _RUN_ALL if numpy else _WITHOUT_NUMPY + _RUN_ALL
    run_in_torch("-W", "ignore", "-c", code, *scripts)
    return [script.with_name(f"{script.name}.said").read_text() for script in scripts]


def run_forked(script: str) -> str:
    """Run `script` in a fork of a process that has loaded torch; return its output. Loading takes
    seconds, so all scripts of a test process share it. Skips the test if torch is missing."""
    process = _forking()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(script) + "\n")
    process.stdin.flush()
    status, out, err = json.loads(process.stdout.readline())
    assert status == 0, err
    return str(out)


@cache
def _forking() -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [_python(), "-c", _FORKING],
        cwd=ROOT,
        env=_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(process.communicate)  # closes its input, at which it ends
    return process


def _python() -> str:
    if not RUNNER_PYTHON.exists():
        missing(f"the runner's environment at {RUNNER_PYTHON}")
    return str(RUNNER_PYTHON)


def _environment() -> dict[str, str]:
    # One thread, as in the jail: a process with several threads can't be forked safely.
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
