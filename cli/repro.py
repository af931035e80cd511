"""`shousi repro`: a failing sample as one Python script."""

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
        str | None, typer.Option(help="A sample's name; else the first that failed.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it there, not to the terminal.")
    ] = None,
) -> None:
    """Print a script that shows again, with torch alone, how a sample or a run failed."""
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
