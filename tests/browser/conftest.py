"""The whole service and a real browser; an error on a page's console fails the test."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from api.auth import COOKIE
from api.server import Server
from cli.launcher.broker import EmbeddedValkey
from judge.accounts import users
from judge.accounts.users import TokenKind
from judge.settings import Settings
from tests.integration.api.service import Account, Service, prepared, running
from tests.support.databases import database_url_of
from tests.support.launched import Launched, launch
from tests.support.missing import missing

OpenPage = Callable[..., Page]
OpenAs = Callable[..., Page]


@pytest.fixture(scope="session")
def launched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launched]:
    home = tmp_path_factory.mktemp("browser") / "home"
    service = launch(home, SHOUSI_WORKERS="1", SHOUSI_DATABASE_URL=database_url_of(home))
    yield service
    service.stop()


# One for each module: while it is open an event loop runs, and other tests need their own.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        missing("chromium")
    with sync_playwright() as playwright:
        # Chromium's own sandbox needs a user other than root; it opens only our pages.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(launched: Launched, chromium: Browser) -> Iterator[OpenPage]:
    """Opens a page in a browser of its own. Errors on the console, violations of the policy and
    requests to other hosts are failures."""
    root = launched.url.removesuffix("/api/v1")
    complaints: list[str] = []
    contexts = []

    def note(message: ConsoleMessage) -> None:
        # The browser writes each such answer to its console. From a 412 the page learns that
        # another draft is newer, from a 401 that the session has ended.
        refused = "status of 412" in message.text or "status of 401" in message.text
        if message.type in {"error", "warning"} and not refused:
            complaints.append(message.text)

    def ask(path: str = "/", **options: Any) -> Page:
        context = chromium.new_context(base_url=root, **{"locale": "en-GB", **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith((root, "data:")) else complaints.append(request.url)
            ),
        )
        page.goto(path)
        return page

    yield ask
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def sources() -> Path:
    """The packages' own submissions."""
    return Path(__file__).parents[2] / "problems"


class Parts:
    """A service without workers for a single test, which may stop its parts."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.settings = Settings(home=home, log_level="error", **settings)  # type: ignore[arg-type]
        self._running, self.broker = ExitStack(), ExitStack()
        prepared(self.settings)
        self.broker.enter_context(EmbeddedValkey(home))
        self.server: Server
        self.server, self.url = self._running.enter_context(running(self.settings))
        self.service = self._running.enter_context(closing(Service(self.settings, self.url)))

    def close(self) -> None:
        self._running.close()
        self.broker.close()


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    made = Parts(tmp_path)
    yield made
    made.close()


@pytest.fixture
def open_as(chromium: Browser) -> Iterator[OpenAs]:
    """Opens a page of a service in a browser of its own, signed in as an account if one is
    given."""
    contexts = []

    def ask(service: Service, path: str, account: Account | None = None) -> Page:
        context = chromium.new_context(base_url=service.url, locale="en-GB", bypass_csp=True)
        contexts.append(context)
        if account is not None:
            secret, _ = users.issue_token(service.db, account.id, kind=TokenKind.SESSION)
            context.add_cookies([{"name": COOKIE, "value": secret, "url": service.url}])
        page = context.new_page()
        page.goto(path)
        return page

    yield ask
    for context in contexts:
        context.close()
