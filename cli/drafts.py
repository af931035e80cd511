"""`shousi draft`: the drafts of your code that the server keeps, for this command and its editor.

The CLI stores the ETag of each draft that it showed or wrote last, so that it never overwrites a
change made elsewhere since.
"""

import json
from contextlib import suppress
from http import HTTPStatus
from typing import Annotated

import typer

from cli.asking import AsJson, asking, say
from cli.client import CREDENTIALS, ApiError, Client, write_private
from cli.completing import language_ids, problem_slugs
from cli.files import home_file
from cli.output import print_json, print_text
from cli.paths import path_of
from cli.sources import source_file
from cli.submitting import HERE, File, Language, Problem, body_of
from judge.errors import ShousiError

Slug = Annotated[
    str, typer.Argument(metavar="PROBLEM", help="Its slug.", autocompletion=problem_slugs)
]
LanguageOfDraft = Annotated[
    str | None,
    typer.Option(
        "--language",
        help="The language's id; else the problem's first language.",
        autocompletion=language_ids,
    ),
]

app = typer.Typer(
    help="Drafts: unfinished code, kept by the server for you and its editor.",
    no_args_is_help=True,
)
_SEEN = CREDENTIALS.with_name("drafts.json")


def _seen() -> dict[str, str]:
    """Return the ETag of each draft that this CLI saw last, by the draft's address."""
    try:
        stored = json.loads(home_file(_SEEN).read_text(encoding="utf-8"))
        return {str(address): str(etag) for address, etag in stored.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError) as error:
        raise ApiError(f"{_SEEN} can't be read ({error}): delete it") from error


def _note(address: str, etag: str | None) -> None:
    """Store the ETag that was seen; None means that there is no draft."""
    others = {each: seen for each, seen in _seen().items() if each != address}
    # If the home isn't writable, no ETag is stored; `keep` then refuses to replace a draft.
    with suppress(ShousiError):
        write_private(home_file(_SEEN), others | ({} if etag is None else {address: etag}))


def _path(client: Client, slug: str, language: str | None) -> str:
    if language is None:
        language = str(client.call("GET", path_of("problems", slug))["languages"][0])
    return path_of("problems", slug, "drafts", language)


@app.command()
def show(slug: Slug, language: LanguageOfDraft = None, as_json: AsJson = False) -> None:
    """Print your draft."""
    with asking() as client:
        path = _path(client, slug, language)
        try:
            found, etag = client.seen(path)
        except ApiError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                _note(client.url + path, None)
            raise
        _note(client.url + path, etag)
    if as_json:
        print_json(found)
    else:
        print_text(found["source"])


@app.command()
def keep(
    file: File = HERE, problem: Problem = None, language: Language = None, as_json: AsJson = False
) -> None:
    """Store FILE as your draft, in place of the one you saw here last, without judging it."""
    with asking() as client:
        slug, body = body_of(client, source_file(file, problem), problem, language)
        path = _path(client, slug, body["language"])
        known = _seen().get(client.url + path)
        condition = {"If-Match": known} if known else {"If-None-Match": "*"}
        try:
            source = {"source": body["source"]}
            kept, etag = client.seen(path, "PUT", json=source, headers=condition)
        except ApiError as error:
            if error.status != HTTPStatus.PRECONDITION_FAILED:
                raise
            look = f"shousi draft show {slug} --language {body['language']}"
            raise ApiError(
                f"your draft was changed elsewhere: `{look}` shows it, then keep yours again"
            ) from error
        _note(client.url + path, etag)
        page = client.url + path_of("problems", slug)
    if as_json:
        print_json(kept)
    else:
        say(page)


@app.command()
def drop(slug: Slug, language: LanguageOfDraft = None) -> None:
    """Delete your draft, if there is one."""
    with asking() as client:
        path = _path(client, slug, language)
        client.call("DELETE", path)
        _note(client.url + path, None)
