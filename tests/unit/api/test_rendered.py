"""What is kept of answers, and for how long."""

from api.rendered import Rendered


def test_what_nobody_asks_for_makes_room() -> None:
    rendered = Rendered(most_bytes=10)
    for key in ("a", "b"):
        rendered.put(key, key.encode() * 5)
    assert rendered.get("a") == b"aaaaa"
    rendered.put("c", b"ccccc")
    assert [rendered.get(key) for key in ("a", "b", "c")] == [b"aaaaa", None, b"ccccc"]


def test_what_is_put_again_is_counted_once() -> None:
    rendered = Rendered(most_bytes=10)
    rendered.put("a", b"aaaaa")
    for _ in range(3):
        rendered.put("b", b"bbbbb")
    assert rendered.get("a") == b"aaaaa"


def test_one_that_is_too_long_is_not_kept() -> None:
    rendered = Rendered(most_bytes=10)
    rendered.put("a", b"a" * 11)
    assert rendered.get("a") is None
    rendered.put("b", b"b" * 10)
    assert rendered.get("b") == b"b" * 10
