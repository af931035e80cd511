"""Paths of the API, apart from `cli.client` so that shell completion needn't import httpx."""

from urllib.parse import quote


def path_of(*parts: str) -> str:
    """Join the parts into a path and quote them; they may contain any characters."""
    return "/" + "/".join(quote(part, safe="") for part in parts)
