"""Makes the two Python environments, and says what it does while it does it.

`.venv` holds the server (API, worker, CLI): never torch. `.venv-runner` holds what submissions
import: torch for CPU, numpy, einops. Torch comes from PyTorch's own index or the one that
SHOUSI_TORCH_INDEX names, in the last resort from the package index. Each environment is remade
when its requirements, this interpreter or the project's place changed, and skipped otherwise: a
stamp in it tells.

Runs under the system's Python, before anything is installed: standard library only.
"""

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
TORCH_CPU_INDEX = "https://download.pytorch.org/whl/cpu"
INDEX_VARIABLE = "SHOUSI_TORCH_INDEX"
TORCH = (REQUIREMENTS / "torch.in").read_text().strip()
STAMP = "shousi-stamp"


class SetupError(Exception):
    """A step failed; the message says what to do."""


@dataclass(frozen=True)
class Environment:
    """One virtual environment: its folder, its hashed requirements, what follows them."""

    folder: Path
    requirements: tuple[str, ...]
    finish: Callable[["Environment"], None]

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    def fingerprint(self) -> str:
        """Changes with anything that would make the environment another one."""
        digest = hashlib.sha256(f"{sys.version}|{platform.machine()}|{self.folder}".encode())
        for name in (
            *self.requirements,
            "torch.in",
            "../pyproject.toml",
            "../tools/environments.py",
        ):
            digest.update((REQUIREMENTS / name).read_bytes())
        return digest.hexdigest()

    def is_current(self) -> bool:
        stamp = self.folder / STAMP
        return self.python.exists() and stamp.exists() and stamp.read_text() == self.fingerprint()


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """Name a step when it begins and its time when it is over."""
    sys.stdout.write(f"  {what} ... ")
    sys.stdout.flush()
    begun = time.monotonic()
    yield
    print(f"{time.monotonic() - begun:.1f} s")


def call(arguments: list[str], remedy: str, log: Path) -> None:
    """Run one command with its output in `log`; on failure raise with its last lines."""
    with log.open("ab") as sink:
        begin = sink.tell()
        process = subprocess.Popen(arguments, stdout=sink, stderr=subprocess.STDOUT, cwd=ROOT)
        status = wait_counting(process)
    if status:
        said = log.read_bytes()[begin:].decode(errors="replace").strip().splitlines()
        tail = "\n    ".join(said[-12:])
        command = " ".join(arguments[:6])
        raise SetupError(f"{command} ... failed:\n    {tail}\n  {remedy}\n  (all of it: {log})")


def wait_counting(process: "subprocess.Popen[bytes]") -> int:
    """The exit status; a person who watches sees the seconds count."""
    begun = time.monotonic()
    while True:
        try:
            return process.wait(1.0 if sys.stdout.isatty() else None)
        except subprocess.TimeoutExpired:
            count = f"{time.monotonic() - begun:.0f} s"
            sys.stdout.write(count + "\b" * len(count))
            sys.stdout.flush()


def log_file() -> Path:
    folder = ROOT / ".cache"
    folder.mkdir(exist_ok=True)
    return folder / "setup.log"


def pip(environment: Environment, *arguments: str, remedy: str = "") -> None:
    remedy = remedy or "Check the network or the package mirror, then run the same command again."
    base = [str(environment.python), "-m", "pip", "--disable-pip-version-check", "install"]
    call([*base, "--progress-bar", "off", *arguments], remedy, log_file())


def make(environment: Environment) -> None:
    """Create the environment from nothing, and stamp it last."""
    name = environment.folder.name
    with step(f"{name}: creating"):
        hint = "Python's venv module is missing: on Debian or Ubuntu, apt install python3-venv."
        call([sys.executable, "-m", "venv", "--clear", str(environment.folder)], hint, log_file())
    with step(f"{name}: installing the pinned libraries"):
        files = [
            word for file in environment.requirements for word in ("-r", str(REQUIREMENTS / file))
        ]
        pip(environment, "--require-hashes", *files)
    environment.finish(environment)
    (environment.folder / STAMP).write_text(environment.fingerprint())


def finish_server(environment: Environment) -> None:
    with step(f"{environment.folder.name}: the shousi command"):
        pip(environment, "--no-deps", "--no-build-isolation", "--no-index", "-e", str(ROOT))


def finish_runner(environment: Environment) -> None:
    """Install torch's CPU build; only where no index has it, the package index's own build."""
    index = os.environ.get(INDEX_VARIABLE, "")
    name = environment.folder.name
    try:
        with step(f"{name}: {TORCH} for CPU (about 190 MB)"):
            install_cpu_torch(environment, index)
    except SetupError as error:
        host = urlsplit(index or TORCH_CPU_INDEX).hostname  # without the password it may have
        print(f"not found at {host}")
        install_any_torch(environment, error)


def install_cpu_torch(environment: Environment, index: str) -> None:
    """Install torch from `index`, by default PyTorch's own of CPU builds.

    A wheel that lies on this machine (PIP_FIND_LINKS) comes first and costs no network. Then
    the index, as the only one, so that the package index's CUDA build is never a candidate;
    without retries, so that an index out of reach costs seconds. Of an index that somebody names
    we know no hashes, and torch may have requirements there that it hasn't at PyTorch's.
    """
    hashed = REQUIREMENTS / "torch.txt"
    known = sys.version_info[:2] == (3, 11) and platform.machine() == "x86_64"
    what = ["--require-hashes", "-r", str(hashed)] if known else [TORCH]
    # No local wheel: the index is next, and its failure is the one to report.
    with contextlib.suppress(SetupError):
        pip(environment, "--no-deps", "--no-index", *what)
        return
    what = [TORCH] if index else ["--no-deps", *what]
    saved = {name: os.environ.pop(name) for name in ("PIP_EXTRA_INDEX_URL",) if name in os.environ}
    try:
        pip(
            environment, "--index-url", index or TORCH_CPU_INDEX, "--retries", "0",
            "--timeout", "30", *what,
        )  # fmt: skip
    finally:
        os.environ.update(saved)


def install_any_torch(environment: Environment, error: SetupError) -> None:
    """Install the package index's build with all that it requires: on x86-64 the CUDA one, several
    times as large. How large, is said before. `error` is why it came to this."""
    remedy = (
        f"torch was found neither at PyTorch's CPU index nor at the package index. Name an index\n"
        f"  that has {TORCH} for CPU: {INDEX_VARIABLE}=URL make run; or put the wheel for your\n"
        f"  Python in a folder: PIP_FIND_LINKS=/that/folder make run.\n  First: {error}"
    )
    with tempfile.NamedTemporaryFile(mode="r", suffix=".json") as report:
        pip(environment, "--dry-run", "--report", report.name, TORCH, remedy=remedy)
        wanted = json.load(report)["install"]
    urls = [each["download_info"]["url"] for each in wanted]
    print(
        f"  (a smaller build, for CPU: {INDEX_VARIABLE}=URL make setup, or a wheel in "
        "PIP_FIND_LINKS)"
    )
    with step(f"{environment.folder.name}: {TORCH} of the package index ({described(urls)})"):
        pip(environment, TORCH, remedy=remedy)


def described(urls: list[str]) -> str:
    """How many files these are, and how large, as far as can be asked."""
    sizes = [size_of(url) for url in urls]
    known = sum(size for size in sizes if size is not None)
    untold = sizes.count(None)
    more = f" and {untold} files of unknown size" if untold else ""
    return f"{len(urls)} files, {known / 1e6:,.0f} MB{more}"


def size_of(url: str) -> int | None:
    """The size of a file in bytes, without loading it; None where nobody tells."""
    if url.startswith("file:"):
        return Path(unquote(urlsplit(url).path)).stat().st_size
    request = urllib.request.Request(url, method="HEAD")
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            length = answer.headers["Content-Length"]
    except (OSError, ValueError):
        return None
    return int(length) if length else None


def environments(*, dev: bool) -> list[Environment]:
    server = ("server.txt", "dev.txt") if dev or has_dev() else ("server.txt",)
    return [
        Environment(ROOT / ".venv", server, finish_server),
        Environment(ROOT / ".venv-runner", ("runner.txt",), finish_runner),
    ]


def has_dev() -> bool:
    """Whether the tests' libraries are installed: then `make run` keeps them."""
    return any((ROOT / ".venv").glob("lib/python3*/site-packages/pytest"))


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--dev", action="store_true", help="with what the tests and linters need")
    dev = parser.parse_args().dev
    if sys.version_info < (3, 11):
        print(
            f"Shousi needs Python 3.11 or newer; this is {platform.python_version()}. "
            "Name another one: make run PYTHON=python3.12",
            file=sys.stderr,
        )
        return 1
    try:
        set_up(dev=dev)
    except (SetupError, OSError) as error:
        print(f"\nset-up failed: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nset-up stopped; the same command begins this step again", file=sys.stderr)
        return 130
    return 0


def set_up(*, dev: bool) -> None:
    """Make the environments that are missing or stale."""
    # A file that only its owner can open, so that nobody else can hold the lock.
    lock_path = log_file().with_name("setup.lock")
    with os.fdopen(os.open(lock_path, os.O_RDWR | os.O_CREAT, 0o600), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two makes at once: the second finds the work done
        stale = [each for each in environments(dev=dev) if not each.is_current()]
        if stale:
            print("Setting up (once; skipped while nothing changes):", flush=True)
        for each in stale:
            make(each)


if __name__ == "__main__":
    sys.exit(main())
