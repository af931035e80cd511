"""`python -m bench.browser [paint] [verdict] [shift]`: what a browser itself measures of the pages.

Starts the whole service (one worker) and the system's chromium. `paint`: for the pages of a first
visit, opened several times with an empty cache, the time until the first content (first contentful
paint). `verdict`: for several submissions, the time from the verdict's row in the database to the
verdict in the page. `shift`: for every page, on a desktop and a phone, in both languages, over
loopback and a slow network, the cumulative layout shift (W3C Layout Instability) and the elements
that moved. Without arguments it measures all three.
"""

import itertools
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.people import sign_up
from tests.support.launched import Launched, launch

ROUNDS = 9
VERDICTS = 15
PATHS = ("/", "/problems", "/problems/multiheadattention", "/leaderboard", "/sign-in")
# The words in braces are replaced by the user's newest submission, name and team.
OWN_PATHS = (
    "/problems", "/problems/maxsubarray", "/problems/maxsubarray?submission={submission}",
    "/problems/maxsubarray/solvers", "/submissions", "/submissions/{submission}", "/leaderboard",
    "/users/{user}", "/teams", "/teams/{team}", "/tokens", "/nothing",
)  # fmt: skip
ADMIN_PATHS = (
    "/admin/uploads", "/admin/queue", "/admin/users", "/admin/problems", "/admin/rejudges",
    "/admin/log", "/admin/invitations",
)  # fmt: skip
SCREENS: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1440, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
}
# Like a phone with bad reception: files arrive late, and the editor last.
SLOW = {
    "offline": False,
    "uploadThroughput": 200_000,
    "latency": 300,
    "downloadThroughput": 200_000,
}
ROW_TO_PIXEL_MS = 100
SOURCE = "def max_subarray(nums):\n    return {number} or max(nums)\n"
# `buffered`: also reports a paint that happened before this script ran.
_PAINT = """() => new Promise(done => new PerformanceObserver(list => {
  for (const entry of list.getEntriesByName("first-contentful-paint")) done(entry.startTime);
}).observe({type: "paint", buffered: true}))"""
# Ends once the page has loaded no further file for `quiet` milliseconds.
_SHIFT = """quiet => new Promise(done => {
  let shift = 0, files = -1;
  const moved = new Set();
  const name = node => !node ? "(gone)" : node.nodeType !== 1 ? name(node.parentNode) + " text"
    : node.localName + (node.id && "#" + node.id) + [...node.classList].map(c => "." + c).join("");
  const rect = ({x, y, width, height}) => [x, y, width, height].map(Math.round).join(",");
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) {
      shift += entry.value;
      for (const {node, previousRect, currentRect} of entry.sources)
        moved.add(`${name(node)} ${rect(previousRect)} -> ${rect(currentRect)}`);
    }
  }).observe({type: "layout-shift", buffered: true});
  const look = () => {
    const now = performance.getEntriesByType("resource").length;
    if (now === files) return done({shift, moved: [...moved]});
    files = now;
    setTimeout(look, quiet);
  };
  look();
})"""
# Date.now can be compared with the row's `finished_at`: both use this machine's clock.
_WATCH = """() => {
  const shown = () => document.querySelector("#result")?.dataset ?? {};
  const before = shown().submission;
  window.doneAt = new Promise(done => {
    new MutationObserver((_, observer) => {
      if (shown().state !== "done" || shown().submission === before) return;
      observer.disconnect();
      // The second callback runs after the first frame, which has the verdict, was painted.
      requestAnimationFrame(() => requestAnimationFrame(() => done(Date.now() / 1000)));
    }).observe(document.body, {subtree: true, childList: true, attributes: true});
  });
}"""


def measure_paint(browser: Browser, root: str, path: str) -> None:
    """Print the median time to a page's first contentful paint, with an empty cache."""
    found: list[float] = []
    for _ in range(ROUNDS):
        context = browser.new_context()
        page = context.new_page()
        page.goto(root + path)
        found.append(page.evaluate(_PAINT))
        context.close()
    print(f"{path:52} {statistics.median(found):8.0f}", flush=True)


def measure_shift(browser: Browser, root: str, path: str, state: Any) -> None:
    """Print the page's largest layout shift and the elements that moved; `state` holds the session
    of a signed-in user."""
    worst = 0.0
    moved: list[str] = []
    for (screen, options), locale, slow in itertools.product(
        SCREENS.items(), ("en-GB", "zh-CN"), (False, True)
    ):
        context = browser.new_context(locale=locale, storage_state=state, **options)
        page = context.new_page()
        if slow:
            context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW)
        page.goto(root + path)
        found = page.evaluate(_SHIFT, 1500 if slow else 500)
        context.close()
        worst = max(worst, found["shift"])
        where = f"{screen}, {locale}, {'slow' if slow else 'loopback'}"
        moved += [f"    {where}: {one}" for one in found["moved"]]
    print(f"{path:52} {worst:8.4f}   goal 0", *moved, sep="\n", flush=True)


def measure_shifts(browser: Browser, service: Launched, root: str) -> None:
    """Print the layout shifts of all pages: those of visitors, users and admins."""
    print(f"\n{'layout shift':52} {'most':>8}")
    for path in PATHS:
        measure_shift(browser, root, path, None)
    page = browser.new_context(base_url=root).new_page()
    user = sign_up(page)
    page.goto("/problems/maxsubarray?language=python3")
    row_to_pixel(page, 0)
    submission = page.locator("#result").get_attribute("data-submission")
    page.goto("/teams")
    page.locator("form[action='/teams'] input[name=name]").fill("Bench")
    page.locator("form[action='/teams'] button").click()
    page.wait_for_url("**/teams/*")
    words = {"user": user, "submission": submission, "team": page.url.rpartition("/")[2]}
    for path in OWN_PATHS:
        measure_shift(browser, root, path.format(**words), page.context.storage_state())
    page = browser.new_context(base_url=root).new_page()
    page.goto(json.loads(service.shousi("admin", "link", "--json").stdout)["link"])
    page.get_by_role("button", name="Sign in").first.click()
    page.wait_for_url("**/problems")
    for path in ADMIN_PATHS:
        measure_shift(browser, root, path, page.context.storage_state())


def row_to_pixel(page: Page, number: int) -> float:
    """Submit; return the milliseconds from the verdict's row to the verdict in the page."""
    page.evaluate(_WATCH)
    editor = page.locator(".ed [role=textbox]")
    editor.fill(SOURCE.format(number=number))
    page.get_by_role("button", name="Submit").click()
    seen: float = page.evaluate("() => window.doneAt")
    id = page.locator("#result").get_attribute("data-submission")
    answer: dict[str, Any] = page.request.get(f"/api/v1/submissions/{id}").json()
    return (seen - float(answer["finished_at"])) * 1000


def measure_verdicts(browser: Browser, root: str) -> None:
    """Print how long a verdict takes from its row to the page."""
    page = browser.new_context(base_url=root).new_page()
    # Sign up first: a visitor's first submission makes a guest account and reloads the page.
    sign_up(page)
    page.goto("/problems/maxsubarray?language=python3")
    taken = [row_to_pixel(page, number) for number in range(VERDICTS)]
    print(f"\n{'':52} {'median':>8} {'most':>8}")
    what = "ms from the verdict's row to the verdict in the page"
    median, most = statistics.median(taken), max(taken)
    print(f"{what:52} {median:8.0f} {most:8.0f}   goal {ROW_TO_PIXEL_MS}")


@contextmanager
def _browser() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        raise SystemExit("chromium is not installed")
    with sync_playwright() as playwright:
        # With scroll bars, as users have them: one that appears makes the page narrower.
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox"],
            ignore_default_args=["--hide-scrollbars"],
        )
        yield browser
        browser.close()


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="shousi-browser-") as folder:
        service = launch(Path(folder) / "home", SHOUSI_WORKERS="1")
        root = service.url.removesuffix("/api/v1")
        try:
            with _browser() as browser:
                wanted = sys.argv[1:] or ["paint", "verdict", "shift"]
                if "paint" in wanted:
                    print(f"{'':52} {'paint ms':>8}")
                    for address in PATHS:
                        measure_paint(browser, root, address)
                if "verdict" in wanted:
                    measure_verdicts(browser, root)
                if "shift" in wanted:
                    measure_shifts(browser, service, root)
        finally:
            service.stop()


if __name__ == "__main__":
    main()
