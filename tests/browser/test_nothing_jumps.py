"""Nothing jumps while a page loads: the browser reports no layout shift on any page, in both
languages, at two widths.

The connection is slow and there is no cache, so that a page arrives in pieces, and its files later.
"""

import json
import shutil
from collections.abc import Iterator
from itertools import product
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from tests.browser.people import PATIENCE_MS, in_editor
from tests.support.launched import Launched
from tests.support.whole import is_whole
from tools.pictures import ADMIN, LANGUAGES, VISITOR, WIDTHS, World, prepare

# With formulas in its statement, without, a quiz, one that is a task of the interview.
PROBLEMS = ("multiheadattention", "kthlargest", "mllmarchitectures", "longestsubarray")
SEEN_IN = [*product(LANGUAGES, WIDTHS)] if is_whole() else [*zip(LANGUAGES, WIDTHS, strict=True)]
"""Each language and each width, or every one with every other."""
LINE = {"offline": False, "latency": 20, "downloadThroughput": 60_000, "uploadThroughput": 60_000}
WATCH = """(() => {
  const jumps = [];
  const name = (node) => !node ? "(gone)" : node.nodeType !== 1 ? name(node.parentNode)
    : [node.localName, node.id, ...node.classList].filter(Boolean).join(".");
  const rect = ({ x, y, width, height }) => [x, y, width, height].map(Math.round).join(",");
  const note = (entries) => {
    for (const entry of entries) for (const { node, previousRect, currentRect } of entry.sources)
      jumps.push(`${name(node)} ${rect(previousRect)} -> ${rect(currentRect)}`);
  };
  const observer = new PerformanceObserver((list) => note(list.getEntries()));
  observer.observe({ type: "layout-shift", buffered: true });
  // What a frame has moved is told by the time of the next one.
  window.allJumps = async () => {
    await document.fonts.ready;
    for (let frames = 0; frames < 3; frames++) await new Promise(requestAnimationFrame);
    note(observer.takeRecords());
    return jumps;
  };
})()"""


@pytest.fixture(scope="module")
def browser(chromium: Browser) -> Iterator[Browser]:
    """With scroll bars, as people have them: they make a page narrower when they come."""
    found = chromium.browser_type.launch(
        executable_path=shutil.which("chromium"),
        args=["--no-sandbox"],
        ignore_default_args=["--hide-scrollbars"],
    )
    yield found
    found.close()


@pytest.fixture(scope="module")
def world(launched: Launched, browser: Browser) -> World:
    """Somebody with submissions, a team and an interview that runs; and an admin."""
    root = launched.url.removesuffix("/api/v1")
    link = json.loads(launched.shousi("admin", "link", "--json").stdout)["link"]
    world = prepare(browser, root, link)
    context = browser.new_context(base_url=root, locale="en-GB")
    context.add_cookies(world.user)
    page = context.new_page()
    page.goto("/interviews")
    page.get_by_role("button", name="Start A multimodal interview, from notes").click()
    expect(page.get_by_role("timer")).to_be_visible()
    world.pages["sitting"] = urlsplit(page.url).path
    context.close()
    return world


@pytest.mark.parametrize(("language", "width"), SEEN_IN)
def test_nothing_jumps_while_a_page_loads(
    launched: Launched, browser: Browser, world: World, language: str, width: int
) -> None:
    problems = [f"/problems/{slug}" for slug in PROBLEMS]
    jumps = []
    for cookies, paths in (
        ([], [*VISITOR.values(), *problems, "/problems", "/interviews"]),
        (world.user, [*world.pages.values(), *problems, "/", "/interviews"]),
        (world.admin, ADMIN.values()),
    ):
        context = browser.new_context(
            base_url=launched.url.removesuffix("/api/v1"),
            locale=LANGUAGES[language],
            viewport=ViewportSize(width=width, height=900),
        )
        context.add_cookies(cookies)
        context.add_init_script(WATCH)
        page = context.new_page()
        line = context.new_cdp_session(page)
        line.send("Network.enable")
        line.send("Network.setCacheDisabled", {"cacheDisabled": True})
        line.send("Network.emulateNetworkConditions", LINE)
        for path in paths:
            page.goto(path)
            if page.locator("#source").is_visible() and page.locator("#solution").count():
                expect(in_editor(page)).to_be_visible(timeout=PATIENCE_MS)
            jumps += [f"{path}: {one}" for one in page.evaluate("allJumps()")]
        context.close()
    assert jumps == []
