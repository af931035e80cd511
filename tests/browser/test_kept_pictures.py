"""Every page as a picture: both languages, both themes, two widths; kept in build/pictures."""

import json

from playwright.sync_api import Browser

from tests.support.launched import Launched
from tools.pictures import ALL, LANGUAGES, THEMES, WIDTHS, prepare, take_all


def test_every_page_is_kept_as_a_picture(launched: Launched, chromium: Browser) -> None:
    root = launched.url.removesuffix("/api/v1")
    link = json.loads(launched.shousi("admin", "link", "--json").stdout)["link"]
    ALL.mkdir(parents=True, exist_ok=True)
    taken = take_all(chromium, root, prepare(chromium, root, link), ALL)
    readers = len(LANGUAGES) * len(THEMES) * len(WIDTHS)
    assert len(taken) == len(set(taken)) == 22 * readers
    sizes = {path.name: path.stat().st_size for path in taken}
    assert min(sizes.values()) > 5_000, min(sizes, key=lambda name: sizes[name])
