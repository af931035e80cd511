"""Every page as a picture, kept in build/pictures: in each language, theme and width at least once,
with SHOUSI_WHOLE_CORPUS=1 in all combinations."""

import json

from playwright.sync_api import Browser

from tests.support.launched import Launched
from tests.support.whole import is_whole
from tools.pictures import ALL, READERS, prepare, take_all

# The first and the last have nothing in common.
SEEN_BY = READERS if is_whole() else (READERS[0], READERS[-1])


def test_every_page_is_kept_as_a_picture(launched: Launched, chromium: Browser) -> None:
    root = launched.url.removesuffix("/api/v1")
    link = json.loads(launched.shousi("admin", "link", "--json").stdout)["link"]
    ALL.mkdir(parents=True, exist_ok=True)
    taken = take_all(chromium, root, prepare(chromium, root, link), ALL, SEEN_BY)
    assert len(taken) == len(set(taken)) == 22 * len(SEEN_BY)
    sizes = {path.name: path.stat().st_size for path in taken}
    assert min(sizes.values()) > 5_000, min(sizes, key=lambda name: sizes[name])
