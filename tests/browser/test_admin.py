"""An admin in a real browser: packages refused, checked and published; a rejudge with preview."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.people import PATIENCE_MS, in_editor, sign_up
from tests.browser.test_accessible import findings
from tests.integration.uploads.sending import package
from tests.support.launched import Launched

ABSOLUTE = "def total(numbers):\n    return abs(sum(numbers))\n"
SEES_THE_SIGN = (
    "submissions/wrong_answer/absolute.py",
    "data/secret/02-negative.in",
    "data/secret/02-negative.ans",
)


def sign_in_as_admin(page: Page, launched: Launched) -> None:
    link = json.loads(launched.shousi("admin", "link", "--json").stdout)["link"]
    page.goto(link)
    page.get_by_role("button", name="Sign in").first.click()
    expect(page.get_by_role("heading", name="Problems")).to_be_visible()


def send(page: Page, path: Path, archive: bytes, button: str) -> None:
    path.write_bytes(archive)
    page.goto("/admin/uploads")
    page.locator("#package").set_input_files(path)
    page.get_by_role("button", name=button).click()


def state(page: Page, wanted: str) -> None:
    expect(page.locator(f"[data-state={wanted}]")).to_be_visible(timeout=PATIENCE_MS)


def submit(page: Page, slug: str, source: str, verdict: str) -> None:
    page.goto(f"/problems/{slug}?language=python3")
    in_editor(page).fill(source)
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#live .said")).to_have_text(verdict, timeout=PATIENCE_MS)


def test_the_focus_stays_where_it_is_when_the_queue_s_figures_are_renewed(
    open_page: OpenPage, launched: Launched
) -> None:
    page = open_page("/")
    sign_in_as_admin(page, launched)
    page.goto("/admin/queue")
    page.get_by_role("button", name="Drain").focus()
    page.evaluate("document.getElementById('now').dataset.old = 'yes'")
    expect(page.locator("#now[data-old]")).to_have_count(0)
    expect(page.get_by_role("button", name="Drain")).to_be_focused()


def test_figures_that_can_t_be_renewed_stay(open_page: OpenPage, launched: Launched) -> None:
    page = open_page("/")
    sign_in_as_admin(page, launched)
    page.goto("/admin/queue")
    page.route("**/admin/queue", lambda route: route.fulfill(status=401, body="{}"))
    # Whatever the first answer does to the page, a second one is asked for.
    for _ in range(2):
        with page.expect_response("**/admin/queue"):
            pass
    expect(page.locator("#now")).to_be_visible()
    page.evaluate("document.getElementById('now').dataset.old = 'yes'")
    page.unroute("**/admin/queue")
    expect(page.locator("#now[data-old]")).to_have_count(0)


def test_a_package_is_refused_then_checked_then_published_and_judged_again(
    open_page: OpenPage, launched: Launched, tmp_path: Path
) -> None:
    page = open_page("/")
    sign_in_as_admin(page, launched)
    right = "def total(numbers):\n    return sum(numbers)\n"
    unseen = package("pagesum", {"submissions/wrong_answer/not_wrong.py": right})
    send(page, tmp_path / "pagesum.zip", unseen, "Check and publish")
    state(page, "refused")
    expect(page.get_by_text("No test refuses it. Add one that does.")).to_be_visible()
    # Version 1 doesn't see the sign.
    blind = package("pagesum", dict.fromkeys(SEES_THE_SIGN))
    send(page, tmp_path / "pagesum.zip", blind, "Only check")
    state(page, "checked")
    page.get_by_role("button", name="Publish").click()
    state(page, "published")
    expect(page.locator("b", has_text="Published as version 1")).to_be_visible()
    coder = open_page("/")
    name = sign_up(coder)
    submit(coder, "pagesum", ABSOLUTE, "Accepted")
    submit(coder, "pagesum", ABSOLUTE, "Accepted")
    one = coder.locator("#result").get_attribute("data-submission")
    send(page, tmp_path / "pagesum.zip", package("pagesum"), "Check and publish")
    state(page, "published")
    page.goto(f"/submissions/{one}")
    page.get_by_text("Judge it again").click()
    page.get_by_role("button", name="Judge it by the newest version").click()
    expect(page.locator("#live .said")).to_have_text("Wrong answer", timeout=PATIENCE_MS)
    for button in ("Drop this rejudge", "Let the 1 change count"):
        page.goto("/admin/problems")
        page.get_by_role("button", name="Rejudge, with a preview pagesum").click()
        expect(page.get_by_role("button", name="Let the 1 change count")).to_be_visible(
            timeout=PATIENCE_MS
        )
        expect(page.get_by_role("row", name=name)).to_be_visible()
        coder.goto("/submissions?problem=pagesum")
        expect(coder.get_by_role("table")).to_contain_text("AC")
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("button", name=button)).to_have_count(0)
    expect(page.get_by_text("It counts")).to_be_visible()
    coder.reload()
    expect(coder.locator("table .v")).to_have_text(["WA Wrong answer"] * 2)
    page.goto("/admin/problems/pagesum")
    expect(page.get_by_role("row")).to_have_count(3)
    page.goto("/admin/log")
    for action in ("applyRejudge", "rejudgeSubmission"):
        expect(page.get_by_role("table")).to_contain_text(action)


@pytest.mark.parametrize(("width", "locale"), [(1440, "en-GB"), (390, "zh-CN")])
def test_the_admin_s_pages_are_accessible_and_fit(
    open_page: OpenPage, launched: Launched, tmp_path: Path, width: int, locale: str
) -> None:
    page = open_page("/", bypass_csp=True, locale=locale, viewport={"width": width, "height": 900})
    link = json.loads(launched.shousi("admin", "link", "--json").stdout)["link"]
    page.goto(link)
    page.locator("form[action='/sign-in'] button").first.click()
    page.wait_for_url("**/problems")
    path = tmp_path / "fits.zip"
    path.write_bytes(package("fits", {"judge.yaml": "kind: nonsense"}))
    page.goto("/admin/uploads")
    page.locator("#package").set_input_files(path)
    page.locator(".drop button").first.click()
    state(page, "refused")
    found = findings(page)
    for name in ("uploads", "problems", "rejudges", "queue", "users", "invitations", "log"):
        page.goto(f"/admin/{name}")
        found += findings(page)
        wide, seen = (
            page.evaluate(f"document.documentElement.{one}")
            for one in ("scrollWidth", "clientWidth")
        )
        assert wide <= seen, name
    assert found == []
