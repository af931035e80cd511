"""A board that moves while somebody looks at it."""

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
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
    # Nothing moves under the pointer: a link says that there is news.
    board.locator(".board").hover()
    somebody_solves_it(open_page)
    expect(board.locator("#moved")).to_be_visible(timeout=PATIENCE_MS)
    expect(rows).to_have_count(number + 1)
    board.get_by_role("link", name="The order has changed: show it").click()
    expect(rows).to_have_count(number + 2)
