"""Shell completion of problem slugs and language ids, which the server knows.

If the server doesn't answer soon, nothing is completed: a shell that hangs is worse, and an error
message would appear inside the line that the user is typing.
"""

from contextlib import closing

import typer

from cli.client import ApiError, Client, Json, server_url
from cli.paths import path_of
from judge.errors import ShousiError
from judge.languages import LANGUAGES
from judge.settings import get_settings

TIMEOUT_S = 1.0


def problem_slugs(incomplete: str) -> list[tuple[str, str]]:
    """Return the slugs that begin with `incomplete`, each with its title."""
    found: Json = _ask("/problems", q=incomplete, limit=100)
    try:
        return [(one["slug"], one["title"]) for one in found.get("items", [])]
    except (ApiError, TypeError):  # an answer of another program
        return []


def language_ids(context: typer.Context) -> list[tuple[str, str]]:
    """Return language ids with their names: those that the problem on the command line accepts, or
    all if it names none that the server knows."""
    slug = context.params.get("problem")
    if "slug" in context.params:
        # While an option lacks its value, click parses no arguments and leaves them in `args`.
        slug = context.params["slug"] or next(iter(context.args), None)
    try:
        problem: Json = _ask(path_of("problems", slug)) if slug else {}
    except ValueError:  # no slug
        problem = {}
    return [(one, LANGUAGES.get(one, "")) for one in problem.get("languages", LANGUAGES)]


def _ask(path: str, **params: str | int) -> Json:
    """Return the server's answer, empty if there is none."""
    try:
        # No token: problems are public, and the token's file may be unreadable.
        with closing(Client(server_url(get_settings().home), None, timeout_s=TIMEOUT_S)) as client:
            return client.call("GET", path, params=params)
    except (ShousiError, ValueError):
        return {}
