"""The sources of a judging's test data: content-addressed blobs, fetched by hash."""

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from judge.errors import ShousiError
from judge.job import BlobRef
from judge.limits import MIB

DEFAULT_MAX_BYTES = 2048 * MIB


class TestDataError(ShousiError):
    """A blob is missing, or its content doesn't match its hash. This is an internal error, never
    the submission's fault."""

    __test__ = False


class TestData(Protocol):
    """Returns the bytes behind a reference."""

    def fetch(self, ref: BlobRef) -> bytes:
        """Return the blob's content; raises TestDataError if it is missing or damaged."""


class InMemory:
    """Test data in memory, e.g. read from a package."""

    def __init__(self) -> None:
        self._blobs: dict[str, bytes] = {}

    def add(self, content: bytes) -> BlobRef:
        """Store `content`; return a reference to it."""
        sha256 = hashlib.sha256(content).hexdigest()
        self._blobs[sha256] = content
        return BlobRef(sha256, len(content))

    def fetch(self, ref: BlobRef) -> bytes:
        """See `TestData`."""
        try:
            return self._blobs[ref.sha256]
        except KeyError:
            raise TestDataError(f"no blob {ref.sha256}") from None


class BlobCache:
    """A cache on this machine's disk of the database's blobs, named by their hash.

    Several processes share a folder: a file appears whole (written elsewhere, then renamed) and is
    verified at each read, so a damaged one is fetched again. Above `max_bytes` the least recently
    read files are removed; a process that was about to read such a file fetches it again.
    """

    def __init__(
        self,
        fetch_from_db: Callable[[str], bytes | None],
        directory: Path,
        max_bytes: int = DEFAULT_MAX_BYTES,
    ) -> None:
        self._fetch_from_db = fetch_from_db
        self._directory = directory
        self._max_bytes = max_bytes
        directory.mkdir(parents=True, exist_ok=True)

    def fetch(self, ref: BlobRef) -> bytes:
        """See `TestData`. With a full or read-only disk it works without the cache."""
        # The hash becomes a file's name below: refuse anything else, e.g. a path.
        if len(ref.sha256) != 64 or set(ref.sha256) - set("0123456789abcdef"):
            raise TestDataError("a blob's name is not a SHA-256 in lower-case hex")
        path = self._directory / ref.sha256
        try:
            cached = path.read_bytes()
        except OSError:
            cached = None
        if cached is not None and _is(ref, cached):
            # The file may be removed by now, or read-only: the time only orders the eviction.
            with contextlib.suppress(OSError):
                os.utime(path)
            return cached
        content = self._fetch_from_db(ref.sha256)
        if content is None:
            raise TestDataError(f"the database has no blob {ref.sha256}")
        if not _is(ref, content):
            raise TestDataError(f"the database's blob {ref.sha256} is damaged")
        self._keep(path, content)
        return content

    def _keep(self, path: Path, content: bytes) -> None:
        try:
            # The newest first, so that `pop` returns the least recently read file.
            files = sorted((_age_and_size(one) for one in self._directory.iterdir()), reverse=True)
            total = sum(size for _, size, _ in files) + len(content)
            while files and total > self._max_bytes:
                _, freed, oldest = files.pop()
                oldest.unlink(missing_ok=True)
                total -= freed
            handle, name = tempfile.mkstemp(dir=self._directory, prefix="new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(content)
                Path(name).replace(path)
            except OSError:
                Path(name).unlink(missing_ok=True)
        except OSError:
            return


def _is(ref: BlobRef, content: bytes) -> bool:
    return hashlib.sha256(content).hexdigest() == ref.sha256


def _age_and_size(path: Path) -> tuple[float, int, Path]:
    try:
        status = path.stat()
    except OSError:
        return (0.0, 0, path)
    return (status.st_mtime, status.st_size, path)
