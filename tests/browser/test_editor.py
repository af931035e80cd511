"""The editor completes code, stores drafts, marks lines, supports every language, and keeps to the
content security policy (a violation is an error on the console, which fails any test here).
"""

import re

import pytest
from playwright.sync_api import Page, expect

from judge.languages import LANGUAGES
from tests.browser.conftest import OpenPage
from tests.browser.people import (
    PASSWORD,
    PATIENCE_MS,
    expect_code,
    in_editor,
    sign_up,
    take_session,
)

PROBLEM = "/problems/maxsubarray?language=python3"


def choose(page: Page, language: str) -> None:
    page.locator("#language").select_option(language)


@pytest.mark.parametrize("locale", ["en-GB", "zh-CN"])
def test_every_language_is_coloured(open_page: OpenPage, locale: str) -> None:
    page = open_page(PROBLEM, locale=locale)
    for language in LANGUAGES.keys() - {"pytorch", "answers"}:
        choose(page, language)
        expect(page.locator(".cm-line .k").first).to_be_visible()
    page.goto("/problems/multiheadattention")
    expect(page.locator(".cm-line .k").first).to_be_visible()
    page.keyboard.press("Alt+2")
    page.keyboard.press("Control+f")
    expect(page.get_by_label("查找" if locale == "zh-CN" else "Find", exact=True)).to_be_focused()


def test_names_of_the_template_are_completed(open_page: OpenPage) -> None:
    page = open_page("/problems/multiheadattention")
    in_editor(page).click()
    page.keyboard.press("Control+End")
    page.keyboard.type("Atten")
    expect(page.get_by_role("option", name="Attention").first).to_be_visible()
    page.wait_for_timeout(200)  # what has just come up is not taken by accident
    page.keyboard.press("Tab")
    expect(page.locator("#source")).to_have_value(re.compile(r"Attention$"))


def test_a_failing_line_is_marked_until_it_is_judged_again(open_page: OpenPage) -> None:
    page = open_page(PROBLEM)
    in_editor(page).fill("def max_subarray(nums):\n    x = 1\n    return self.best\n")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#live .said")).to_have_text("Run-time error", timeout=PATIENCE_MS)
    expect(page.locator(".cm-lintRange-error")).to_have_text("return self.best")
    page.locator("#live").get_by_role("link", name="Line 3").first.click()
    expect(in_editor(page)).to_be_focused()
    in_editor(page).fill("def max_subarray(nums):\n    return 0\n")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#live .said")).to_have_text("Wrong answer", timeout=PATIENCE_MS)
    expect(page.locator(".cm-lintRange-error")).to_have_count(0)


def test_a_guest_s_draft_is_kept_in_the_browser_for_each_language(open_page: OpenPage) -> None:
    page = open_page(PROBLEM)
    template = page.locator("#source").input_value()
    in_editor(page).fill("# mine")
    choose(page, "cpp")
    expect(page.locator("#source")).not_to_have_value("# mine")
    assert page.locator("#source").input_value() != template
    choose(page, "python3")
    expect_code(page, "# mine")
    page.goto("/problems")
    page.goto(PROBLEM)
    expect_code(page, "# mine")
    page.get_by_text("Template").click()
    page.locator("#take-template").click()
    expect_code(page, template)


def test_a_user_s_draft_follows_to_another_browser(open_page: OpenPage) -> None:
    page = open_page("/")
    sign_up(page)
    page.goto(PROBLEM)
    template = page.locator("#source").input_value()
    in_editor(page).fill("# on the server")
    expect(page.get_by_text("Draft kept", exact=True)).to_be_visible()
    assert page.evaluate("localStorage.length") == 0
    other = open_page("/", java_script_enabled=False)
    take_session(other, page)
    other.goto(PROBLEM)
    expect_code(other, "# on the server")
    page.get_by_text("Template").click()
    page.locator("#take-template").click()
    expect(page.get_by_text("Draft kept", exact=True)).to_be_visible()
    other.reload()
    expect_code(other, template)


def test_what_could_not_be_sent_is_not_lost(open_page: OpenPage) -> None:
    page = open_page("/")
    sign_up(page)
    page.goto(PROBLEM)
    in_editor(page).fill("# typed in the last moment")
    page.goto("/problems")
    page.goto(PROBLEM)
    expect_code(page, "# typed in the last moment")
    expect(page.get_by_text("Draft kept", exact=True)).to_be_visible()


def two_browsers(open_page: OpenPage) -> tuple[Page, Page]:
    """The problem's page in two browsers of one user."""
    page = open_page("/")
    sign_up(page)
    page.goto(PROBLEM)
    other = open_page("/")
    take_session(other, page)
    other.goto(PROBLEM)
    return page, other


def write(page: Page, code: str) -> None:
    """Write it, and wait until the server has it."""
    with page.expect_response(lambda answer: answer.request.method == "PUT"):
        in_editor(page).fill(code)
    expect(page.get_by_text("Draft kept", exact=True)).to_be_visible()


def test_of_two_browsers_drafts_neither_is_lost(open_page: OpenPage) -> None:
    page, other = two_browsers(open_page)
    write(page, "# first")
    in_editor(other).fill("# second")
    note = other.get_by_role("region", name="Your other draft")
    expect(note).to_contain_text("Another draft was kept elsewhere")
    note.get_by_text("Show the other draft").click()
    expect(note.locator("pre")).to_have_text("# first")
    # Nothing is sent until the user has decided, and a new visit asks again.
    in_editor(other).fill("# second, longer")
    expect(other.get_by_text("Draft kept in this browser")).to_be_visible()
    other.goto("/problems")
    other.goto(PROBLEM)
    expect_code(other, "# second, longer")
    note.get_by_role("button", name="Take the other").click()
    expect_code(other, "# first")
    expect(note).to_contain_text("You have another draft here")
    note.get_by_role("button", name="Take the other").click()
    expect_code(other, "# second, longer")
    expect(other.get_by_text("Draft kept", exact=True)).to_be_visible()
    # Now the first browser's is the older one.
    in_editor(page).fill("# first, longer")
    note = page.get_by_role("region", name="Your other draft")
    note.get_by_role("button", name="Keep mine").click()
    expect(page.get_by_text("Draft kept", exact=True)).to_be_visible()
    page.reload()
    expect_code(page, "# first, longer")
    note.get_by_text("Show the other draft").click()
    expect(note.locator("pre")).to_have_text("# second, longer")
    note.get_by_role("button", name="Forget the other").click()
    expect(note).to_be_hidden()
    assert page.evaluate("localStorage.length") == 0


def test_who_comes_back_learns_of_a_draft_from_elsewhere(open_page: OpenPage) -> None:
    page, other = two_browsers(open_page)
    write(page, "# first")
    other.reload()
    write(other, "# first and second")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    note = page.get_by_role("region", name="Your other draft")
    note.get_by_role("button", name="Take the other").click()
    expect_code(page, "# first and second")


def test_what_was_stored_though_no_answer_came_is_no_other_draft(open_page: OpenPage) -> None:
    page = open_page("/")
    sign_up(page)
    page.goto(PROBLEM)
    # The server stores it, and the answer gets lost.
    page.route("**/drafts/**", lambda route: route.fetch())
    with page.expect_request("**/drafts/**"):
        in_editor(page).fill("# stored")
    in_editor(page).fill("# stored, and more")
    page.goto("/problems")
    page.unroute("**/drafts/**")
    page.goto(PROBLEM)
    expect_code(page, "# stored, and more")
    expect(page.get_by_text("Draft kept", exact=True)).to_be_visible()
    expect(page.locator("#elsewhere")).to_be_hidden()


def sign_in(page: Page, name: str) -> None:
    form = page.locator("form[action='/sign-in']")
    form.get_by_label("Name").fill(name)
    form.get_by_label("Password").fill(PASSWORD)
    form.get_by_role("button").click()


def test_what_was_written_comes_back_after_the_session_has_ended(open_page: OpenPage) -> None:
    page = open_page("/")
    name = sign_up(page)
    page.goto(PROBLEM)
    page.context.clear_cookies(name="shousi_session")
    in_editor(page).fill("# long work")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert")).to_contain_text("your session has ended")
    expect(page.get_by_role("alert")).to_contain_text("Your code is still in the editor")
    expect_code(page, "# long work")
    page.get_by_role("link", name="Sign in and come back").click()
    sign_in(page, name)
    expect_code(page, "# long work")
    expect(page.get_by_text("Draft kept", exact=True)).to_be_visible()


def test_what_a_visitor_has_written_comes_along_to_the_account(open_page: OpenPage) -> None:
    page = open_page(PROBLEM)
    in_editor(page).fill("# before the account")
    name = sign_up(page)
    page.goto(PROBLEM)
    expect_code(page, "# before the account")
    expect(page.get_by_text("Draft kept", exact=True)).to_be_visible()
    # Where the account has a draft, the visitor's waits beside it.
    page.context.clear_cookies(name="shousi_session")
    page.goto(PROBLEM)
    in_editor(page).fill("# as a visitor once more")
    page.goto(f"/sign-in?next={PROBLEM}")
    sign_in(page, name)
    expect_code(page, "# before the account")
    note = page.get_by_role("region", name="Your other draft")
    note.get_by_role("button", name="Take the other").click()
    expect_code(page, "# as a visitor once more")


def test_on_a_phone_the_editor_is_fetched_when_code_is_chosen(open_page: OpenPage) -> None:
    page = open_page(PROBLEM, viewport={"width": 390, "height": 844})
    assert in_editor(page).count() == 0
    page.get_by_text("Code", exact=True).click()
    expect(in_editor(page)).to_be_visible()


def test_the_keyboard_leaves_the_editor(open_page: OpenPage) -> None:
    page = open_page(PROBLEM)
    in_editor(page).click()
    hint = page.get_by_text("leaves the editor")
    page.keyboard.press("Tab")
    expect(in_editor(page)).to_be_focused()
    expect(hint).to_be_in_viewport()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(in_editor(page)).not_to_be_focused()
    # A screen reader announces it, too.
    expect(in_editor(page)).to_have_accessible_description("Esc Tab leaves the editor")
