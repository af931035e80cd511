"""A person's way from the first page to a verdict, in a real browser over the real service."""

import itertools
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage

PATIENCE_MS = 60_000
PASSWORD = "correct horse battery"
_numbers = itertools.count(1)


def sign_up(page: Page) -> str:
    """Make an account by its form; the name."""
    name = f"reader{next(_numbers)}"
    page.goto("/sign-in")
    form = page.locator("form[action='/sign-up']")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Password").fill(PASSWORD)
    form.get_by_role("button").click()
    expect(page.get_by_role("heading", name="Problems")).to_be_visible()
    return name


def test_without_javascript_a_visitor_reads_submits_and_is_told_the_mistake(
    open_page: OpenPage, sources: Path
) -> None:
    page = open_page("/", java_script_enabled=False)
    page.get_by_role("link", name="Maximum subarray").first.click()
    wrong = sources / "maxsubarray/submissions/wrong_answer/starts_at_zero.py"
    page.get_by_label("Your code").fill(wrong.read_text())
    page.get_by_placeholder("Name").fill(f"reader{next(_numbers)}")
    page.get_by_placeholder("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make an account and submit").click()
    # The page renews itself.
    expect(page.locator(".said")).to_have_text("Wrong answer", timeout=PATIENCE_MS)
    expect(page.get_by_text("This is a known mistake")).to_be_visible()
    page.get_by_role("link", name="Open in the editor").click()
    expect(page.get_by_label("Your code")).to_have_value(wrong.read_text())


def test_a_compile_error_links_to_its_line(open_page: OpenPage) -> None:
    page = open_page("/", java_script_enabled=False)
    sign_up(page)
    page.goto("/problems/maxsubarray")
    page.get_by_label("Your code").fill("def max_subarray(nums):\n    return (\n")
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".said")).to_have_text("Compile error", timeout=PATIENCE_MS)


def test_the_pages_fit_a_phone(open_page: OpenPage) -> None:
    for path in ("/", "/problems", "/problems/multiheadattention", "/leaderboard", "/sign-in"):
        page = open_page(path, viewport={"width": 390, "height": 844}, color_scheme="dark")
        wide, seen = (
            page.evaluate(f"document.documentElement.{name}")
            for name in ("scrollWidth", "clientWidth")
        )
        assert wide <= seen, path
