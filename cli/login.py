"""`shousi login`: trade name and password for a token, kept for this server."""

import sys
from typing import Annotated

import typer

from cli.client import ApiError, Client, server_url, store_credentials
from cli.submitting import fail
from judge.settings import get_settings


def login(
    name: Annotated[str, typer.Argument(help="Your name on the server.")],
    new: Annotated[bool, typer.Option(help="Make the account first.")] = False,
) -> None:
    """Sign in to the server (SHOUSI_URL) and keep the token for later commands."""
    password = typer.prompt("password", hide_input=True, confirmation_prompt=new)
    url = server_url(get_settings().home)
    client = Client(url, None)
    body = {"name": name, "password": password}
    try:
        if new:
            client.call("POST", "/users", json=body)
        token = client.call("POST", "/tokens", json=body)["token"]
    except ApiError as error:
        raise fail(error) from error
    sys.stdout.write(f"signed in to {url}; the token is in {store_credentials(url, token)}\n")
