"""An interview in a browser: the clock runs, hidden tests reveal nothing, and the report shows
everything.
"""

import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.people import PATIENCE_MS, in_editor, sign_up
from tests.browser.test_accessible import findings

TITLE = "A multimodal interview, from notes"


def test_an_interview_from_its_start_to_its_report(open_page: OpenPage, sources: Path) -> None:
    page = open_page("/", bypass_csp=True)  # axe needs what the policy forbids to the pages
    sign_up(page)
    page.goto("/interviews")
    found = findings(page)
    page.get_by_role("button", name=f"Start {TITLE}").click()
    clock = page.get_by_role("timer")
    expect(clock).to_have_text(re.compile(r"^4[45]:\d\d$"))
    # It runs by itself.
    expect(clock).not_to_have_text(clock.inner_text(), timeout=PATIENCE_MS)
    found += findings(page)
    page.get_by_role("link", name="Longest subarray").click()
    expect(page.get_by_role("timer")).to_be_visible()
    package = sources / "longestsubarray/submissions"
    page.get_by_label("Language", exact=True).select_option("python3")
    in_editor(page).fill((package / "time_limit_exceeded/quadratic.py").read_text())
    page.get_by_role("button", name="Submit").click()
    said = page.locator("#live .said")
    expect(said).to_have_text("Wrong answer", timeout=PATIENCE_MS)
    live = page.locator("#live")
    expect(live).to_contain_text("The hidden tests reject it.")
    expect(live).to_contain_text("samples pass")
    found += findings(page)
    in_editor(page).fill((package / "accepted/sliding_window.py").read_text())
    page.get_by_role("button", name="Submit").click()
    expect(said).to_have_text("Accepted", timeout=PATIENCE_MS)
    page.get_by_role("link", name="Back to the interview").click()
    expect(page.locator("#round1")).to_contain_text("Passed")
    for number in (1, 2):
        page.get_by_text("End this round early").click()
        page.get_by_role("button", name=f"End round {number}").click()
    expect(page).to_have_title(f"Report: {TITLE} · Shousi")
    solved = page.get_by_role("region", name="Longest subarray")
    # Now the reason is shown why the submission failed.
    expect(solved.locator(".v")).to_have_text(["TLE Time limit exceeded", "AC Accepted"])
    expect(solved).to_contain_text("2 attempts")
    found += findings(page)
    assert found == []
