"""Which text a reader gets."""

import pytest

from api.content_language import ContentLanguage


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        ("", ()),
        ("zh", ("zh",)),
        ("en;q=0.5, zh-CN", ("zh-cn", "en")),
        ("en;q=0.5,zh;q=0.9,fr;q=0", ("zh", "en")),
        ("*, en;q=high, zh", ("zh",)),
        (",".join(f"x{n}" for n in range(99)), tuple(f"x{n}" for n in range(10))),
    ],
)
def test_a_header_is_read_by_weight(header: str, tags: tuple[str, ...]) -> None:
    assert ContentLanguage.of_header(header).tags == tags


@pytest.mark.parametrize(
    ("tags", "texts", "picked"),
    [
        (("zh-hans-cn",), {"en": "one", "zh": "一"}, "一"),
        (("fr",), {"zh": "一", "en": "one"}, "one"),
        (("fr",), {"zh": "一"}, "一"),
        (("en",), {}, None),
        (("zh-cn",), {"en": "one", "zh-CN": "一"}, "一"),
    ],
)
def test_the_nearest_text_is_picked(
    tags: tuple[str, ...], texts: dict[str, str], picked: str | None
) -> None:
    assert ContentLanguage(tags).pick(texts) == picked
