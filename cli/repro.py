"""`shousi repro`: print a Python script that reproduces a failing sample."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from cli.asking import asking
from cli.files import write_whole
from cli.paths import path_of


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
    with asking() as client:
        path = path_of("submissions", submission, "reproduction")
        script = client.text(path, "text/x-python", params={"test": test} if test else {})
        if output is not None:
            write_whole(output, script)
    if output is None:
        typer.echo(script, nl=False)
    else:
        sys.stderr.write(f"python3 {shlex.quote(str(output))}\n")
