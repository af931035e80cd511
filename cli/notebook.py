"""`%%submit` and `%%run` in a notebook: send a cell, show progress, then its result below it.

The server's environment has no IPython: only code that runs in a notebook imports it.
"""

import argparse
import io
import shlex
import sys
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from rich.console import Console

from cli import show
from cli.show import Json
from cli.sources import problem_in, python_for
from cli.submitting import Events, connect, judge, kind_of
from judge.errors import ShousiError
from judge.verdict import Verdict


class Shell(Protocol):
    """The part of IPython's InteractiveShell that this module uses."""

    def register_magic_function(self, func: Any, magic_kind: str, magic_name: str) -> None: ...


def load_ipython_extension(ipython: Shell) -> None:
    """Register the magics; `%load_ext shousi` calls this."""
    for name, magic in (("submit", submit), ("run", run)):
        ipython.register_magic_function(magic, magic_kind="cell", magic_name=name)


def submit(line: str, cell: str) -> None:
    """%%submit [--language ID] [-v] [SLUG]

    Submit the cell and show its verdict. Without SLUG, the cell must contain `# problem: SLUG`.
    The language is Python, with PyTorch if the problem is of kind torch; -v shows every failure
    and all samples in full.
    """
    _send("submit", "submissions", line, cell)


def run(line: str, cell: str) -> None:
    """%%run [--language ID] [-v] [SLUG]

    Run the cell on the problem's samples and show the results; no board counts it.
    The options are those of %%submit.
    """
    _send("run", "runs", line, cell)


class MagicError(Exception):
    """Why a cell was not judged. IPython prints only this line, from `_render_traceback_`."""

    def _render_traceback_(self) -> list[str]:
        return [f"error {self}"]


@dataclass(frozen=True, slots=True)
class Result:
    """A finished submission or run. IPython shows it as HTML, in a terminal as text."""

    submission: Json
    page: str
    is_run: bool
    verbose: bool

    def _repr_html_(self) -> str:
        verdict = Verdict(self.submission["verdict"])
        every = self.verbose or self.is_run
        return _template().render(
            verdict=verdict,
            summary=show.summary(self.submission),
            page=self.page,
            submission=self.submission,
            failures=list(show.failures(self.submission["tests"])),
            says_by_itself=show.says_by_itself(self.submission),
            most=None if self.verbose else show.MOST_FAILURES,
            samples=[
                # verbose=False: with -v a terminal gets lines instead of the picture, which a
                # notebook can show.
                (Verdict(test["verdict"]), show.shown_of(test, verbose=False))
                for test in show.samples_shown(self.submission, every=every)
            ],
        )

    def __repr__(self) -> str:
        # With force_jupyter rich would display the text in the notebook by itself.
        console = Console(file=io.StringIO(), force_jupyter=False, color_system=None)
        with console.capture() as text:
            show.show(self.submission, console, verbose=self.verbose, all_samples=self.is_run)
        return text.get().rstrip("\n")


class _Output:
    """The cell's output: the progress of the judging, later replaced by the result."""

    def __init__(self) -> None:
        self._handle: Any = None

    def follow(self, events: Events) -> None:
        """Show progress; in a terminal as one moving line, since output can't be replaced there."""
        if sys.stderr.isatty():
            show.follow(events, Console(stderr=True, force_jupyter=False))
            return
        for what, begun, total in show.steps(events):
            bar = f'<progress value="{begun}" max="{total}"></progress>' if total else ""
            # Safe as HTML: `what` holds only our own words and numbers from the server.
            self._put({"text/plain": what, "text/html": f"<div>{what} {bar}</div>"}, raw=True)

    def end(self, result: Result | None) -> None:
        """Show the result in place of the progress; None only removes the progress."""
        if result is not None:
            self._put(result)
        elif self._handle is not None:
            self._put({"text/plain": "", "text/html": ""}, raw=True)

    def _put(self, shown: Any, *, raw: bool = False) -> None:
        from IPython.display import display

        if self._handle is None:
            self._handle = display(shown, raw=raw, display_id=True)
        else:
            self._handle.update(shown, raw=raw)


class _Words(argparse.ArgumentParser):
    """Parses a magic's arguments. A wrong one raises ValueError; argparse would exit the kernel."""

    def __init__(self, magic: str) -> None:
        super().__init__(prog=f"%%{magic}", add_help=False, allow_abbrev=False)
        self.add_argument("slug", nargs="?", metavar="SLUG")
        self.add_argument("--language", metavar="ID")
        self.add_argument("-v", "--verbose", action="store_true")

    def error(self, message: str) -> Any:
        raise ValueError(f"{message}; {self.format_usage().strip()}")


def _read_line(magic: str, line: str, cell: str) -> argparse.Namespace:
    """Parse a magic's arguments; if they have no slug, take the one that the cell names."""
    words = _Words(magic).parse_args(shlex.split(line))
    words.slug = words.slug or problem_in(cell)
    if words.slug is None:
        raise ValueError(f"which problem? say %%{magic} SLUG, or write `# problem: SLUG`")
    return words


def _send(magic: str, what: str, line: str, cell: str) -> None:
    output, result = _Output(), None
    try:
        words = _read_line(magic, line, cell)
        with closing(connect()) as client:
            language = words.language or python_for(kind_of(client, words.slug))
            # An empty line in place of the magic's, so that line numbers match the cell's.
            body = {"language": language, "source": "\n" + cell}
            done = judge(client, words.slug, what, body, output.follow)
            page = f"{client.url}/submissions/{done['id']}"
            result = Result(done, page, is_run=what == "runs", verbose=words.verbose)
    except (ShousiError, ValueError) as error:
        raise MagicError(str(error)) from error
    finally:
        output.end(result)


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template("notebook.html")
