import hashlib
import os
from pathlib import Path

import pytest

from judge.job import BlobRef
from worker.judging.test_data import BlobCache, InMemory, TestDataError


class Database:
    """Returns blobs as the database does, and counts the calls."""

    def __init__(self, *contents: bytes) -> None:
        self.blobs = {hashlib.sha256(content).hexdigest(): content for content in contents}
        self.asked: list[str] = []

    def fetch(self, sha256: str) -> bytes | None:
        self.asked.append(sha256)
        return self.blobs.get(sha256)


def ref(content: bytes) -> BlobRef:
    return BlobRef(hashlib.sha256(content).hexdigest(), len(content))


def test_in_memory() -> None:
    data = InMemory()
    assert data.fetch(data.add(b"one")) == b"one"
    with pytest.raises(TestDataError, match="no blob"):
        data.fetch(ref(b"two"))


def test_asks_the_database_once(tmp_path: Path) -> None:
    database = Database(b"one")
    for _ in range(2):
        assert BlobCache(database.fetch, tmp_path / "blobs").fetch(ref(b"one")) == b"one"
    assert len(database.asked) == 1


def test_a_damaged_file_is_fetched_anew(tmp_path: Path) -> None:
    database = Database(b"one")
    cache = BlobCache(database.fetch, tmp_path)
    cache.fetch(ref(b"one"))
    path = tmp_path / ref(b"one").sha256
    path.write_bytes(b"on")
    assert cache.fetch(ref(b"one")) == b"one"
    assert path.read_bytes() == b"one"
    assert len(database.asked) == 2


def test_a_damaged_or_missing_blob_is_an_error(tmp_path: Path) -> None:
    database = Database()
    database.blobs[ref(b"one").sha256] = b"two"
    cache = BlobCache(database.fetch, tmp_path)
    with pytest.raises(TestDataError, match="damaged"):
        cache.fetch(ref(b"one"))
    with pytest.raises(TestDataError, match="has no blob"):
        cache.fetch(ref(b"three"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "a" * 63, "A" * 64, ""])
def test_a_name_is_a_hash(tmp_path: Path, name: str) -> None:
    with pytest.raises(TestDataError, match="SHA-256"):
        BlobCache(Database().fetch, tmp_path).fetch(BlobRef(name, 0))


def test_stays_within_its_size_and_keeps_what_was_read_last(tmp_path: Path) -> None:
    contents = [bytes([number]) * 100 for number in range(5)]
    database = Database(*contents)
    cache = BlobCache(database.fetch, tmp_path, max_bytes=350)
    for age, content in enumerate(contents[:3]):
        cache.fetch(ref(content))
        os.utime(tmp_path / ref(content).sha256, (age, age))
    cache.fetch(ref(contents[0]))  # read again, so no longer the oldest
    cache.fetch(ref(contents[3]))
    kept = {path.name for path in tmp_path.iterdir()}
    assert kept == {ref(contents[number]).sha256 for number in (0, 2, 3)}


def test_a_disk_that_takes_nothing_costs_only_the_cache(tmp_path: Path) -> None:
    database = Database(b"one")
    cache = BlobCache(database.fetch, tmp_path / "blobs")
    (tmp_path / "blobs").rmdir()
    for _ in range(2):
        assert cache.fetch(ref(b"one")) == b"one"
    assert len(database.asked) == 2
