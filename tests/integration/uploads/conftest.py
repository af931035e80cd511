"""A whole service for these tests: broker, API, and a worker with the real jail."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.launcher.broker import EmbeddedValkey
from judge import workers
from judge.db.migrate import upgrade
from judge.db.session import Database
from judge.settings import Settings
from tests.integration.api.service import Account, Service, running
from tests.support import real_worker
from tests.support.databases import settings_of
from tests.support.forked import Forked
from tests.support.jails import light_python
from tests.support.stack import wait_until


@contextmanager
def worker(settings: Settings) -> Iterator[Forked]:
    """A real worker of its own process group, on the list of the living."""
    environment = {"PATH": os.environ["PATH"]} | {
        f"SHOUSI_{name.upper()}": str(value)
        for name, value in settings.model_dump(exclude_none=True).items()
    }
    db = Database(settings.database_url)
    process = Forked(real_worker.main, environment, settings.home / "worker.log")
    try:
        wait_until(lambda: any(one.pid == process.pid for one in workers.alive(db)), "a worker")
        wait_until(lambda: any(one.available for one in workers.languages(db)), "its survey")
        yield process
    finally:
        db.close()
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_of(
        tmp_path_factory.mktemp("uploads"),
        workers=1,
        lease_s=8.0,
        stale_s=1.0,
        reconcile_s=0.2,
        upload_limit_bytes=1 << 20,
        runner_python=Path(light_python()),
    )


@pytest.fixture(scope="session")
def service(settings: Settings) -> Iterator[Service]:
    """Broker and API; no worker."""
    with EmbeddedValkey(settings.home):
        db = Database(settings.database_url)
        upgrade(db)
        db.close()
        with running(settings) as (_, url):
            service = Service(settings, url)
            yield service
            service.close()


@pytest.fixture(scope="module")
def working(service: Service, settings: Settings) -> Iterator[Service]:
    """Broker, API and a worker."""
    with worker(settings):
        yield service


@pytest.fixture
def ada(service: Service) -> Account:
    return service.account()


@pytest.fixture
def boss(service: Service) -> Account:
    return service.account("admin")
