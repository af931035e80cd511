"""`shousi account`: export all that the service stores about you, and delete your account."""

from pathlib import Path
from typing import Annotated

import typer

from cli.asking import asking, say
from cli.output import errors
from cli.submitting import fail
from judge.accounts.leaving import Code

app = typer.Typer(help="Your account: export what is yours, delete it.", no_args_is_help=True)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="The zip file to write.")] = Path(
        "shousi-export.zip"
    ),
) -> None:
    """Write your account, drafts, submissions, runs and interviews into a zip."""
    if file.exists() and not file.is_file():
        raise fail(ValueError(f"{file} can't be written: it is there, and no ordinary file"))
    beside = file.with_name(f".{file.name}.part")
    try:
        beside.touch(0o600)  # nobody else on this machine may read it
        with asking() as client, beside.open("wb") as sink:
            for piece in client.download("/users/me/export"):
                sink.write(piece)
        # Renamed only now, so that `file` is never a partial zip.
        beside.replace(file)
    except OSError as error:
        raise fail(ValueError(f"{file} can't be written: {error.strerror}")) from error
    finally:
        beside.unlink(missing_ok=True)
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
