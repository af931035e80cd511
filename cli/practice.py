"""`shousi open` writes a problem into a folder; `shousi watch` runs its samples at each save."""

import html
import time
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from cli import show
from cli.client import ApiError
from cli.completing import language_ids, problem_slugs
from cli.paths import path_of
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
        place.mkdir(parents=True, exist_ok=True)
        statement = _PAGE.format(
            title=html.escape(problem["title"]),
            # Links to the problem's files lead to the copies beside the statement.
            statement=problem["statement_html"].replace(f'"/api/v1{path}/files/', '"files/')
            + "".join(_question(one, problem["titles"]) for one in problem.get("questions", [])),
        )
        (place / "statement.html").write_text(statement, encoding="utf-8")
        _write_samples(place / "samples", problem["samples"])
        _write_files(place / "files", files)
        if source.exists():
            told = "is there already, and stays as it is"
        else:
            comment = "#" if chosen in {"python3", "pytorch", "answers"} else "//"
            text = f"{comment} problem: {slug}\n{problem['templates'].get(chosen, '')}"
            source.write_text(text, encoding="utf-8")
            told = f"then: shousi watch {source}"
    except (ApiError, ValueError, OSError) as error:
        raise fail(error) from error
    Console().print(f"{place / 'statement.html'}\n{source}  ({told})", highlight=False)


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
    folder.mkdir(exist_ok=True)
    for number, sample in enumerate(samples, 1):
        shown = {"in": "input", "ans": "output", "interaction": "interaction"}
        for suffix, what in shown.items():
            if sample[what]:
                (folder / f"{number}.{suffix}").write_text(sample[what], encoding="utf-8")


def _write_files(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        file = folder / name
        # Don't let a malicious server write outside the folder.
        if not file.resolve().is_relative_to(folder.resolve()):
            raise ValueError(f"the problem's file {name!r} would be written outside {folder}")
        # Don't overwrite: the user may have edited the file, often a template to start from.
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)


def watch(file: File = HERE, problem: Problem = None, language: Language = None) -> None:
    """Run FILE on the samples now and at each save, until Ctrl-C. No board counts the runs."""
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
                    # Go on: the next save may fix it, and the server may come back.
                    say_error(error, console)
    except KeyboardInterrupt:
        return


def _state(file: Path) -> tuple[int, int, int] | None:
    """Return values that change at each save; None if the file is missing, which some editors cause
    for a moment while they save."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size
