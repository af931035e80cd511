"""Paths of the API, apart from `cli.client` so that shell completion needn't import httpx."""

from urllib.parse import quote


def path_of(*parts: str) -> str:
    """Join the parts into a path and quote them; they may contain any characters.

    Raises ValueError for a part that would lead elsewhere: clients and proxies shorten
    `/teams/mine/members/..` to the path of the team.
    """
    for part in parts:
        if part in {"", ".", ".."}:
            raise ValueError(f"{part!r} is no name and no id")
    try:
        return "/" + "/".join(quote(part, safe="") for part in parts)
    except UnicodeEncodeError as error:
        raise ValueError(f"{error.object!r} is no name and no id: it is not UTF-8") from error
