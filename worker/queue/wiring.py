"""The parts of a worker besides the queue and the database, and how the real ones are made."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import structlog

from judge.job import JudgeJob
from judge.settings import Settings
from judge.workers import LanguageView
from worker.judging.ahead import SpareCores
from worker.judging.judging import JudgeEvent, judge
from worker.judging.languages import available
from worker.judging.test_data import TestData
from worker.packages.upload_check import CheckEvent, check
from worker.sandbox.base import Sandbox, SandboxError
from worker.sandbox.choice import Backend, choose, choose_local
from worker.sandbox.docker.container import DockerHost
from worker.sandbox.forkserver.host_client import read_wear
from worker.sandbox.forkserver.host_process import HostProcess
from worker.sandbox.namespaces import NamespaceSandbox
from worker.sandbox.pool import depth_for
from worker.sandbox.private_folders import private_folders
from worker.sandbox.tally import Tally

log = structlog.get_logger(__name__)

JudgeFunction = Callable[
    [JudgeJob, Sandbox, TestData, SpareCores], Generator[JudgeEvent, None, None]
]


class SandboxHost(Protocol):
    """The sandbox's host: the main process starts it before the fork, and its children use it."""

    tally: Tally
    """Counts of how the runs of all processes got their jails."""

    def connect(self) -> Sandbox:
        """Return a new sandbox for the caller. Raises SandboxError."""

    def wear(self) -> Mapping[str, Mapping[str, float]]:
        """Return how worn each runtime's fork servers are (`worker.sandbox.forkserver.wear`); empty
        if there are none, or if none answers."""

    def close(self) -> None:
        """End the host and all its runs."""


def _judge_all(
    job: JudgeJob, sandbox: Sandbox, data: TestData, cores: SpareCores
) -> Generator[JudgeEvent, None, None]:
    return judge(job, sandbox, data, cores, every_test=True)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a worker besides the queue and the database."""

    start_host: Callable[[Settings], SandboxHost]
    judge: JudgeFunction
    survey: Callable[[Sandbox], Iterable[LanguageView]]
    """Yields the languages that work in a sandbox."""
    judge_all: JudgeFunction = _judge_all
    """Like `judge`, but no failing test stops it."""
    check: Callable[[Path, Sandbox, Callable[[], None]], Iterator[CheckEvent]] = check
    """Checks an uploaded archive (see `worker.packages.upload_check`)."""


class NamespaceHost:
    """Fork servers beside the worker; each child connects to them separately."""

    def __init__(self, settings: Settings, pool_depth: int, landlock_abi: int) -> None:
        self._pool_depth = pool_depth
        # With Landlock, children have no control groups (decision 0022).
        self._use_cgroups = not landlock_abi
        python = str(settings.runner_python.absolute())
        # A temporary folder for the sockets: home may be shared by several workers.
        self._process = HostProcess(
            None,
            python,
            landlock_abi=landlock_abi,
            hidden=private_folders(settings),
        )
        self.tally = Tally()

    def connect(self) -> Sandbox:
        """See `SandboxHost`."""
        return NamespaceSandbox(
            self._process.run_dir,
            pool_depth=self._pool_depth,
            use_cgroups=self._use_cgroups,
            tally=self.tally,
        )

    def wear(self) -> Mapping[str, Mapping[str, float]]:
        """See `SandboxHost`."""
        return read_wear(self._process.run_dir)

    def close(self) -> None:
        """See `SandboxHost`."""
        self._process.stop()


class JoinedHost:
    """Fork servers that another process keeps running, with sockets in a shared folder."""

    def __init__(self, run_dir: Path, pool_depth: int) -> None:
        self._run_dir = run_dir
        self._pool_depth = pool_depth
        self.tally = Tally()

    def connect(self) -> Sandbox:
        """See `SandboxHost`."""
        return NamespaceSandbox(self._run_dir, pool_depth=self._pool_depth, tally=self.tally)

    def wear(self) -> Mapping[str, Mapping[str, float]]:
        """See `SandboxHost`."""
        return read_wear(self._run_dir)

    def close(self) -> None:
        """Do nothing: our runs end with our connections, and the host isn't ours."""


def real_parts() -> Parts:
    """Return the parts that judge untrusted programs."""
    return Parts(start_host=_start_host, judge=judge, survey=_survey)


def _start_host(settings: Settings) -> SandboxHost:
    python = str(settings.runner_python.absolute())
    hidden = private_folders(settings)
    choice = choose(settings.sandbox, settings.docker_runtime, settings.sandbox_dir, python, hidden)
    pool_depth = depth_for(settings.workers + 1)  # one process more, which does chores
    log.info("sandbox chosen", backend=choice.backend.value, why=choice.why)
    if choice.backend is Backend.JOINED:
        assert settings.sandbox_dir is not None
        return JoinedHost(settings.sandbox_dir, pool_depth)
    if choice.backend is Backend.DOCKER:
        try:
            return DockerHost(settings.docker_runtime, pool_depth=pool_depth)
        except SandboxError as error:
            # If the settings ask for docker by name, no other sandbox may replace it.
            if settings.sandbox == "docker":
                raise
            choice = choose_local("auto", python, hidden=hidden)
            log.warning("used instead of docker", backend=choice.backend.value, error=str(error))
    if choice.warning:
        log.warning("this sandbox isolates less than others", it_is=choice.warning)
    return NamespaceHost(settings, pool_depth, choice.landlock_abi)


def _survey(sandbox: Sandbox) -> Iterator[LanguageView]:
    for each in available(sandbox):
        yield LanguageView(**asdict(each))
