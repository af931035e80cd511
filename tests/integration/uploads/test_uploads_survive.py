"""Whatever is killed in the middle of a check: it is checked again, and published once."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from judge.settings import Settings
from tests.integration.api.service import Account, Service
from tests.integration.uploads.conftest import worker
from tests.integration.uploads.sending import done, kinds_of, package, sent, slow, verdict_of
from tests.support.stack import wait_until

RIGHT = "def total(numbers):\n    return sum(numbers)\n"


def children(pid: int) -> list[int]:
    """The worker's processes that wait for messages: forks of it, not its sandbox."""
    own = Path(f"/proc/{pid}/cmdline").read_bytes()
    tasks = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(one) for one in tasks if _command(one) == own]


def _command(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it is gone
        return b""


def kill_children(pid: int) -> None:
    for child in children(pid):
        os.kill(child, signal.SIGKILL)


def kill_all(pid: int) -> None:
    os.killpg(pid, signal.SIGKILL)


def ask_to_stop(pid: int) -> None:
    os.kill(pid, signal.SIGTERM)


def under_way(service: Service, path: str) -> bool:
    return "submission" in kinds_of(service.db, path)


@pytest.mark.parametrize(
    ("stop", "ends", "attempts"),
    [(kill_children, False, 2), (kill_all, True, 2), (ask_to_stop, True, 1)],
)
def test_a_check_that_is_cut_short_is_made_again(
    service: Service,
    settings: Settings,
    boss: Account,
    stop: Callable[[int], None],
    ends: bool,
    attempts: int,
) -> None:
    slug = f"survives{stop.__name__.replace('_', '')}"
    with worker(settings) as first:
        path = sent(boss, package(slug, slow(5)))
        wait_until(lambda: under_way(service, path), "the check's first submission")
        stop(first.pid)
        if ends:
            first.wait(60)
            with worker(settings):
                report = done(boss, path)
        else:
            report = done(boss, path)
    assert (report["state"], report["version"], report["attempt"]) == ("published", 1, attempts)
    kinds = kinds_of(service.db, path)
    assert (kinds.count("requeued"), kinds.count("checking"), kinds.count("done")) == (1, 2, 1)
    assert kinds[-1] == "done"
    assert len(report["submissions"]) == 10


def test_of_two_uploads_at_once_one_wins(service: Service, settings: Settings) -> None:
    admins = [service.account("admin"), service.account("admin")]
    paths = [sent(one, package("contested", {"extra.txt": one.name})) for one in admins]
    with worker(settings), worker(settings):
        reports = [done(one, path) for one, path in zip(admins, paths, strict=True)]
    assert sorted(report["state"] for report in reports) == ["published", "refused"]
    (refused,) = [report for report in reports if report["state"] == "refused"]
    assert refused["errors"][0]["message"].startswith("Version 1 of contested was published by")


def test_who_waits_for_a_verdict_goes_before_a_check(
    service: Service, settings: Settings, boss: Account, ada: Account
) -> None:
    with worker(settings):
        done(boss, sent(boss, package("urgent")))
        path = sent(boss, package("patient", slow(5)))
        wait_until(lambda: under_way(service, path), "the check's first submission")
        assert verdict_of(ada, "urgent", RIGHT)["verdict"] == "AC"
        assert boss.http.get(path).json()["state"] == "checking"
        assert done(boss, path)["attempt"] == 1
