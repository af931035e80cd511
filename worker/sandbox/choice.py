"""Chooses a worker's sandbox, and says why: for its log and for `shousi doctor`.

Whether namespaces can be made is found out by trying: a process takes a fork server's first steps
and then ends.
"""

import os
import subprocess
import tempfile
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

from runner.protocol import encode_config
from worker.sandbox.base import Runtime, SandboxError
from worker.sandbox.cgroup import tree as cgroups
from worker.sandbox.forkserver import landlock, mounts
from worker.sandbox.forkserver.interpreter import Interpreter, find_interpreter
from worker.sandbox.forkserver.view import check_readable_by_all

FOR_WHOM = "for yourself and people whom you trust, with the container as the outer wall"
FIX_NAMESPACES = (
    "allow user namespaces: `sysctl user.max_user_namespaces=10000`, on Debian also "
    "`kernel.unprivileged_userns_clone=1`, on Ubuntu "
    "`kernel.apparmor_restrict_unprivileged_userns=0`; or run as root of the machine, or use "
    "docker compose"
)
FIX_PYTHON = "set up the runner's environment: `make setup`, or set SHOUSI_RUNNER_PYTHON"
_TRIAL_TIMEOUT_S = 30.0


class Backend(StrEnum):
    """How submissions are isolated from the machine."""

    NAMESPACES = "namespaces"
    """Fork servers beside the worker."""
    LANDLOCK = "landlock"
    """Fork servers beside the worker, with weaker isolation, if namespaces can't be made."""
    DOCKER = "docker"
    """Fork servers in a container that the worker starts."""
    JOINED = "joined"
    """Fork servers that already run, e.g. in compose's container `runner`."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen sandbox, and the reason as text.

    `landlock_abi` is 0 except for Landlock; `warning` says which protections are missing, and for
    whom such a sandbox is good enough.
    """

    backend: Backend
    why: str
    landlock_abi: int = 0
    warning: str = ""


def choose(
    wanted: str,
    runtime: str,
    sandbox_dir: Path | None,
    python: str,
    hidden: tuple[Path, ...] = (),
) -> Choice:
    """Choose a sandbox for the setting `wanted`: auto, namespaces, landlock or docker.

    `python` is the runner's interpreter; `hidden` are paths that no submission may see. `auto`
    takes docker if an engine answers and has the image, else namespaces, else Landlock. Raises
    SandboxError, with a remedy, if no allowed sandbox is possible.
    """
    if sandbox_dir is not None:
        return Choice(Backend.JOINED, f"SHOUSI_SANDBOX_DIR names fork servers, in {sandbox_dir}")
    if wanted in ("namespaces", "landlock"):
        return choose_local(wanted, python, "SHOUSI_SANDBOX says so", hidden)
    # Imported here: the engine's SDK takes long to load, and most callers don't need it.
    from worker.sandbox.docker.engine import describe, look_for_engine

    try:
        engine = look_for_engine(runtime)
    except SandboxError as error:
        if wanted == "docker":
            raise
        return choose_local("auto", python, str(error), hidden)
    return Choice(Backend.DOCKER, describe(engine))


def choose_local(wanted: str, python: str, why: str = "", hidden: tuple[Path, ...] = ()) -> Choice:
    """Choose a sandbox beside the worker: namespaces, or Landlock if they can't be made.

    `why` is the reason for a sandbox beside the worker. Raises SandboxError, with a remedy.
    """
    refusal = ""
    covers_of(python, hidden)
    if wanted != "landlock":
        refusal = why_no_namespaces(python)
        if not refusal:
            return Choice(Backend.NAMESPACES, why)
        if wanted == "namespaces":
            raise SandboxError(f"no namespaces can be had: {refusal}; {FIX_NAMESPACES}")
    try:
        abi = landlock.find_abi()
    except SandboxError as error:
        if not refusal:
            raise SandboxError(f"no Landlock can be had: {error}") from error
        raise SandboxError(
            f"no sandbox can be had here, and without one nothing is run.\n"
            f"  namespaces: {refusal}; {FIX_NAMESPACES}\n"
            f"  landlock: {error}"
        ) from error
    reason = f"no namespaces can be had: {refusal}" if refusal else why
    paths = mounts.open_view_for(Runtime.EXEC, _interpreter(python)).binds
    shared = landlock.why_shared([*paths, tempfile.gettempdir()])
    missing = "; ".join(landlock.missing_walls(abi, shared=shared))
    return Choice(Backend.LANDLOCK, reason, abi, f"{FOR_WHOM}; missing: {missing}")


def covers_of(python: str, hidden: tuple[Path, ...]) -> list[str]:
    """Return the folders below visible paths that jails cover with an empty folder.

    Raises SandboxError if a hidden path can't be kept from submissions.
    """
    interpreter = _interpreter(python)
    covers: set[str] = set()
    for runtime in Runtime:
        view = mounts.view_for(runtime, interpreter, hidden)
        covers.update(view.covers)
        if os.geteuid() != 0:
            check_readable_by_all(view)
    return sorted(covers)


def why_no_namespaces(python: str) -> str:
    """Return why no jail can be made with namespaces here; empty if it can.

    Raises SandboxError if the runner's interpreter itself can't be run.
    """
    interpreter = _interpreter(python)
    with tempfile.TemporaryDirectory(prefix="shousi-trial-") as root:
        config = mounts.server_config(Runtime.PYTHON, root, interpreter)
        try:
            tried = subprocess.run(
                mounts.trial_command(python),
                input=encode_config(config),
                capture_output=True,
                env=mounts.server_environment(),
                cwd="/",
                timeout=_TRIAL_TIMEOUT_S,
            )
        except (OSError, subprocess.SubprocessError) as error:
            return str(error)
    if tried.returncode != 0:
        said = tried.stderr.decode(errors="replace").strip().splitlines()
        return said[-1] if said else f"a trial ended with {tried.returncode}"
    if tried.stdout == b"False" and cgroups.find_tree() is None:
        return "no /proc can be mounted, and there are no control groups"
    return ""


@cache
def _interpreter(python: str) -> Interpreter:
    try:
        return find_interpreter(python)
    except SandboxError as error:
        raise SandboxError(f"{error}; {FIX_PYTHON}") from error
