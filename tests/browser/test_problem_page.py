"""The problem's page, used by touch or keyboard: its tabs and their content."""

from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.conftest import OpenPage
from tests.browser.people import PATIENCE_MS, in_editor, sign_up, take_session
from tests.support.launched import Launched

PROBLEM = "/problems/maxsubarray?language=python3"
PHONE: ViewportSize = {"width": 390, "height": 844}
QUIZ = "/problems/mllmarchitectures"
WRONG = "def max_subarray(nums):\n    return 0\n"


def submit(page: Page, source: str, verdict: str) -> None:
    in_editor(page).fill(source)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#live .said")).to_have_text(verdict, timeout=PATIENCE_MS)


def test_on_a_phone_the_tab_of_the_result_carries_how_far_it_is_and_the_verdict(
    open_page: OpenPage,
) -> None:
    page = open_page("/", viewport=PHONE)
    sign_up(page)
    page.goto(PROBLEM)
    page.get_by_text("Code", exact=True).click()
    page.evaluate(
        """() => {
          const tab = document.querySelector("label[for=p3]");
          window.badges = [];
          new MutationObserver(() => badges.push(tab.querySelector(".v")?.className)).observe(tab, {
            childList: true,
            subtree: true,
          });
        }"""
    )
    submit(page, WRONG, "Wrong answer")
    badges = page.evaluate("badges")
    assert (badges[0], badges[-1]) == ("v run", "v wa")
    # The page scrolls here, not the panel, which reserves no room for a scroll bar.
    outer, inner = (
        page.evaluate(f"document.getElementById('panel').{name}")
        for name in ("offsetWidth", "clientWidth")
    )
    assert outer == inner
    page.get_by_text("Statement", exact=True).first.click()
    badge = page.locator("label[for=p3] .v")
    expect(badge).to_have_text("WA Wrong answer")
    page.reload()
    expect(badge).to_have_text("WA Wrong answer")


def test_the_panel_has_tabs_and_opens_the_result_by_itself(open_page: OpenPage) -> None:
    page = open_page("/")
    sign_up(page)
    page.goto(PROBLEM)
    samples, own, result = (
        page.get_by_role("tab", name=name) for name in ("Samples", "Own input", "Result")
    )
    expect(samples).to_have_attribute("aria-selected", "true")
    expect(result).to_be_hidden()
    samples.focus()
    page.keyboard.press("ArrowRight")
    expect(own).to_be_focused()
    expect(page.get_by_role("tabpanel", name="Own input").get_by_role("textbox")).to_be_visible()
    expect(page.get_by_role("tabpanel")).to_have_count(1)
    # There is no result yet.
    page.keyboard.press("ArrowRight")
    expect(samples).to_be_focused()
    submit(page, WRONG, "Wrong answer")
    expect(result).to_have_attribute("aria-selected", "true")
    expect(result).to_have_text("Result WA Wrong answer")
    expect(page.get_by_role("tabpanel")).to_have_count(1)
    result.focus()
    page.keyboard.press("Home")
    expect(page.get_by_role("tabpanel", name="Samples").locator("pre").first).to_be_visible()
    page.reload()
    expect(result).to_have_attribute("aria-selected", "true")
    samples.click()
    expect(page.get_by_role("tabpanel", name="Samples").locator("pre").first).to_be_visible()
    page.keyboard.press("Control+'")
    expect(result).to_have_attribute("aria-selected", "true")
    expect(page.locator("#live")).to_contain_text("it counts nowhere", timeout=PATIENCE_MS)
    # The same keys run the user's own input if it is open.
    own.click()
    page.get_by_label("Own input", exact=True).last.fill("1\n-7\n")
    page.keyboard.press("Control+'")
    expect(page.locator("#live")).to_contain_text("own · Input", timeout=PATIENCE_MS)


def test_whoever_presses_the_button_is_led_to_the_verdict_and_nobody_else(
    open_page: OpenPage,
) -> None:
    page = open_page("/")
    sign_up(page)
    page.goto(PROBLEM)
    submit(page, WRONG, "Wrong answer")
    expect(in_editor(page)).to_be_focused()
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#live .said")).to_be_focused(timeout=PATIENCE_MS)


def test_where_a_script_can_t_be_loaded_the_page_is_as_without_any(
    launched: Launched, chromium: Browser
) -> None:
    # Its console says that the script is missing, which is a failure of other pages.
    page = chromium.new_page(base_url=launched.url.removesuffix("/api/v1"))
    page.route("**/shousi.js", lambda route: route.abort())
    page.goto(PROBLEM)
    expect(page.get_by_role("tab")).to_have_count(0)
    expect(page.locator("#samples pre").first).to_be_visible()
    page.locator("#own-input summary").click()
    expect(page.locator("#input")).to_be_visible()
    page.close()


def test_without_javascript_the_panel_s_parts_fold(open_page: OpenPage) -> None:
    page = open_page(PROBLEM, java_script_enabled=False)
    expect(page.get_by_role("tab")).to_have_count(0)
    expect(page.locator("#samples pre").first).to_be_visible()
    page.locator("#own-input summary").click()
    expect(page.locator("#input")).to_be_visible()


def test_the_statement_s_width_is_changed_by_keys_and_by_the_pointer_and_kept(
    open_page: OpenPage,
) -> None:
    page = open_page(PROBLEM, viewport={"width": 1440, "height": 900})
    divider = page.get_by_role("separator", name="Width of the statement")

    def expect_share(share: int) -> None:
        expect(divider).to_have_attribute("aria-valuenow", str(share))
        wide, whole = (
            page.evaluate(f"document.querySelector('{one}').offsetWidth")
            for one in ("#statement", "main")
        )
        assert round(100 * wide / whole) == share

    divider.focus()
    expect_share(44)
    for key, share in (("ArrowRight", 46), ("ArrowLeft", 44), ("Home", 20), ("End", 72)):
        page.keyboard.press(key)
        expect_share(share)
    # Drawn by the server, so that a script moves nothing: here none runs at all.
    without = open_page("/", java_script_enabled=False, viewport={"width": 1440, "height": 900})
    take_session(without, page)
    without.goto(PROBLEM)
    wide = without.locator("#statement").bounding_box()
    assert wide is not None
    assert round(100 * wide["width"] / 1440) == 72
    page.reload()
    expect_share(72)
    divider.hover()
    page.mouse.down()
    page.mouse.move(720, 450)
    page.mouse.up()
    expect_share(50)
    page.mouse.move(900, 450)
    expect_share(50)
    page.set_viewport_size(PHONE)
    expect(divider).to_be_hidden()
    wide, seen = (
        page.evaluate(f"document.documentElement.{name}") for name in ("scrollWidth", "clientWidth")
    )
    assert wide <= seen
    page.set_viewport_size({"width": 1440, "height": 900})
    divider.dblclick()
    expect_share(44)
    page.reload()
    expect_share(44)


def test_a_user_s_answers_to_a_quiz_are_kept_on_the_server(open_page: OpenPage) -> None:
    page = open_page("/")
    sign_up(page)
    page.goto(QUIZ)
    choices, places = page.get_by_role("radio"), page.get_by_role("combobox")
    kept = page.get_by_text("Draft kept", exact=True)
    choices.nth(1).check()
    page.get_by_role("checkbox").first.check()
    # An order that is not finished.
    places.first.select_option("2")
    expect(kept).to_be_visible()
    assert page.evaluate("localStorage.length") == 0
    other = open_page("/", java_script_enabled=False)
    take_session(other, page)
    other.goto(QUIZ)
    expect(other.get_by_role("radio").nth(1)).to_be_checked()
    expect(other.get_by_role("checkbox").first).to_be_checked()
    expect(other.get_by_role("combobox").first).to_have_value("2")


def test_of_two_browsers_answers_neither_is_lost(open_page: OpenPage) -> None:
    page = open_page("/")
    sign_up(page)
    page.goto(QUIZ)
    other = open_page("/")
    take_session(other, page)
    other.goto(QUIZ)
    page.get_by_role("radio").nth(0).check()
    expect(page.get_by_text("Draft kept", exact=True)).to_be_visible()
    other.get_by_role("radio").nth(1).check()
    note = other.get_by_role("region", name="Your other draft")
    expect(note).to_contain_text("Another draft was kept elsewhere")
    note.get_by_role("button", name="Take the other").click()
    expect(other.get_by_role("radio").nth(0)).to_be_checked()
    expect(note).to_contain_text("stays until you forget it")
    note.get_by_role("button", name="Take the other").click()
    expect(other.get_by_role("radio").nth(1)).to_be_checked()
    expect(other.get_by_text("Draft kept", exact=True)).to_be_visible()


def test_a_quiz_s_answers_are_kept_and_sent_by_keys(open_page: OpenPage) -> None:
    page = open_page(QUIZ)
    choices, places = page.get_by_role("radio"), page.get_by_role("combobox")
    choices.nth(1).check()
    page.get_by_role("checkbox").first.check()
    places.first.select_option("2")
    page.goto("/problems")
    page.goto(QUIZ)
    expect(choices.nth(1)).to_be_checked()
    expect(choices.first).not_to_be_checked()
    expect(page.get_by_role("checkbox").first).to_be_checked()
    expect(places.first).to_have_value("2")
    places.first.select_option("")
    choices.nth(1).focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#live .said")).to_have_text("Wrong answer", timeout=PATIENCE_MS)
