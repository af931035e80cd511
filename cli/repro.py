"""`shousi repro`: print a Python script that reproduces a failing sample."""

import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from cli.client import ApiError
from cli.submitting import connect, fail


def repro(
    submission: Annotated[str, typer.Argument(help="A submission's or a run's id.")],
    test: Annotated[
        str | None, typer.Option(help="A sample's name; else the first failing one.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the script to this file.")
    ] = None,
) -> None:
    """Print a script that reproduces a failed sample or run; it needs only torch."""
    try:
        with closing(connect()) as client:
            script = client.text(
                f"/submissions/{submission}/reproduction", params={"test": test} if test else {}
            )
    except ApiError as error:
        raise fail(error) from error
    if output is None:
        sys.stdout.write(script)
    else:
        output.write_text(script)
        sys.stderr.write(f"python3 {output}\n")
