"""A board that changes while a user looks at it."""

from playwright.sync_api import Page, expect

from judge.verdict import Verdict
from tests.browser.conftest import OpenAs, OpenPage, Parts
from tests.browser.people import PATIENCE_MS, in_editor, sign_up

RIGHT = """def max_subarray(nums):
    best = here = nums[0]
    for n in nums[1:]:
        here = max(n, here + n)
        best = max(best, here)
    return best
"""


def somebody_solves_it(open_page: OpenPage) -> None:
    page = open_page("/")
    sign_up(page)
    page.goto("/problems/maxsubarray?language=python3")
    in_editor(page).fill(RIGHT)
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#live .said")).to_have_text("Accepted", timeout=PATIENCE_MS)


def test_a_board_moves_unless_somebody_points_at_it(open_page: OpenPage) -> None:
    somebody_solves_it(open_page)
    board = open_page("/leaderboard")
    rows = board.locator(".board tbody tr")
    number = rows.count()
    somebody_solves_it(open_page)
    expect(rows).to_have_count(number + 1, timeout=PATIENCE_MS)
    expect(board.locator("#moved")).to_be_hidden()
    # Nothing moves under the pointer: a link says that the order has changed.
    board.locator(".board").hover()
    somebody_solves_it(open_page)
    expect(board.locator("#moved")).to_be_visible(timeout=PATIENCE_MS)
    expect(rows).to_have_count(number + 1)
    board.get_by_role("link", name="The order has changed: show it").click()
    expect(rows).to_have_count(number + 2)


def see(page: Page, *, seen: bool) -> None:
    """Make the page believe that its tab is, or is not, visible."""
    page.evaluate(
        """(seen) => {
          Object.defineProperty(document, "hidden", { configurable: true, value: !seen });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        seen,
    )


def test_boards_in_other_tabs_leave_the_browser_its_connections(
    parts: Parts, open_as: OpenAs
) -> None:
    service = parts.service
    service.judge(service.account().submitted(), Verdict.AC)
    first = open_as(service, "/leaderboard")
    boards = [first, *(first.context.new_page() for _ in range(5))]
    for board in boards:
        with board.expect_request("**/leaderboard/events*"):
            board.goto("/leaderboard")
    for board in boards:
        see(board, seen=False)
    # A browser has six connections to a service.
    page = first.context.new_page()
    page.goto("/problems", timeout=10_000)
    # What happened meanwhile is there when somebody comes back.
    account = service.account()
    service.judge(account.submitted(), Verdict.AC)
    expect(first.get_by_role("link", name=account.name)).to_have_count(0)
    see(first, seen=True)
    expect(first.get_by_role("link", name=account.name)).to_be_visible()
    account = service.account()
    service.judge(account.submitted(), Verdict.AC)
    expect(first.get_by_role("link", name=account.name)).to_be_visible()
