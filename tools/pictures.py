"""Takes screenshots of a running service's pages (`make run`), with the system's chromium.

    .venv/bin/python -m tools.pictures http://127.0.0.1:8000 "$(.venv/bin/shousi admin link)"

Every page, in both languages, both themes and two widths, is written to `build/pictures/`, which is
emptied first; with `--readme` only the README's pictures are taken, into `docs/img/`. This adds a
user, a team and a few submissions to the service.
"""

import argparse
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from itertools import product
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
ALL = ROOT / "build" / "pictures"
README = ROOT / "docs" / "img"
WRONG = ROOT / "problems/multiheadattention/submissions/wrong_answer/no_scale.py"
RIGHT = ROOT / "problems/maxsubarray/submissions/accepted"
BOARD = {
    "maxsubarray": "python3",
    "longestsubarray": "python3",
    "multiheadattention": "pytorch",
    "loralinear": "pytorch",
    "videomask": "pytorch",
    "patchembed": "pytorch",
}
"""The problems that the users of the README's board try, each with its language."""
PATIENCE_MS = 90_000
LANGUAGES = {"en": "en-GB", "zh": "zh-CN"}
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (1440, 390)
VISITOR = {
    "home": "/",
    "sign-in": "/sign-in",
    "not-found": "/nothing-here",
    "leaderboard": "/leaderboard",
    "solvers": "/problems/maxsubarray/solvers",
}
_ADMIN_PAGES = ("uploads", "problems", "rejudges", "queue", "users", "invitations", "log")
ADMIN = {f"admin-{name}": f"/admin/{name}" for name in _ADMIN_PAGES}


@dataclass(frozen=True, slots=True)
class World:
    """The session cookies of a user and an admin, and the paths of the user's pages."""

    user: list[Any]
    admin: list[Any]
    pages: dict[str, str]


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader's language, system theme and window."""

    language: str
    theme: Literal["light", "dark"]
    width: int
    height: int


READERS = tuple(
    Reader(language, theme, width, 900)
    for language, theme, width in product(LANGUAGES, THEMES, WIDTHS)
)


def prepare(browser: Browser, root: str, admin_link: str) -> World:
    """Sign up a user, let them solve one problem, fail at another and make a team."""
    page = browser.new_context(base_url=root, locale="en-GB").new_page()
    name = f"ada-{secrets.token_hex(2)}"
    page.goto("/sign-in")
    form = page.locator("form[action='/sign-up']")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Password").fill(secrets.token_urlsafe(12))
    form.get_by_role("button").click()
    page.wait_for_url("**/problems")
    _submit(page, "/problems/maxsubarray?language=python3", next(RIGHT.glob("*.py")).read_text())
    broken = _submit(page, "/problems/maxsubarray?language=cpp", "int main() {\n  return 0\n}\n")
    wrong = _submit(page, "/problems/multiheadattention", WRONG.read_text())
    page.goto("/teams")
    page.get_by_label("Name").fill(f"Friday {name}")
    page.get_by_role("button", name="Make a team").click()
    page.wait_for_url("**/teams/*")
    pages = {
        "problems": "/problems",
        "problem": "/problems/multiheadattention",
        "wrong-answer": f"/problems/multiheadattention?submission={wrong}",
        "compile-error": f"/problems/maxsubarray?submission={broken}",
        "submission": f"/submissions/{wrong}",
        "submissions": "/submissions",
        "teams": "/teams",
        "team": urlsplit(page.url).path,
        "profile": f"/users/{name}",
        "tokens": "/tokens",
    }
    boss = browser.new_context(base_url=root, locale="en-GB").new_page()
    boss.goto(admin_link)
    boss.get_by_role("button", name="Sign in").first.click()
    boss.wait_for_url("**/problems")
    world = World(page.context.cookies(), boss.context.cookies(), pages)
    page.context.close()
    boss.context.close()
    return world


def _submit(page: Page, path: str, source: str) -> str:
    """Send a solution, wait for its verdict and return the submission's id."""
    page.goto(path)
    page.locator(".ed [role=textbox]").fill(source)
    page.get_by_role("button", name="Submit").click()
    done = page.locator("#result[data-state=done]")
    done.wait_for(timeout=PATIENCE_MS)
    id = done.get_attribute("data-submission")
    assert id is not None
    return id


def take_all(
    browser: Browser, root: str, world: World, folder: Path, readers: Iterable[Reader] = READERS
) -> list[Path]:
    """Take a screenshot of every page for each reader, as files in `folder`; return them."""
    taken = []
    for seen_by in readers:
        for cookies, pages in (
            ([], VISITOR),
            (world.user, world.pages),
            (world.admin, ADMIN),
        ):
            with _reader(browser, root, cookies, seen_by) as context:
                page = context.new_page()
                for name, path in pages.items():
                    _open(page, path)
                    look = f"{seen_by.language}.{seen_by.theme}.{seen_by.width}"
                    target = folder / f"{name}.{look}.png"
                    page.screenshot(path=target)
                    taken.append(target)
    return taken


def fill_board(browser: Browser, root: str) -> None:
    """Let a few users send solutions from the packages, so that the board isn't empty."""
    for number, name in enumerate(("lin", "小明", "grace", "omar", "苏菲")):
        context = browser.new_context(base_url=root, locale="en-GB")
        account = {"name": name, "password": secrets.token_urlsafe(12)}
        # An earlier run has already filled this service's board.
        if context.request.post("/api/v1/users", data=account).status == HTTPStatus.CONFLICT:
            return
        token = context.request.post("/api/v1/tokens", data=account).json()["token"]
        headers = {"Authorization": f"Bearer {token}"}
        # Each user solves one problem fewer than the one before, the last at the second try.
        last = len(BOARD) - 1 - number
        sent = []
        for place, (slug, language) in enumerate(BOARD.items()):
            tries = ["wrong_answer"] if place >= last else []
            for folder in [*tries, "accepted"] if place <= last else tries:
                programs = sorted((ROOT / "problems" / slug / "submissions" / folder).glob("*.py"))
                source = programs[number % len(programs)].read_text()
                body = {"language": language, "source": source}
                path = f"/api/v1/problems/{slug}/submissions"
                sent.append(context.request.post(path, data=body, headers=headers).json()["id"])
        for id in sent:
            seen = {"state": ""}
            while seen["state"] != "done":
                path = f"/api/v1/submissions/{id}?wait=30"
                seen = context.request.get(path, headers=headers, timeout=PATIENCE_MS).json()
        context.close()


def take_readme(browser: Browser, root: str, world: World, folder: Path) -> list[Path]:
    """Take the README's pictures: the home page, a named mistake, a tensor's difference, the
    board."""
    wrong = world.pages["wrong-answer"]
    english, chinese = Reader("en", "light", 1280, 800), Reader("zh", "dark", 1280, 800)
    taken = []
    for name, path, seen, seen_by, cookies in (
        ("home", "/", "", english, []),
        ("wrong-answer", wrong, "", english, world.user),
        ("tensors", wrong, ".mats", chinese, world.user),
        ("board", "/leaderboard", "", english, world.user),
    ):
        with _reader(browser, root, cookies, seen_by) as context:
            page = context.new_page()
            # Twice: the first page doesn't wait for the mathematical font, the second has it.
            for _ in range(2):
                _open(page, path)
            if seen:
                page.locator(seen).first.scroll_into_view_if_needed()
            target = folder / f"{name}.png"
            page.screenshot(path=target)
            taken.append(target)
    return taken


@contextmanager
def _reader(
    browser: Browser, root: str, cookies: list[Any], reader: Reader
) -> Iterator[BrowserContext]:
    context = browser.new_context(
        base_url=root,
        locale=LANGUAGES[reader.language],
        color_scheme=reader.theme,
        viewport={"width": reader.width, "height": reader.height},
        reduced_motion="reduce",
    )
    context.add_cookies(cookies)
    yield context
    context.close()


def _open(page: Page, path: str) -> None:
    page.goto(path)
    # On a phone the editor appears only when the tab "Code" is chosen.
    if page.locator("#source").count() and page.locator("#source").is_visible():
        page.locator(".ed [role=textbox]").wait_for()
        page.locator(".cm-line span").first.wait_for()


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("root", help="the service's address")
    parser.add_argument("admin_link", help="a one-time link that signs an admin in")
    parser.add_argument(
        "--readme", action="store_true", help="only the README's pictures, in docs/img/"
    )
    given = parser.parse_args()
    folder = README if given.readme else ALL
    if not given.readme:
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    take = take_readme if given.readme else take_all
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        if given.readme:
            fill_board(browser, given.root)
        world = prepare(browser, given.root, given.admin_link)
        for path in take(browser, given.root, world, folder):
            print(path)
        browser.close()


if __name__ == "__main__":
    main()
