"""What a bounded cache keeps, and for how long."""

from judge.bounded_cache import BoundedCache


def test_what_nobody_asks_for_makes_room() -> None:
    kept = BoundedCache[str, bytes](10, len)
    for key in ("a", "b"):
        kept.put(key, key.encode() * 5)
    assert kept.get("a") == b"aaaaa"
    kept.put("c", b"ccccc")
    assert [kept.get(key) for key in ("a", "b", "c")] == [b"aaaaa", None, b"ccccc"]


def test_what_is_put_again_is_counted_once() -> None:
    kept = BoundedCache[str, bytes](10, len)
    kept.put("a", b"aaaaa")
    for _ in range(3):
        kept.put("b", b"bbbbb")
    assert kept.get("a") == b"aaaaa"


def test_one_that_is_too_large_is_not_kept() -> None:
    kept = BoundedCache[str, bytes](10, len)
    kept.put("a", b"a" * 11)
    assert kept.get("a") is None
    kept.put("b", b"b" * 10)
    assert kept.get("b") == b"b" * 10
