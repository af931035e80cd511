"""Typed text is still there after a reload, another tab, another submission, a chosen file, or a
change of language.

Each test has a service of its own, without workers.
"""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from api.auth import COOKIE
from judge.submissions.lifecycle import read_submission
from tests.browser.conftest import OpenAs, Parts
from tests.browser.people import expect_code, in_editor

PROBLEM = "/problems/maxsubarray?language=python3"


def opened(parts: Parts, open_as: OpenAs, reader: str, path: str = PROBLEM) -> Page:
    account = parts.service.account() if reader == "member" else None
    return open_as(parts.service, path, account)


def write(page: Page, code: str) -> None:
    """Write it, and wait until it is kept."""
    in_editor(page).fill(code)
    expect(page.locator("#draft-kept")).to_have_text(
        "Draft kept" if page.locator("[data-drafts]").count() else "Draft kept in this browser"
    )


def submit(page: Page, code: str) -> str:
    """Send it, and wait for the panel; the submission's id."""
    write(page, code)
    before = page.locator("#result")
    old = before.get_attribute("data-submission") if before.count() else ""
    page.get_by_role("button", name="Submit").click()
    new = page.locator(f"#result:not([data-submission='{old}'])")
    expect(new).to_have_attribute("data-state", "queued")
    return new.get_attribute("data-submission") or ""


@pytest.mark.parametrize("reader", ["member", "visitor"])
def test_what_is_written_after_a_submission_is_there_after_a_reload(
    parts: Parts, open_as: OpenAs, reader: str
) -> None:
    page = opened(parts, open_as, reader)
    submit(page, "# first")
    write(page, "# first, and more")
    page.reload()
    expect_code(page, "# first, and more")
    expect(page.locator("#result")).to_have_attribute("data-state", "queued")


@pytest.mark.parametrize("reader", ["member", "visitor"])
def test_a_submission_that_is_opened_leaves_the_draft_beside_it(
    parts: Parts, open_as: OpenAs, reader: str
) -> None:
    page = opened(parts, open_as, reader)
    id = submit(page, "# sent")
    write(page, "# my draft")
    page.goto(f"/problems/maxsubarray?submission={id}")
    expect_code(page, "# sent")
    note = page.get_by_role("region", name="Your other draft")
    expect(note.locator("pre")).to_have_text("# my draft", use_inner_text=False)
    write(page, "# from the sent one")
    page.reload()
    expect_code(page, "# from the sent one")
    note.get_by_role("button", name="Take the other").click()
    expect_code(page, "# my draft")


def test_of_a_visitor_s_two_tabs_neither_text_is_lost(parts: Parts, open_as: OpenAs) -> None:
    page = opened(parts, open_as, "visitor")
    expect(in_editor(page)).to_be_visible()
    other = page.context.new_page()
    other.goto(PROBLEM)
    write(page, "# in the first tab")
    write(other, "# in the second tab")
    note = other.get_by_role("region", name="Your other draft")
    note.get_by_role("button", name="Take the other").click()
    expect_code(other, "# in the first tab")
    note.get_by_role("button", name="Take the other").click()
    expect_code(other, "# in the second tab")


def test_a_chosen_file_comes_into_the_editor(parts: Parts, open_as: OpenAs, tmp_path: Path) -> None:
    page = opened(parts, open_as, "member")
    expect(in_editor(page)).to_be_visible()
    file = tmp_path / "kadane.py"
    file.write_text("# from a file\n")
    page.locator("#file").set_input_files(file)
    expect_code(page, "# from a file\n")
    submit(page, "# from a file, and changed\n")
    id = submit(page, "# and changed again\n")
    view = read_submission(parts.service.db, id)
    assert view is not None
    assert view.source == "# and changed again\n"


def test_the_language_of_the_code_stays_after_back_and_in_another_language_of_the_pages(
    parts: Parts, open_as: OpenAs
) -> None:
    page = opened(parts, open_as, "visitor")
    expect(in_editor(page)).to_be_visible()
    page.locator("#language").select_option("cpp")
    write(page, "// in C++")
    page.goto("/problems")
    page.go_back()
    expect_code(page, "// in C++")
    expect(page.locator("#language")).to_have_value("cpp")
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("button", name="提交")).to_be_visible()
    expect_code(page, "// in C++")
    expect(page.locator("#language")).to_have_value("cpp")


def test_what_stands_in_forms_stays_in_another_language_of_the_pages(
    parts: Parts, open_as: OpenAs
) -> None:
    account = parts.service.account()
    page = open_as(parts.service, "/", account)
    page.get_by_label("Your code").fill("# on the first page")
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_label("你的代码")).to_have_value("# on the first page")
    page.get_by_role("button", name="English").click()
    page.goto(PROBLEM)
    page.get_by_role("tab", name="Own input").click()
    page.locator("#input").fill("1\n-7\n")
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("button", name="提交")).to_be_visible()
    expect(page.locator("#input")).to_have_value("1\n-7\n")
    # It is restored once, and not into pages that are opened later.
    page.goto(PROBLEM)
    expect(page.locator("#input")).not_to_have_value("1\n-7\n")


def test_what_was_typed_into_a_refused_form_is_there_after_signing_in_again(
    parts: Parts, open_as: OpenAs
) -> None:
    page = open_as(parts.service, "/teams", parts.service.account("admin"))
    (session,) = [one for one in page.context.cookies() if one["name"] == COOKIE]
    page.get_by_label("Name of the team").fill("A name that took long")
    page.context.clear_cookies(name=COOKIE)
    page.get_by_role("button", name="Make a team").click()
    expect(page.get_by_role("heading", name="Sign in first")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Sign in").click()
    expect(page.get_by_label("Password").first).to_be_visible()
    page.context.add_cookies([{"name": COOKIE, "value": session["value"], "url": page.url}])
    page.goto("/teams")
    expect(page.get_by_label("Name of the team")).to_have_value("A name that took long")
    # An accepted form leaves no stored text.
    page.get_by_role("button", name="Make a team").click()
    expect(page.get_by_role("heading", name="A name that took long")).to_be_visible()
    page.goto("/teams")
    expect(page.get_by_label("Name of the team")).to_have_value("")
    # Nor one whose answer has the same address.
    page.goto("/admin/invitations")
    page.get_by_label("People").fill("7")
    page.get_by_role("button", name="New link").click()
    expect(page.get_by_label("Send this link")).to_be_visible()
    expect(page.get_by_label("People")).to_have_value("1")


def test_where_the_service_can_t_be_reached_the_page_says_so(parts: Parts, open_as: OpenAs) -> None:
    page = opened(parts, open_as, "member")
    write(page, "# my work")
    page.context.set_offline(True)
    page.get_by_role("button", name="Submit").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("can't be reached")
    expect(alert).to_contain_text("Your code is still in the editor.")
    expect_code(page, "# my work")
    page.context.set_offline(False)
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#result")).to_have_attribute("data-state", "queued")
