"""A zip of all of a user's own data, written while it is sent: it is never whole in memory."""

import io
import zipfile
from collections.abc import Iterable, Iterator


class _Pipe(io.RawIOBase):
    """Holds the written bytes until they are taken. It is not seekable, so that `zipfile` writes
    each entry's sizes behind its data."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override] # as zipfile calls it
        self._written.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """Return the bytes that were written since the last call."""
        taken, self._written = b"".join(self._written), []
        return taken


def zip_stream(files: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """The bytes of a zip with these files (path and content), a piece for each file."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files:
            archive.writestr(path, content)
            yield pipe.taken()
    yield pipe.taken()
