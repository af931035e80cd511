"""The path of the embedded broker's socket, for code that needs no more of the broker."""

import hashlib
import os
import tempfile
from pathlib import Path

# sun_path has 108 bytes on Linux, the last of them the terminating zero.
_LONGEST_SOCKET_PATH = 107


def socket_path(home: Path) -> Path:
    """The socket path of the embedded Valkey in `home`; the same in every process.

    Normally it is inside `home`. A unix socket's path has at most 107 bytes, so for a deep `home`
    it is in a folder named after its hash, in the user's runtime folder or the temporary one.
    """
    home = home.absolute()
    inside = home / "broker" / "s"
    if len(os.fsencode(inside)) <= _LONGEST_SOCKET_PATH:
        return inside
    # With the user's id, because all users share the temporary folder.
    name = f"shousi-{os.getuid()}-{hashlib.sha256(os.fsencode(home)).hexdigest()[:16]}"
    runtime = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    outside = runtime / name / "s"
    if len(os.fsencode(outside)) <= _LONGEST_SOCKET_PATH:
        return outside
    # A temporary folder may have a long path as well; that of /tmp always fits.
    return Path("/tmp") / name / "s"  # noqa: S108 - made with mode 700 and its owner checked


def in_url(path: Path) -> str:
    """Return the path as it stands in a URL, without the characters that would end it there."""
    return str(path).replace("%", "%25").replace("?", "%3F").replace("#", "%23")
