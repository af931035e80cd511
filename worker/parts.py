"""What a worker is made of besides the queue and the database."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from judge.job import JudgeJob
from judge.settings import Settings
from judge.workers import LanguageView
from worker.judging import JudgeEvent
from worker.sandbox.base import Sandbox
from worker.test_data import TestData


class SandboxHost(Protocol):
    """What the main process starts before it forks, and its children run jails through."""

    def connect(self) -> Sandbox:
        """A sandbox of the caller's own. Raises SandboxError."""

    def close(self) -> None:
        """End it, with whatever still runs in it."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a worker is made of besides the queue and the database."""

    start_host: Callable[[Settings], SandboxHost]
    judge: Callable[[JudgeJob, Sandbox, TestData], Iterator[JudgeEvent]]
    survey: Callable[[Sandbox], Sequence[LanguageView]]
    """Which languages work in that sandbox."""
