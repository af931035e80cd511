"""What a worker is made of besides the queue and the database: the real parts, put together."""

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
    """What the main process starts before it forks, and its children run jails through."""

    tally: Tally
    """How the runs of all processes came to their jails."""

    def connect(self) -> Sandbox:
        """A sandbox of the caller's own. Raises SandboxError."""

    def wear(self) -> Mapping[str, Mapping[str, float]]:
        """How worn the fork servers of each runtime are (`worker.sandbox.forkserver.wear`); empty
        where there are none, or none that answer."""

    def close(self) -> None:
        """End it, with whatever still runs in it."""


def _judge_all(
    job: JudgeJob, sandbox: Sandbox, data: TestData, cores: SpareCores
) -> Generator[JudgeEvent, None, None]:
    return judge(job, sandbox, data, cores, every_test=True)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a worker is made of besides the queue and the database."""

    start_host: Callable[[Settings], SandboxHost]
    judge: JudgeFunction
    survey: Callable[[Sandbox], Iterable[LanguageView]]
    """Which languages work in that sandbox."""
    judge_all: JudgeFunction = _judge_all
    """`judge`, stopped by no failing test."""
    check: Callable[[Path, Sandbox, Callable[[], None]], Iterator[CheckEvent]] = check
    """An uploaded archive's check (see `worker.packages.upload_check`)."""


class NamespaceHost:
    """Fork servers in a folder of their own; each child connects for itself."""

    def __init__(self, settings: Settings, pool_depth: int, landlock_abi: int) -> None:
        self._pool_depth = pool_depth
        # Children behind Landlock have no control groups (decision 0022).
        self._use_cgroups = not landlock_abi
        python = str(settings.runner_python.absolute())
        # Not under home: a folder's sockets are gone with it, and home may be shared.
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
    """Fork servers that somebody else keeps running, in a folder that both can see."""

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
        """Nothing is ours to end: with our connections our runs go."""


def real_parts() -> Parts:
    """The parts that judge strangers' programs."""
    return Parts(start_host=_start_host, judge=judge, survey=_survey)


def _start_host(settings: Settings) -> SandboxHost:
    python = str(settings.runner_python.absolute())
    hidden = private_folders(settings)
    choice = choose(settings.sandbox, settings.docker_runtime, settings.sandbox_dir, python, hidden)
    pool_depth = depth_for(settings.workers + 1)  # one more, which does chores
    log.info("sandbox chosen", backend=choice.backend.value, why=choice.why)
    if choice.backend is Backend.JOINED:
        assert settings.sandbox_dir is not None
        return JoinedHost(settings.sandbox_dir, pool_depth)
    if choice.backend is Backend.DOCKER:
        try:
            return DockerHost(settings.docker_runtime, pool_depth=pool_depth)
        except SandboxError as error:
            # Asked for by name: nothing else may take its place.
            if settings.sandbox == "docker":
                raise
            choice = choose_local("auto", python, hidden=hidden)
            log.warning("taken in docker's place", backend=choice.backend.value, error=str(error))
    if choice.warning:
        log.warning("this sandbox has fewer walls than others", it_is=choice.warning)
    return NamespaceHost(settings, pool_depth, choice.landlock_abi)


def _survey(sandbox: Sandbox) -> Iterator[LanguageView]:
    for each in available(sandbox):
        yield LanguageView(**asdict(each))
