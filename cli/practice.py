"""`shousi open` and `shousi watch`: a problem as a folder, and its samples at each save."""

import html
import time
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console

from cli import show
from cli.client import ApiError
from cli.completing import language_ids, problem_slugs
from cli.sources import source_file
from cli.submitting import (
    HERE,
    File,
    Language,
    Problem,
    body_of,
    connect,
    fail,
    follow_on_terminal,
    judge,
    say_error,
)
from judge.languages import suffixes_of

_LOOK_EVERY_S = 0.2
_PAGE = """<!doctype html>
<html><meta charset="utf-8"><title>{title}</title>
<style>body {{ max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font-family: sans-serif;
line-height: 1.6 }} pre {{ overflow: auto }}</style>
<h1>{title}</h1>
{statement}
</html>
"""


def open_problem(
    slug: Annotated[str, typer.Argument(help="The problem.", autocompletion=problem_slugs)],
    folder: Annotated[
        Path | None, typer.Argument(help="Where to write; else a new folder with its name.")
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            help="The language's id; else the problem's first.", autocompletion=language_ids
        ),
    ] = None,
) -> None:
    """Write a problem's statement, samples and template into a folder. A file that holds work of
    yours is never overwritten."""
    try:
        with closing(connect()) as client:
            problem = client.call("GET", f"/problems/{quote(slug, safe='')}")
        chosen = _chosen(problem, language)
        place = folder or Path(slug)
        source = place / _file_name(slug, chosen)
        place.mkdir(parents=True, exist_ok=True)
        statement = _PAGE.format(
            title=html.escape(problem["title"]), statement=problem["statement_html"]
        )
        (place / "statement.html").write_text(statement, encoding="utf-8")
        _write_samples(place / "samples", problem["samples"])
        if source.exists():
            told = "is there already, and stays as it is"
        else:
            source.write_text(_template(problem, slug, chosen), encoding="utf-8")
            told = f"then: shousi watch {source}"
    except (ApiError, ValueError, OSError) as error:
        raise fail(error) from error
    Console().print(f"{place / 'statement.html'}\n{source}  ({told})", highlight=False)


def _chosen(problem: dict[str, Any], language: str | None) -> str:
    """The language to begin in; ValueError where the problem doesn't take the one named."""
    taken: list[str] = problem["languages"]
    if language is not None and language not in taken:
        raise ValueError(f"{problem['slug']} takes {', '.join(taken)}, not {language}")
    return language or taken[0]


def _file_name(slug: str, language: str) -> str:
    # Java wants the file to be called like the class in it.
    return "Main.java" if language == "java" else slug + suffixes_of(language)[0]


def _template(problem: dict[str, Any], slug: str, language: str) -> str:
    comment = "#" if language in {"python3", "pytorch"} else "//"
    return f"{comment} problem: {slug}\n{problem['templates'].get(language, '')}"


def _write_samples(folder: Path, samples: list[dict[str, str]]) -> None:
    folder.mkdir(exist_ok=True)
    for number, sample in enumerate(samples, 1):
        shown = {"in": "input", "ans": "output", "interaction": "interaction"}
        for suffix, what in shown.items():
            if sample[what]:
                (folder / f"{number}.{suffix}").write_text(sample[what], encoding="utf-8")


def watch(file: File = HERE, problem: Problem = None, language: Language = None) -> None:
    """Run FILE on the samples now and at each save, until Ctrl-C. Nothing is recorded."""
    if not file.exists():
        raise fail(FileNotFoundError(f"{file}: there is no such file"))
    try:
        file = source_file(file, problem)
    except ValueError as error:
        raise fail(error) from error
    console = Console()
    try:
        with closing(connect()) as client:
            seen = None
            while True:
                if (now := _state(file)) in (None, seen):
                    time.sleep(_LOOK_EVERY_S)
                    continue
                seen = now
                console.rule(f"{file.name}  {time.strftime('%H:%M:%S')}", style="dim")
                try:
                    slug, body = body_of(client, file, problem, language)
                    done = judge(client, slug, "runs", body, follow_on_terminal)
                    show.show(done, console)
                except (ApiError, ValueError) as error:
                    # The next save may mend it, and the server may come back.
                    say_error(error, console)
    except KeyboardInterrupt:
        return


def _state(file: Path) -> tuple[int, int, int] | None:
    """What changes at a save; None while the file is missing, as it is while some editors save."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
