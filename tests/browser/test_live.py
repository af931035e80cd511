"""The problem's page with scripts: the verdict comes into the page, the draft stays in it."""

import subprocess
from pathlib import Path

from playwright.sync_api import Page, expect

from judge.submissions import lifecycle
from judge.submissions.lifecycle import Progress
from judge.verdict import Verdict
from tests.browser.conftest import OpenAs, OpenPage, Parts
from tests.browser.people import PATIENCE_MS, expect_code, in_editor, sign_up
from tests.integration.api.service import judged, results
from tests.support.launched import Launched
from tests.support.missing import missing
from tests.support.torch_runner import RUNNER_PYTHON


def said(page: Page, text: str) -> None:
    expect(page.locator("#live .said")).to_have_text(text, timeout=PATIENCE_MS)


def test_the_verdict_comes_into_the_page_and_names_the_mistake(
    open_page: OpenPage, sources: Path
) -> None:
    page = open_page("/")
    sign_up(page)
    page.goto("/problems/multiheadattention")
    package = sources / "multiheadattention/submissions"
    in_editor(page).fill((package / "wrong_answer/no_scale.py").read_text())
    page.keyboard.press("Control+Enter")
    said(page, "Wrong answer")
    expect(page.get_by_text("This is a known mistake")).to_be_visible()
    expect(page.locator("#announced")).to_contain_text("Wrong answer")
    # The sample's tensor: its worst cell is framed in each of the three matrices.
    expect(page.locator("#live details").first.locator(".worst")).to_have_text(
        ["0.523", "0.204", "0.318"]
    )
    expect(page.get_by_text("1,323 times what is allowed: a different formula")).to_be_visible()
    assert "?result=" in page.url
    right = next((package / "accepted").glob("*.py")).read_text()
    in_editor(page).fill(right)
    page.get_by_role("button", name="Submit").click()
    said(page, "Accepted")
    page.reload()
    said(page, "Accepted")
    expect_code(page, right)


def test_a_failing_sample_is_downloaded_and_fails_on_one_s_own_machine(
    open_page: OpenPage, launched: Launched, sources: Path, tmp_path: Path
) -> None:
    page = open_page("/problems/multiheadattention", accept_downloads=True)
    wrong = sources / "multiheadattention/submissions/wrong_answer/no_scale.py"
    in_editor(page).fill(wrong.read_text())
    page.keyboard.press("Control+'")
    said(page, "Wrong answer")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download sample/1 as a script").click()
    assert download.value.suggested_filename == "multiheadattention-1.py"
    script = tmp_path / "script.py"
    download.value.save_as(script)
    if not RUNNER_PYTHON.exists():
        missing(f"the runner's environment at {RUNNER_PYTHON}")
    done = subprocess.run([RUNNER_PYTHON, script], capture_output=True, text=True, cwd=tmp_path)
    assert "12 of 12 values differ; the largest error is 0.318 at index [0, 1, 1]" in done.stdout
    assert done.returncode == 1
    run_id = page.locator("#result").get_attribute("data-submission")
    assert run_id is not None
    assert launched.shousi("repro", run_id).stdout == script.read_text()
    assert launched.shousi("repro", run_id, "--test", "secret/01").returncode == 2


def test_runs_show_what_came_out(open_page: OpenPage) -> None:
    page = open_page("/")
    sign_up(page)
    page.goto("/problems/maxsubarray?language=python3")
    in_editor(page).fill("def max_subarray(nums):\n    return 41 + 1\n")
    page.keyboard.press("Control+'")
    said(page, "Wrong answer")
    expect(page.locator("#live pre").first).to_be_visible()
    page.get_by_text("Own input", exact=True).first.click()
    page.locator("#input").fill("1\n42\n")
    page.get_by_role("button", name="Run on this input").click()
    # A solution of the package's own gives the answer.
    said(page, "Accepted")
    expect(page.locator("#live pre").nth(1)).to_have_text("42")
    page.get_by_role("button", name="Submit").click()
    said(page, "Wrong answer")
    page.locator("#live").get_by_role("link", name="Details").click()
    expect(page.get_by_role("table")).to_contain_text("Wrong answer")


def test_a_submission_s_page_has_the_tests_with_the_verdict(parts: Parts, open_as: OpenAs) -> None:
    service = parts.service
    account = service.account()
    id = account.submitted()
    page = open_as(service, f"/submissions/{id}", account)
    claim = service.claim(id)
    first, last = results(Verdict.WA)
    assert lifecycle.record(service.db, claim, Progress(total=2, results={1: first}))
    # The stream has drawn the panel once before the end.
    expect(page.locator(".said")).to_have_text("Test 2 of 2")
    assert lifecycle.record(service.db, claim, Progress(total=2, results={2: last}))
    assert lifecycle.finish(service.db, claim, judged(Verdict.WA))
    expect(page.get_by_role("heading", name="Tests")).to_be_visible()
    expect(page.locator(".said")).to_have_text("Wrong answer")


def test_lists_settle_by_themselves(open_page: OpenPage) -> None:
    page = open_page("/")
    sign_up(page)
    page.goto("/problems/maxsubarray?language=python3")
    token = page.locator("#solution input[name=form_token]").get_attribute("value")
    # They keep the one worker busy for longer than it takes to open the lists.
    source = "def max_subarray(nums):\n    while True:\n        pass\n"
    for _ in range(6):
        page.request.post(
            "/problems/maxsubarray/submissions",
            form={"form_token": token or "", "language": "python3", "source": source},
            headers={"Origin": page.url.partition("/problems")[0]},
            max_redirects=0,
        )
    problems = page.context.new_page()
    problems.goto("/problems")
    page.goto("/submissions")
    waiting = page.locator("tbody .v.run")
    assert waiting.count() > 0
    # It is still there at the end: nothing was loaded again.
    link = page.locator("tbody a.t").first
    link.focus()
    expect(waiting).to_have_count(0, timeout=PATIENCE_MS)
    expect(page.locator("tbody .v.tle")).to_have_count(6)
    expect(page.locator("#settled")).to_contain_text("Time limit exceeded")
    expect(link).to_be_focused()
    expect(page.locator("[hx-get]")).to_have_count(0)
    expect(problems.locator("#c-maxsubarray .cell.wa")).to_have_text(
        "×6 tries, not solved", timeout=PATIENCE_MS
    )
    expect(problems.locator("[hx-get]")).to_have_count(0)


def test_a_compile_error_leads_to_its_line(open_page: OpenPage) -> None:
    page = open_page("/")
    sign_up(page)
    page.goto("/problems/maxsubarray?language=cpp")
    in_editor(page).fill("int main() {\n    return 0\n}\n")
    page.get_by_role("button", name="Submit").click()
    said(page, "Compile error")
    page.locator("#live [data-line]").first.click()
    expect(in_editor(page)).to_be_focused()
    assert page.evaluate("getSelection().toString()").strip() in {"return 0", "}"}
    expect(page.locator(".cm-lint-marker-error").first).to_be_visible()


def test_language_and_theme_are_chosen(open_page: OpenPage) -> None:
    page = open_page("/problems")
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", name="题目")).to_be_visible()
    page.get_by_text("菜单").click()
    page.get_by_role("button", name="深色").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).colorScheme") == "dark"
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()


def test_how_long_one_has_to_wait_counts_down(open_page: OpenPage) -> None:
    page = open_page("/problems/maxsubarray?language=python3")
    too_many = '<p data-wait="3" data-over="You can go on now">You can go on in 3 seconds</p>'
    page.route("**/runs", lambda route: route.fulfill(status=200, body=too_many))
    page.get_by_role("button", name="Run samples").click()
    expect(page.get_by_text("You can go on in 1 seconds")).to_be_visible()
    expect(page.get_by_text("You can go on now")).to_be_visible()
