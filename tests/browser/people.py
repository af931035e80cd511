"""Users' actions in a browser that several tests need."""

import itertools

from playwright.sync_api import Locator, Page, expect

PATIENCE_MS = 60_000
PASSWORD = "correct horse battery"
_numbers = itertools.count(1)


def new_name() -> str:
    """A name that nobody has yet."""
    return f"reader{next(_numbers)}"


def sign_up(page: Page) -> str:
    """Make an account by its form; the name."""
    name = new_name()
    page.goto("/sign-in")
    form = page.locator("form[action='/sign-up']")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Password").fill(PASSWORD)
    form.get_by_role("button").click()
    expect(page.get_by_role("heading", name="Problems")).to_be_visible()
    return name


def take_session(browser: Page, of: Page) -> None:
    """Copy the session, and all other cookies, from one browser to the other."""
    for cookie in of.context.cookies():
        name, value = cookie["name"], cookie["value"]
        domain, path = cookie["domain"], cookie["path"]
        browser.context.add_cookies(
            [{"name": name, "value": value, "domain": domain, "path": path}]
        )


def in_editor(page: Page) -> Locator:
    """The editor, once it has taken the text area's place."""
    return page.locator(".ed [role=textbox]")


def expect_code(page: Page, code: str) -> None:
    """Check the code in the editor, which would be sent."""
    expect(page.locator("#source")).to_have_value(code)
