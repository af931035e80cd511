"""`shousi open` writes a problem into a folder; `shousi watch` runs its samples at each save."""

import html
import shlex
import time
from contextlib import closing, suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from cli import show
from cli.asking import say
from cli.completing import language_ids, problem_slugs
from cli.files import make_folder, write_whole
from cli.output import say_error
from cli.paths import path_of
from cli.sources import read_source, source_file
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
)
from judge.errors import ShousiError
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
        Path | None, typer.Argument(help="The folder to write; by default the problem's slug.")
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            help="The language's id; else the problem's first language.",
            autocompletion=language_ids,
        ),
    ] = None,
) -> None:
    """Write a problem's statement, samples, files and template into a folder. Source files that
    exist are never overwritten."""
    try:
        with closing(connect()) as client:
            path = path_of("problems", slug)
            problem = client.call("GET", path)
            files = {
                name: client.content(path_of("problems", slug, "files", name))
                for name in problem["downloads"]
            }
        chosen = _chosen(problem, language)
        place = folder or Path(slug)
        # Java requires the file to have the name of its class.
        name = "Main.java" if chosen == "java" else slug + suffixes_of(chosen)[0]
        source = place / name
        make_folder(place)
        statement = _PAGE.format(
            title=html.escape(problem["title"]),
            # Links to the problem's files lead to the copies beside the statement.
            statement=problem["statement_html"].replace(f'"/api/v1{path}/files/', '"files/')
            + "".join(_question(one, problem["titles"]) for one in problem.get("questions", [])),
        )
        write_whole(place / "statement.html", statement)
        _write_samples(place / "samples", problem["samples"])
        _write_files(place / "files", files)
        if source.exists():
            told = "is there already, and stays as it is"
        else:
            comment = "#" if chosen in {"python3", "pytorch", "answers"} else "//"
            text = f"{comment} problem: {slug}\n{problem['templates'].get(chosen, '')}"
            write_whole(source, text)
            told = f"then: shousi watch {shlex.quote(str(source))}"
    except (ShousiError, ValueError) as error:
        raise fail(error) from error
    say(f"{place / 'statement.html'}\n{source}  ({told})")


def _chosen(problem: dict[str, Any], language: str | None) -> str:
    """Return `language`, or the problem's first; ValueError if the problem doesn't accept it."""
    taken: list[str] = problem["languages"]
    if language is not None and language not in taken:
        raise ValueError(f"{problem['slug']} takes {', '.join(taken)}, not {language}")
    return language or taken[0]


def _question(question: dict[str, Any], tags: dict[str, str]) -> str:
    """Render a quiz question as HTML, in each of the problem's languages."""
    parts = [f"<h2>{question['id']}</h2>"]
    for tag in tags:
        options = "".join(
            f"<dt>{one['id']}</dt><dd>{one['html'][tag]}</dd>" for one in question["options"]
        )
        unit = html.escape(question["unit"].get(tag, ""))
        parts.append(f'<div lang="{tag}">{question["html"][tag]}<dl>{options}</dl>{unit}</div>')
    return "".join(parts)


def _write_samples(folder: Path, samples: list[dict[str, str]]) -> None:
    make_folder(folder)
    for number, sample in enumerate(samples, 1):
        shown = {"in": "input", "ans": "output", "interaction": "interaction"}
        for suffix, what in shown.items():
            if sample[what]:
                write_whole(folder / f"{number}.{suffix}", sample[what])


def _write_files(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        file = folder / name
        # Don't let a malicious server write outside the folder.
        if not file.resolve().is_relative_to(folder.resolve()):
            raise ValueError(f"the problem's file {name!r} would be written outside {folder}")
        # Don't overwrite: the user may have edited the file, often a template to start from.
        if not file.exists():
            make_folder(file.parent)
            write_whole(file, content)


def watch(file: File = HERE, problem: Problem = None, language: Language = None) -> None:
    """Run FILE on the samples now and at each save, until Ctrl-C. No board counts the runs."""
    try:
        file = source_file(file, problem)
        read_source(file)  # a file that is missing now is a mistake, later an editor that saves
        client = connect()
    except (ShousiError, ValueError) as error:
        raise fail(error) from error
    console = Console()
    with closing(client), suppress(KeyboardInterrupt):
        seen = None
        while True:
            if (now := _state(file)) in (None, seen):
                time.sleep(_LOOK_EVERY_S)
                continue
            seen = now
            heading = Text(f"{file.name}  {time.strftime('%H:%M:%S')}")
            console.rule(heading, style="dim")
            try:
                slug, body = body_of(client, file, problem, language)
                done = judge(client, slug, "runs", body, follow_on_terminal)
                show.show(done, console)
            except (ShousiError, ValueError) as error:
                # Go on: the next save may fix it, and the server may come back.
                say_error(error, console)


def _state(file: Path) -> tuple[int, int, int] | None:
    """Return values that change at each save; None if the file is missing, which some editors cause
    for a moment while they save."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
