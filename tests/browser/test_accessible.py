"""axe finds no fault on any page, in both themes, both languages and two widths, but not in all
combinations.
"""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenAs, OpenPage, Parts
from tests.browser.people import PATIENCE_MS, in_editor, sign_up

AXE = (Path(__file__).parent / "vendored" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PATHS = (
    "/",
    "/problems",
    "/problems/multiheadattention",
    "/problems/mllmarchitectures",
    "/problems/maxsubarray/solvers",
    "/leaderboard",
    "/sign-in",
)
OWN = ("/submissions", "/teams", "/tokens")


def findings(page: Page) -> list[str]:
    """What axe finds on the page, with the first element of each."""
    found: list[dict[str, Any]] = page.evaluate(
        f"{AXE}; axe.run(document, {{runOnly: {RULES}}}).then((found) => found.violations)"
    )
    return [f"{page.url}: {one['id']} {one['nodes'][0]['html'][:200]}" for one in found]


@pytest.mark.parametrize(
    ("width", "theme", "language"), [(1440, "light", "en-GB"), (390, "dark", "zh-CN")]
)
def test_every_page_is_accessible(
    open_page: OpenPage, width: int, theme: str, language: str
) -> None:
    # axe itself needs scripts that the pages' content security policy forbids.
    page = open_page(
        "/",
        viewport={"width": width, "height": 900},
        color_scheme=theme,
        locale=language,
        bypass_csp=True,
    )
    found = []
    for path in PATHS:
        page.goto(path)
        if "attention" in path and width > 1000:
            expect(in_editor(page)).to_be_visible()
        found += findings(page)
    assert found == []


def test_one_s_own_pages_and_the_verdict_are_accessible(open_page: OpenPage) -> None:
    page = open_page("/", bypass_csp=True)
    name = sign_up(page)
    found = []
    for path in (*OWN, f"/users/{name}"):
        page.goto(path)
        found += findings(page)
    page.goto("/teams")
    page.get_by_label("Name").fill(f"Team {name}")
    page.get_by_role("button", name="Make a team").click()
    page.get_by_role("button", name="New link").click()
    expect(page.get_by_label("Send this link")).to_be_visible()
    found += findings(page)
    page.get_by_label("Name of the set").fill("This week")
    page.get_by_label("Maximum subarray").check()
    page.get_by_role("button", name="New practice set").click()
    expect(page.get_by_role("link", name="This week · open")).to_be_visible()
    for path in (page.url, "/problems"):
        page.goto(path)
        found += findings(page)
    page.goto("/problems/maxsubarray?language=python3")
    for source in ("def max_subarray(nums):\n    return 0\n", "def max_subarray(nums):\n    (\n"):
        in_editor(page).fill(source)
        page.get_by_role("button", name="Submit").click()
        expect(page.locator("#live .said")).to_have_text(
            "Compile error" if "(\n" in source else "Wrong answer", timeout=PATIENCE_MS
        )
        found += findings(page)
    page.goto("/problems/multiheadattention")
    package = Path(__file__).parents[2] / "problems/multiheadattention/submissions"
    in_editor(page).fill((package / "wrong_answer/no_scale.py").read_text())
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".mats").first).to_be_visible(timeout=PATIENCE_MS)
    found += findings(page)
    page.locator("#live").get_by_role("link", name="Details").click()
    expect(page.get_by_role("heading", name="Source")).to_be_visible()
    found += findings(page)
    page.goto(f"/users/{name}")
    expect(page.locator("#mistakes li").first).to_contain_text("not solved since")
    found += findings(page)
    assert found == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_hint_in_an_empty_field_is_as_dark_as_any_other_text(
    parts: Parts, open_as: OpenAs, theme: str
) -> None:
    # axe doesn't look at hints.
    page = open_as(parts.service, "/problems")
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type] # one of the two
    hint, muted = page.evaluate(
        """() => [
          getComputedStyle(document.getElementById("q"), "::placeholder").color,
          getComputedStyle(document.querySelector(".muted")).color,
        ]"""
    )
    assert hint == muted
