"""The real sandbox for tests, with each of its backends."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from judge.settings import get_settings
from tests.support.missing import DOCKER, missing
from worker.sandbox.base import SandboxError
from worker.sandbox.cgroup import tree as cgroups
from worker.sandbox.docker import container as docker
from worker.sandbox.docker import engine
from worker.sandbox.forkserver import landlock
from worker.sandbox.forkserver.interpreter import find_interpreter
from worker.sandbox.forkserver.view import select_binds
from worker.sandbox.namespaces import NamespaceSandbox, start_sandbox

PROJECT = Path(__file__).resolve().parents[2]
# A user id for each process of `make test`: the kernel limits processes per user, and some hostile
# programs make as many as they can.
ORDINARY_USER = 54321 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
# Loading torch takes four seconds of CPU time, and many tests may do so at once.
TORCH_PATIENCE_S = 240.0
RUNTIME = get_settings().docker_runtime
DRIVER = b"""from runner import harness
harness.answer(str(harness.entry("solve", "def solve(n)")(int(input()))))
"""


def runner_python() -> str:
    """Return the interpreter with torch; skip the test if it isn't installed."""
    python = Path(get_settings().runner_python)
    if not python.exists():
        missing(f"the runner's interpreter, {python}")
    return str(python)


def light_python() -> str:
    """Return an interpreter without torch, for tests that need none: starting a torch fork server
    takes four seconds of CPU time, and without torch it fails at once."""
    return sys.executable


@contextmanager
def started_sandbox(*, groups: bool) -> Iterator[NamespaceSandbox]:
    """Run a sandbox with or without control groups; skip the test if the machine can't."""
    if groups and cgroups.find_tree() is None:
        missing("writable control groups")
    try:
        sandbox = start_sandbox(runner_python(), use_cgroups=groups)
    except SandboxError as error:
        missing(f"namespaces: {error}")
    try:
        yield sandbox
    finally:
        sandbox.close()


@contextmanager
def started_landlock_sandbox() -> Iterator[NamespaceSandbox]:
    """Run a Landlock sandbox, as strong as the machine allows: as root each run has its own user
    id. Skips the test if there is no Landlock."""
    abi = landlock_or_skip()
    with open_python() as python:
        sandbox = start_sandbox(python, landlock_abi=abi)
        try:
            yield sandbox
        finally:
            sandbox.close()


def landlock_or_skip() -> int:
    """Return the ABI version of the kernel's Landlock; skip the test if there is none."""
    try:
        return landlock.find_abi()
    except SandboxError as error:
        missing(str(error))


@contextmanager
def open_python() -> Iterator[str]:
    """Yield the runner's interpreter, in a folder that other users may enter."""
    python = runner_python()
    if os.geteuid() != 0 or not landlock.why_shared(select_binds(find_interpreter(python).folders)):
        yield python
        return
    with tempfile.TemporaryDirectory(dir="/var/tmp") as folder:
        Path(folder).chmod(0o755)
        system = shutil.which("python3", path="/usr/bin")
        if system is None:
            missing("the system's python3, which other users may run")
        subprocess.run([system, "-m", "venv", "--without-pip", folder], check=True)
        (modules,) = Path(folder, "lib").iterdir()
        lend_torch(modules, modules.name.removeprefix("python"))
        yield f"{folder}/bin/python"


def engine_or_skip() -> None:
    """Skip the test if no container engine with the image answers."""
    try:
        engine.look_for_engine(RUNTIME)
    except SandboxError as error:
        missing(f"docker: {error}", DOCKER)


@contextmanager
def started_docker_sandbox(*, groups: bool, nested: bool = True) -> Iterator[NamespaceSandbox]:
    """Run a sandbox in a container; skip the test if no engine has the image.

    With `nested` False the engine refuses jails in a container, so each run gets a container.
    """
    if groups and cgroups.find_tree() is None:
        missing("writable control groups")
    engine_or_skip()
    sandbox = docker.start_sandbox(RUNTIME, use_cgroups=groups, nested=nested)
    try:
        yield sandbox
    finally:
        sandbox.close()


@contextmanager
def ordinary_home(folder: Path) -> Iterator[Path]:
    """Make a home of mode 700 that belongs to an ordinary user and contains an interpreter.

    `folder` is empty, and all users must be able to enter it. The interpreter is a copy of the
    system's, so that all its files are in the home. Needs root, to change the owner.
    """
    system = Path("/usr/bin/python3")
    if os.geteuid() != 0:
        missing("root, to become another user")
    if not system.exists() or shutil.which("setpriv") is None:
        missing("the system's python3 and setpriv, for another user")
    version = subprocess.check_output(
        [system, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], text=True
    ).strip()
    home = folder / "home"
    modules = home / "lib" / f"python{version}"
    shutil.copytree(
        f"/usr/lib/python{version}", modules,
        ignore=shutil.ignore_patterns("test", "config-*", "dist-packages"),
        symlinks=True,
    )  # fmt: skip
    (home / "bin").mkdir()
    shutil.copy2(system.resolve(), home / "bin" / f"python{version}")
    (home / "bin" / "python").symlink_to(f"python{version}")
    (home / "tmp").mkdir()
    lend_torch(modules, version)
    for path in (home, *home.rglob("*")):
        os.lchown(path, ORDINARY_USER, ORDINARY_USER)
    home.chmod(0o700)
    yield home
    shutil.rmtree(home)


def lend_torch(modules: Path, version: str) -> None:
    """Let the interpreter with these `modules` import the runner's packages, if they are for its
    version."""
    packages = Path(runner_python()).parents[1] / "lib" / f"python{version}" / "site-packages"
    if packages.is_dir() and sysconfig.get_python_version() == version:
        for name in ("dist-packages", "site-packages"):
            (modules / name).mkdir(exist_ok=True)
            (modules / name / "torch.pth").write_text(f"{packages}\n")


def run_as_ordinary_user(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the home's interpreter as the home's owner, in the project's folder."""
    user = str(ORDINARY_USER)
    command = [
        "setpriv", "--reuid", user, "--regid", user, "--clear-groups",
        str(home / "bin" / "python"), "-B", *arguments,
    ]  # fmt: skip
    environment = {"PATH": "/usr/bin:/bin", "TMPDIR": f"{home}/tmp", "PYTHONPATH": str(PROJECT)}
    return subprocess.run(
        command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False
    )
