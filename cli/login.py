"""`shousi login` and `shousi logout`: get, store and revoke a token for a server."""

import sys
from contextlib import closing
from typing import Annotated

import typer

from cli.client import (
    ApiError,
    Client,
    forget_credentials,
    server_url,
    store_credentials,
    store_credentials_again,
    stored_credentials,
)
from cli.output import print_json
from cli.submitting import fail
from judge.errors import ShousiError
from judge.settings import get_settings


def login(
    name: Annotated[str, typer.Argument(help="Your name on the server.")] = "",
    new: Annotated[bool, typer.Option(help="Make the account first.")] = False,
    invite: Annotated[
        str | None,
        typer.Option(help="With --new: the code of an invitation, if sign-up is closed."),
    ] = None,
    by_token: Annotated[
        bool,
        typer.Option(
            "--token",
            help="Ask for a token instead of a password. Make one on the server's page /tokens, "
            "for instance if you sign in by a provider.",
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print name, server and the token's file as JSON.")
    ] = False,
) -> None:
    """Sign in to the server (SHOUSI_URL) and keep the token for later commands."""
    if invite and not new:
        raise fail(ValueError("--invite makes an account: say --new as well"))
    if by_token == bool(name):
        raise fail(ValueError("say your NAME, or --token alone for a token of the page /tokens"))
    url = server_url(get_settings().home)
    what = "token" if by_token else "password"
    # With --json standard output holds only JSON, so the prompt goes to standard error.
    try:
        # A token that can't be stored would stay valid, and nobody would know it.
        store_credentials_again()
    except ShousiError as error:
        raise fail(error) from error
    word = typer.prompt(what, hide_input=True, confirmation_prompt=new, err=as_json)
    try:
        if by_token:
            token = word.strip()
            with closing(Client(url, token)) as client:
                name = client.call("GET", "/users/me")["name"]
        else:
            token = _token_for(url, name, word, new=new, invite=invite)
        kept = store_credentials(url, token)
    except ShousiError as error:
        raise fail(error) from error
    if as_json:
        print_json({"name": name, "url": url, "credentials": str(kept)})
    else:
        sys.stdout.write(f"signed in to {url}; the token is in {kept}\n")


def _token_for(url: str, name: str, password: str, *, new: bool, invite: str | None) -> str:
    body = {"name": name, "password": password}
    with closing(Client(url, None)) as client:
        if new:
            client.call("POST", "/users", json=body | ({"invite": invite} if invite else {}))
        return str(client.call("POST", "/tokens", json=body)["token"])


def logout() -> None:
    """Revoke and delete the token that `shousi login` stored for the server (SHOUSI_URL)."""
    url = server_url(get_settings().home)
    try:
        token = stored_credentials().get(url)
        if token is not None:
            try:
                with closing(Client(url, token)) as client:
                    client.call("DELETE", "/session")
            except ApiError as error:
                # 401: the token is no longer valid, so only its stored copy is left to delete.
                if error.status != 401:
                    raise
            forget_credentials(url)
    except ShousiError as error:
        raise fail(error) from error
    sys.stdout.write(f"signed out of {url}\n" if token else f"no token was kept for {url}\n")
