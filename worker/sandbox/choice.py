"""Which sandbox a worker takes, and why: for its log and for `shousi doctor`."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from worker.sandbox.base import SandboxError
from worker.sandbox.docker.engine import describe, look_for_engine


class Backend(StrEnum):
    """What stands between a submission and the machine."""

    NAMESPACES = "namespaces"
    """Fork servers beside the worker."""
    DOCKER = "docker"
    """Fork servers in a container that the worker starts."""
    JOINED = "joined"
    """Fork servers that run already, as in compose's container `runner`."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The sandbox that was chosen, and why, in words."""

    backend: Backend
    why: str


def choose(wanted: str, runtime: str, sandbox_dir: Path | None) -> Choice:
    """The sandbox to take when the settings say `wanted`: auto, namespaces or docker.

    `auto` takes docker where an engine answers that has the image. Raises SandboxError where
    docker is wanted and can't be had.
    """
    if sandbox_dir is not None:
        return Choice(Backend.JOINED, f"SHOUSI_SANDBOX_DIR names fork servers, in {sandbox_dir}")
    if wanted == "namespaces":
        return Choice(Backend.NAMESPACES, "SHOUSI_SANDBOX says so")
    try:
        engine = look_for_engine(runtime)
    except SandboxError as error:
        if wanted == "docker":
            raise
        return Choice(Backend.NAMESPACES, str(error))
    return Choice(Backend.DOCKER, describe(engine))
