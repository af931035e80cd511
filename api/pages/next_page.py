"""Where to go after a form: always an address of this service."""

from urllib.parse import urlsplit

LONGEST_ADDRESS = 16_384
"""An address of a list has fewer characters, even if all its filters are full of Chinese."""


def path_in(address: str) -> str:
    """Return the path and the query of an address."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")


def same_site_path(wanted: str, otherwise: str = "/") -> str:
    """Return `wanted` if it is a path of this service, else `otherwise`.

    Browsers read `//host` and `/\\host` as another host, and remove tabs and line ends before they
    read an address.
    """
    if not wanted.startswith("/") or wanted.startswith(("//", "/\\")):
        return otherwise
    # Control characters, spaces, and backslashes, which browsers read as slashes.
    if any(ord(character) < 0x21 or character == "\\" for character in wanted):
        return otherwise
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return otherwise
    return otherwise if parts.scheme or parts.netloc else wanted
