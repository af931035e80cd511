"""A person's way from the first page to a verdict, in a real browser over the real service."""

from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.people import (
    PASSWORD,
    PATIENCE_MS,
    expect_code,
    in_editor,
    new_name,
    sign_up,
)


def test_one_click_from_the_first_page_to_a_verdict_that_names_the_mistake(
    open_page: OpenPage,
) -> None:
    page = open_page("/")
    page.get_by_role("button", name="Submit", exact=True).click()
    expect(page.locator(".said")).to_have_text("Wrong answer", timeout=PATIENCE_MS)
    expect(page.get_by_text("This is a known mistake")).to_be_visible()
    page.get_by_role("link", name="Keep it: make an account").click()
    name = new_name()
    form = page.locator("form[action='/sign-up']")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Password").fill(PASSWORD)
    form.get_by_role("button").click()
    expect(page.locator(".said")).to_have_text("Wrong answer")
    expect(page.locator("main")).to_contain_text(name)


def test_without_javascript_a_visitor_reads_submits_and_is_told_the_mistake(
    open_page: OpenPage, sources: Path
) -> None:
    page = open_page("/", java_script_enabled=False)
    page.get_by_role("link", name="Maximum subarray").first.click()
    wrong = sources / "maxsubarray/submissions/wrong_answer/starts_at_zero.py"
    page.get_by_label("Your code").fill(wrong.read_text())
    page.get_by_label("Language", exact=True).select_option("python3")
    page.get_by_role("button", name="Submit").click()
    # The page renews itself.
    expect(page.locator(".said")).to_have_text("Wrong answer", timeout=PATIENCE_MS)
    expect(page.get_by_text("This is a known mistake")).to_be_visible()
    page.get_by_role("link", name="Open in the editor").click()
    expect(page.get_by_label("Your code")).to_have_value(wrong.read_text())


def test_with_scripts_a_visitor_s_first_submission_stays_on_the_page(open_page: OpenPage) -> None:
    page = open_page("/problems/maxsubarray?language=python3")
    in_editor(page).fill("def max_subarray(nums):\n    return 0\n")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#live .said")).to_have_text("Wrong answer", timeout=PATIENCE_MS)
    expect_code(page, "def max_subarray(nums):\n    return 0\n")


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


def test_formulas_are_set_with_our_own_font(open_page: OpenPage) -> None:
    page = open_page("/problems/multiheadattention")
    expect(page.locator("math").first).to_be_visible()
    loaded = page.evaluate(
        """() => document.fonts.ready.then(
          fonts => [...fonts].filter(one => one.status === "loaded").map(one => one.family)
        )"""
    )
    assert "Shousi Math" in [name.strip('"') for name in loaded]
