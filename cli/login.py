"""`shousi login`: trade name and password for a token, kept for this server."""

import sys
from contextlib import closing
from typing import Annotated

import typer

from cli.client import ApiError, Client, server_url, store_credentials
from cli.output import print_json
from cli.submitting import fail
from judge.settings import get_settings


def login(
    name: Annotated[str, typer.Argument(help="Your name on the server.")],
    new: Annotated[bool, typer.Option(help="Make the account first.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print name, server and where the token is as JSON.")
    ] = False,
) -> None:
    """Sign in to the server (SHOUSI_URL) and keep the token for later commands."""
    # With --json standard output is for the document, so that the prompt goes elsewhere.
    password = typer.prompt("password", hide_input=True, confirmation_prompt=new, err=as_json)
    url = server_url(get_settings().home)
    body = {"name": name, "password": password}
    try:
        with closing(Client(url, None)) as client:
            if new:
                client.call("POST", "/users", json=body)
            token = client.call("POST", "/tokens", json=body)["token"]
        kept = store_credentials(url, token)
    except ApiError as error:
        raise fail(error) from error
    if as_json:
        print_json({"name": name, "url": url, "credentials": str(kept)})
    else:
        sys.stdout.write(f"signed in to {url}; the token is in {kept}\n")
