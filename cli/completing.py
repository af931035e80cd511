"""What TAB offers beside commands and options: problems and languages, as the server has them.

A server that doesn't answer at once completes nothing: a shell that waits is worse than one that
offers nothing, and a complaint would be written into the line that is being typed.
"""

from contextlib import closing

import typer

from cli.client import ApiError, Client, Json, server_url
from cli.paths import path_of
from judge.languages import LANGUAGES
from judge.settings import get_settings

TIMEOUT_S = 1.0


def problem_slugs(incomplete: str) -> list[tuple[str, str]]:
    """The slugs that begin so, each with its title."""
    found: Json = _ask("/problems", q=incomplete, limit=100)
    return [(one["slug"], one["title"]) for one in found.get("items", [])]


def language_ids(context: typer.Context) -> list[tuple[str, str]]:
    """The languages with their names; where the line names a problem that the server knows, those
    that it takes."""
    slug = context.params.get("problem")
    if "slug" in context.params:
        # An option that still lacks its value keeps arguments from being read: they are left over.
        slug = context.params["slug"] or next(iter(context.args), None)
    problem: Json = _ask(path_of("problems", slug)) if slug else {}
    return [(one, LANGUAGES.get(one, "")) for one in problem.get("languages", LANGUAGES)]


def _ask(path: str, **params: str | int) -> Json:
    """The answer; empty where there is none."""
    try:
        # No token: problems are public, and the token's file may be one that must not be read.
        with closing(Client(server_url(get_settings().home), None, timeout_s=TIMEOUT_S)) as client:
            return client.call("GET", path, params=params)
    except (ApiError, ValueError):
        return {}
