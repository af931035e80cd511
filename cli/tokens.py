"""`shousi token`, `shousi password` and `shousi preferences`."""

from typing import Annotated

import typer

from cli.asking import AsJson, Json, asking, items_of, moment, print_items, say, valid_s
from cli.output import print_json
from cli.paths import path_of
from judge.accounts.preferences import PageLanguage, Theme

token = typer.Typer(help="Tokens: list yours, make one, revoke one.", no_args_is_help=True)


@token.command("list")
def list_tokens(as_json: AsJson = False) -> None:
    """List your tokens and sessions that are valid now."""
    with asking() as client:
        found = items_of(client, "/tokens")
    print_items(
        found,
        as_json,
        {
            "token": lambda one: one["id"],
            "kind": lambda one: one["kind"],
            "label": lambda one: one["label"],
            "scopes": lambda one: " ".join(one["scopes"]),
            "expires": lambda one: moment(one["expires_at"]) or "never",
            "last used": lambda one: moment(one["last_used_at"]) or "never",
        },
    )


@token.command()
def create(
    label: Annotated[str, typer.Argument(help="What it is for, e.g. laptop.")],
    days: Annotated[float, typer.Option(help="How many days it is valid.")] = 30.0,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="What it may do (read, submit, teams, account, admin); else all."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a token with your password and print it; it is shown only once."""
    with asking() as client:
        ttl_s = valid_s(days)
        password = typer.prompt("password", hide_input=True, err=True)
        body: Json = {
            "name": client.call("GET", "/users/me")["name"],
            "password": password,
            "label": label,
            "ttl_s": ttl_s,
            "scopes": scope or None,
        }
        made = client.call("POST", "/tokens", json=body)
    if as_json:
        print_json(made)
    else:
        say(made["token"])


@token.command()
def revoke(identifier: Annotated[str, typer.Argument(metavar="TOKEN", help="Its id.")]) -> None:
    """Revoke a token or a session."""
    with asking() as client:
        client.call("DELETE", path_of("tokens", identifier))


def password() -> None:
    """Change your password; all your other tokens and sessions end."""
    old = typer.prompt("present password", hide_input=True)
    new = typer.prompt("new password", hide_input=True, confirmation_prompt=True)
    with asking() as client:
        body = {"old_password": old, "new_password": new}
        client.call("PUT", "/users/me/password", json=body)


def preferences(
    theme: Annotated[Theme | None, typer.Option(help="Light, dark, or the system's.")] = None,
    language: Annotated[PageLanguage | None, typer.Option(help="The pages' language.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show your preferences for the pages, or change them."""
    chosen: Json = {"theme": theme, "language": language}
    body = {name: value.value for name, value in chosen.items() if value is not None}
    path = "/users/me/preferences"
    with asking() as client:
        found = client.call("PUT", path, json=body) if body else client.call("GET", path)
    if as_json:
        print_json(found)
        return
    say(f"theme: {found['theme'] or 'not chosen'}")
    say(f"language: {found['language'] or 'not chosen'}")
