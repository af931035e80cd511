"""`shousi batch`: judge many files at once and print a line for each verdict as it arrives."""

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from cli.asking import Json, asking
from cli.client import ApiError, Client
from cli.completing import language_ids, problem_slugs
from cli.output import errors, json_text, printable, verdict_markup
from cli.paths import path_of
from cli.sources import language_of, read_source
from cli.submitting import kind_of
from judge.verdict import Verdict

_AGAIN_AFTER_S = 1.0
_TRIES = 30
"""How many streams in a row may bring no new result before the command gives up."""


def batch(
    slug: Annotated[
        str | None,
        typer.Argument(help="The problem's slug.", autocompletion=problem_slugs),
    ] = None,
    files: Annotated[list[Path] | None, typer.Argument(help="The source files.")] = None,
    language: Annotated[
        str | None,
        typer.Option(
            help="The language of all files; else each file's extension decides.",
            autocompletion=language_ids,
        ),
    ] = None,
    again: Annotated[
        str | None,
        typer.Option(
            metavar="BATCH", help="Send nothing, print the results of this earlier batch."
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each result as a line of JSON.")
    ] = False,
) -> None:
    """Judge FILES on all tests; no board counts them. Exit status 0 if all are accepted, 1 if not,
    2 after an error."""
    with asking() as client:
        if again is not None:
            if slug or files:
                raise ValueError("with --again name no problem and no files")
            names: list[str] = []
            events = client.streamed("GET", path_of("batches", again, "events"))
        elif slug and files:
            names = [str(file) for file in files]
            events = client.streamed(
                "POST", "/runs:batch", json=_body(client, slug, files, language)
            )
        else:
            raise ValueError("name a problem and files, or --again BATCH")
        verdicts = []
        for result in _results(client, events):
            verdicts.append(result["verdict"])
            name = names[result["index"]] if names else f"source {result['index']}"
            if as_json:
                sys.stdout.write(json_text({"file": name, **result}) + "\n")
                sys.stdout.flush()
            else:
                _show(name, result)
    raise typer.Exit(0 if all(one == "AC" for one in verdicts) else 1)


def _body(client: Client, slug: str, files: list[Path], language: str | None) -> Json:
    kind = kind_of(client, slug)
    sources = [
        {"language": language or language_of(file, kind), "source": read_source(file)}
        for file in files
    ]
    return {"problem": slug, "sources": sources}


def _results(client: Client, events: Iterator[tuple[str, Json]]) -> Iterator[Json]:
    """Yield each result once. A broken stream is opened again: the server keeps all results."""
    told: set[int] = set()
    identifier = ""
    tries = _TRIES
    is_done = False
    while tries:
        tries -= 1
        try:
            for name, data in events:
                found = []
                if name == "snapshot":
                    if not identifier:
                        errors.print(Text(f"batch {data['id']}"), highlight=False)
                    identifier = data["id"]
                    found = [one for one in data["items"] if one["state"] == "done"]
                elif name == "result":
                    found = [data]
                is_done = name == "done"
                for one in found:
                    if one["index"] not in told:
                        told.add(one["index"])
                        tries = _TRIES
                        yield one
        except ApiError as error:
            # After a refusal (4xx) retrying is useless; a server that is down may come back.
            if not identifier or (error.status is not None and error.status < 500):
                raise
        if is_done:
            return
        if not identifier:
            raise ApiError("the answer broke off before it named the batch; send it again")
        time.sleep(_AGAIN_AFTER_S)
        events = client.streamed("GET", path_of("batches", identifier, "events"))
    raise ApiError(f"the stream breaks; try `shousi batch --again {identifier}`")


def _show(name: str, result: Json) -> None:
    verdict = Verdict(result["verdict"])
    time_s = result["time_s"]
    line = Text.from_markup(verdict_markup(verdict))
    line.append(f"  {name}", style="bold")
    if time_s is not None:
        line.append(f"  {time_s:.3f} s")
    if verdict is not Verdict.AC:
        line.append(f"  {printable(result['diagnosis'] or result['message'])}")
    Console().print(line, soft_wrap=True, highlight=False)
