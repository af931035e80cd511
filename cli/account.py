"""`shousi account`: export all that the service stores about you, and delete your account."""

from pathlib import Path
from typing import Annotated

import typer

from cli.asking import asking, say
from cli.files import written_whole
from cli.output import errors
from judge.accounts.leaving import Code

app = typer.Typer(help="Your account: export what is yours, delete it.", no_args_is_help=True)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="The zip file to write.")] = Path(
        "shousi-export.zip"
    ),
) -> None:
    """Write your account, drafts, submissions, runs and interviews into a zip."""
    with asking() as client, written_whole(file, mode=0o600) as sink:
        for piece in client.download("/users/me/export", "application/zip"):
            sink.write(piece)
    say(str(file))


@app.command()
def delete(
    code: Annotated[
        Code, typer.Option(help="Keep your submissions without your name, or delete them.")
    ],
    confirm: Annotated[
        str | None, typer.Option(help="Your name, for scripts: without it you are asked.")
    ] = None,
) -> None:
    """Delete your account, for good."""
    if confirm is None:
        errors.print("This can't be undone. `shousi account export` before keeps what is yours.")
        confirm = typer.prompt("your name", err=True)
    with asking() as client:
        client.call("DELETE", "/users/me", params={"code": code.value, "confirm": confirm})
    say("the account is deleted")
