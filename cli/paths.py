"""Paths of the API. A module of its own: completion has no time to import an HTTP client."""

from urllib.parse import quote


def path_of(*parts: str) -> str:
    """The path with these parts, which may be names in any script."""
    return "/" + "/".join(quote(part, safe="") for part in parts)
