"""Pages work without a mouse: menus close, and the focus is visible and reaches everything."""

from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from judge.submissions import lifecycle
from judge.submissions.lifecycle import Progress
from judge.verdict import Verdict
from tests.browser.conftest import OpenAs, OpenPage, Parts
from tests.browser.people import in_editor, sign_up
from tests.integration.api.service import judged, results
from worker.checkers.tensors import Tensors

# What has the focus: whether it is seen, and whether something shows that it has it.
FOCUSED = """() => {
  const it = document.activeElement;
  // A pane's button on a phone is its label.
  const seen = it.name === "pane" ? it.nextElementSibling : it;
  const box = seen.getBoundingClientRect();
  const style = getComputedStyle(seen);
  const marked = style.outlineStyle !== "none" || it.matches(".cm-content");
  const shown = box.width > 0 && box.bottom > 0 && box.top < innerHeight;
  it.dataset.reached = "yes";
  return { end: it === document.body, wrong: shown && marked ? "" : it.outerHTML.slice(0, 200) };
}"""
# Return the elements that the keyboard did not reach. Of a group of radio buttons or tabs, only one
# can be reached.
MISSED = """() => [...document.querySelectorAll(
    "a[href], button, input:not([type=radio]), select, textarea, summary, [tabindex='0']")]
  .filter((one) => one.checkVisibility() && one.tabIndex >= 0 && !one.disabled)
  .filter((one) => one.getBoundingClientRect().width > 1 && one.dataset.reached !== "yes")
  .map((one) => one.outerHTML.slice(0, 200))"""


def walk(page: Page) -> list[str]:
    """Go through the page by Tab; return the faults that were found."""
    found = []
    for _ in range(150):
        if page.locator(".cm-content:focus").count():
            page.keyboard.press("Escape")
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused["end"]:
            break
        if focused["wrong"]:
            found.append(focused["wrong"])
    return [f"{page.url}: {one}" for one in (*found, *page.evaluate(MISSED))]


@pytest.mark.parametrize("width", [1280, 390])
def test_the_keyboard_reaches_everything_and_shows_where_it_is(
    open_page: OpenPage, width: int
) -> None:
    page = open_page("/", viewport={"width": width, "height": 800})
    name = sign_up(page)
    found = []
    for path in (
        *("/problems?q=sub", "/problems/maxsubarray?language=python3", "/submissions"),
        *("/leaderboard", "/teams", "/tokens", f"/users/{name}", "/sign-in"),
    ):
        page.goto(path)
        if "maxsubarray" in path and width > 1000:
            expect(in_editor(page)).to_be_visible()
        found += walk(page)
    assert found == []


def test_escape_closes_a_menu_and_so_does_going_on(open_page: OpenPage) -> None:
    page = open_page("/problems/maxsubarray?language=python3")
    for menu in (page.locator(".top .menu"), page.locator(".tool .menu")):
        summary = menu.locator("summary")
        summary.focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(menu.locator(":focus")).to_be_visible()
        page.keyboard.press("Escape")
        expect(summary).to_be_focused()
        expect(menu).not_to_have_attribute("open", "")
        page.keyboard.press("Enter")
        page.locator("#submit").focus()
        expect(menu).not_to_have_attribute("open", "")


def test_the_first_key_leads_past_the_bar(open_page: OpenPage) -> None:
    page = open_page("/problems")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("main :focus")).to_be_visible()


def test_a_button_that_is_pressed_twice_sends_its_form_once(open_page: OpenPage) -> None:
    page = open_page("/")
    sign_up(page)
    page.goto("/teams")
    page.get_by_label("Name").fill("Pressed twice")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    page.get_by_role("button", name="Make a team").dblclick()
    expect(page.get_by_role("heading", name="Pressed twice")).to_be_visible()
    assert sent.count("POST") == 1


def test_alt_and_a_digit_choose_a_part_on_every_keyboard(parts: Parts, open_as: OpenAs) -> None:
    page = open_as(parts.service, "/problems/maxsubarray?language=python3")
    expect(in_editor(page)).to_be_visible()

    def press(key: str, code: str, **more: bool) -> None:
        page.evaluate(
            """([key, code, more]) => document.activeElement.dispatchEvent(
              new KeyboardEvent("keydown", { key, code, altKey: true, bubbles: true, ...more }))""",
            [key, code, more],
        )

    # A Mac's, and a French one.
    press("™", "Digit2")
    expect(in_editor(page)).to_be_focused()
    press("&", "Digit1")
    expect(page.locator("#statement")).to_be_focused()
    # AltGr writes: on Windows it is Ctrl and Alt.
    press("³", "Digit3", ctrlKey=True)
    press("²", "Digit2", modifierAltGraph=True)
    expect(page.locator("#statement")).to_be_focused()


def test_the_first_page_s_solution_is_sent_by_keys_too(parts: Parts, open_as: OpenAs) -> None:
    page = open_as(parts.service, "/", parts.service.account())
    page.get_by_label("Your code").press("Control+Enter")
    expect(page.locator("#result")).to_have_attribute("data-state", "queued")


def test_the_focus_stays_where_it_is_when_that_part_is_drawn_again(
    parts: Parts, open_as: OpenAs
) -> None:
    service = parts.service
    account = service.account()
    id = account.submitted()
    page = open_as(service, f"/submissions/{id}", account)
    link = page.get_by_role("link", name="Open in the editor")
    link.focus()
    service.judge(id, Verdict.WA)
    # The whole page is another one.
    expect(page.get_by_role("heading", name="Tests")).to_be_visible()
    expect(link).to_be_focused()
    # Whoever has left stays where they are.
    id = account.submitted()
    page.goto(f"/submissions/{id}")
    link.focus()
    page.mouse.click(5, 700)
    service.judge(id, Verdict.WA)
    expect(page.get_by_role("heading", name="Tests")).to_be_visible()
    expect(page.locator("body")).to_be_focused()


def test_whoever_looks_at_another_part_of_a_tensor_stays_at_the_tensor(
    parts: Parts, open_as: OpenAs
) -> None:
    service = parts.service
    owner = service.account()
    id = owner.submitted()
    right, wrong = (["0"] * 400 for _ in range(2))
    wrong[399], wrong[0] = "7", "3"
    want, came = (f"tensor out float32 20x20\n{' '.join(one)}\n" for one in (right, wrong))
    difference = Tensors().check(b"", came.encode(), want.encode()).difference
    sample = replace(
        results(Verdict.WA)[0],
        verdict=Verdict.WA,
        difference=difference,
        expected=want,
        output=came,
    )
    claim = service.claim(id)
    assert lifecycle.record(service.db, claim, Progress(total=1, results={1: sample}))
    assert lifecycle.finish(service.db, claim, judged(Verdict.WA))
    page = open_as(service, f"/submissions/{id}", owner)
    page.get_by_role("link", name="[0, 0]").press("Enter")
    expect(page.get_by_text("At index [0, 0]: 3.000 came")).to_be_visible()
    expect(page.locator("summary", has_text="Compare the tensors")).to_be_focused()
