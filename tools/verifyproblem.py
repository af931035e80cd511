"""Runs Kattis's own `verifyproblem` over packages (all of `problems/` by default).

Prints one line a package, and what `verifyproblem` said where that is not 0 errors. Its Python
is overridden: submissions and validators run under the runner's CPython, with torch, forked off
`warm_server.py` (it is PyPy, without torch, otherwise). Not its statement part, which needs
LaTeX: `shousi problem verify` renders statements.

A package that passes is written into `verified.json` with a hash of all that decides it; with
`--changed` such a package is not run again, which takes minutes.

Standard library only; makes `.cache/problemtools` from `requirements/problemtools.txt`. The
runner's environment must be there (`make setup`).
"""

import argparse
import contextlib
import hashlib
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import environments  # type: ignore[import-not-found] # beside this script

ROOT = environments.ROOT
PYTHON = ROOT / ".venv-runner" / "bin" / "python"
PROBLEMTOOLS = environments.Environment(
    ROOT / ".cache" / "problemtools", ("problemtools.txt",), lambda _: None
)
PARTS = ("config", "validators", "graders", "data", "submissions")
LIMIT_S = 1200
WARM = tuple(Path(__file__).with_name(name) for name in ("warm_server.py", "warm_client.py"))
VERIFIED = Path(__file__).with_name("verified.json")
LANGUAGES = """
python3:
  name: Python 3 (CPython, with torch)
  compile: "{python} -m py_compile {{files}}"
  run: "{python} -I -S {client} {socket} {{mainfile}}"
java:
  compile: "javac -encoding UTF-8 -sourcepath {{path}} -d {{path}} {{files}}"
go:
  compile: "go build -o {{binary}} {{files}}"
"""
_RESULT = re.compile(r"tested: (\d+) errors?, (\d+) warnings?")


@dataclass(frozen=True)
class Result:
    """What `verifyproblem` came to; `errors` is None where it came to nothing."""

    slug: str
    errors: int | None
    warnings: int
    time_s: float
    said: str

    def line(self) -> str:
        errors = "no result" if self.errors is None else f"{self.errors} errors"
        return f"{self.slug:24}{errors}, {self.warnings} warnings ({self.time_s:.0f} s)"


def main() -> int:
    """0 if every package has 0 errors."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("packages", nargs="*", type=Path, help="folders; all of problems/ if none")
    parser.add_argument("-j", type=int, default=os.cpu_count(), help="packages at a time")
    parser.add_argument("--changed", action="store_true", help="only what has not passed as it is")
    parser.add_argument("-v", action="store_true", help="print all that verifyproblem says")
    asked = parser.parse_args()
    try:
        if not PROBLEMTOOLS.is_current():
            environments.make(PROBLEMTOOLS)
    except environments.SetupError as error:
        print(f"set-up failed: {error}", file=sys.stderr)
        return 1
    packages = asked.packages or [path.parent for path in ROOT.glob("problems/*/problem.yaml")]
    prints = {package.resolve(): fingerprint(package.resolve()) for package in packages}
    known = json.loads(VERIFIED.read_text()) if VERIFIED.exists() else {}
    chosen = [one for one in prints if not asked.changed or known.get(one.name) != prints[one]]
    for package in sorted(prints.keys() - chosen):
        print(f"{package.name:24}has passed as it is")
    with tempfile.TemporaryDirectory(prefix="verifyproblem-") as folder:
        # Copies, for bytecode that tests left beside a driver would be taken for another one.
        skipped = shutil.ignore_patterns("__pycache__")
        copies = []
        for package in sorted(chosen, key=cost, reverse=True):
            copies.append(Path(folder, "packages", package.name))
            shutil.copytree(package, copies[-1], ignore=skipped)
        passed = verify_all(copies, asked.j, asked.v, Path(folder)) if copies else set()
    # Only the project's own are recorded.
    known |= {one.name: prints[one] for one in chosen if one.name in passed and ROOT in one.parents}
    VERIFIED.write_text(json.dumps(known, indent=2, sort_keys=True) + "\n")
    print(f"verifyproblem: {len(passed)} passed, {len(chosen) - len(passed)} failed")
    return 0 if len(passed) == len(chosen) else 1


def fingerprint(package: Path) -> str:
    """A hash of all that decides whether a package passes: its files, Kattis's tools, and ours."""
    ours = (ROOT / "requirements" / "problemtools.txt", Path(__file__), *WARM)
    files = [path for path in sorted(package.rglob("*")) if path.is_file()]
    digest = hashlib.sha256()
    for path in (*ours, *(one for one in files if "__pycache__" not in one.parts)):
        name = path.relative_to(package) if path in files else path.name
        data = path.read_bytes()
        digest.update(f"{name} {len(data)}\n".encode() + data)
    return digest.hexdigest()


def cost(package: Path) -> int:
    """More for what takes longer, so that nobody waits for one that was begun last."""
    return len(list(package.glob("data/*/*.in"))) * len(list(package.glob("submissions/*/*")))


def verify_all(packages: list[Path], at_a_time: int, talkative: bool, folder: Path) -> set[str]:
    """The names of those that passed."""
    begun, passed = time.monotonic(), set()
    with warm_python(folder) as environment, ThreadPoolExecutor(at_a_time) as pool:
        running = [pool.submit(verify, package, environment) for package in packages]
        for done in as_completed(running):
            result = done.result()
            print(result.line(), flush=True)
            if result.errors != 0 or talkative:
                print(result.said, flush=True)
            if result.errors == 0:
                passed.add(result.slug)
    print(f"{len(packages)} packages in {time.monotonic() - begun:.0f} s")
    return passed


def verify(package: Path, environment: dict[str, str]) -> Result:
    begun = time.monotonic()
    program = PROBLEMTOOLS.folder / "bin" / "verifyproblem"
    command = [str(program), str(package.resolve()), "--parts", *PARTS]
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=LIMIT_S,
        check=False,
    )
    said = done.stdout.decode(errors="replace")
    found = _RESULT.search(said)
    errors, warnings = (int(found[1]), int(found[2])) if found else (None, 0)
    return Result(package.name, errors, warnings, time.monotonic() - begun, said)


@contextlib.contextmanager
def warm_python(folder: Path) -> Iterator[dict[str, str]]:
    """A running `warm_server.py`; yields the environment that makes `verifyproblem` use it."""
    socket = folder / "python.sock"
    server_file, client_file = WARM
    words = {"python": PYTHON, "client": client_file.resolve(), "socket": socket}
    settings = folder / "problemtools" / "languages.yaml"
    settings.parent.mkdir()
    settings.write_text(LANGUAGES.format(**{k: shlex.quote(str(v)) for k, v in words.items()}))
    server = subprocess.Popen(
        [str(PYTHON), str(server_file.resolve()), str(socket)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        assert server.stdout is not None
        if server.stdout.readline() != b"ready\n":
            raise SystemExit("the Python with torch did not start: see its traceback above")
        # Its grader is a script that asks PATH for Python: a shim there costs more than the rest.
        path = os.pathsep.join((str(PROBLEMTOOLS.python.parent), os.environ["PATH"]))
        yield os.environ | {"XDG_CONFIG_HOME": str(folder), "PATH": path}
    finally:
        os.killpg(server.pid, signal.SIGKILL)  # with what it has forked
        server.wait()


if __name__ == "__main__":
    sys.exit(main())
