"""One broker and one service for all tests of pages; each test makes users of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from judge.settings import Settings
from tests.integration.api.service import Service, serving
from tests.integration.pages.browser import Browser
from tests.support.databases import settings_of


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    home: Path = tmp_path_factory.mktemp("pages")
    return settings_of(home, log_level="warning")


@pytest.fixture(scope="session")
def service(settings: Settings) -> Iterator[Service]:
    with serving(settings) as service:
        yield service


@pytest.fixture
def visitor(service: Service) -> Iterator[Browser]:
    """A browser in which nobody is signed in."""
    with Browser(service.url) as browser:
        yield browser


@pytest.fixture
def ada(service: Service) -> Iterator[Browser]:
    """A browser in which a new user is signed in."""
    with Browser(service.url) as browser:
        browser.sign_in_as(service, service.account())
        yield browser


@pytest.fixture
def eve(service: Service) -> Iterator[Browser]:
    """Another one."""
    with Browser(service.url) as browser:
        browser.sign_in_as(service, service.account())
        yield browser
