"""Where to go after a form: an address of this service, never another's."""

from urllib.parse import urlsplit


def path_in(address: str) -> str:
    """The path and the query of an address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")


def same_site_path(wanted: str, otherwise: str = "/") -> str:
    """`wanted` where it is a path of ours, else `otherwise`.

    Browsers take `//host` and `/\\host` for another host, and drop tabs and line ends before they
    look.
    """
    if not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return otherwise
    # Control characters and spaces, and backslashes, which browsers take for slashes.
    if any(ord(character) < 0x21 or character == "\\" for character in wanted):
        return otherwise
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return otherwise
    return otherwise if parts.scheme or parts.netloc else wanted
