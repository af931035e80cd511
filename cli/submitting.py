"""`shousi submit` and `shousi run`: send a file, show progress, then the result."""

import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from cli import show
from cli.client import ApiError, Client, find_token, server_url
from cli.completing import language_ids, problem_slugs
from cli.output import print_json, say_error
from cli.paths import path_of
from cli.sources import language_of, problem_in, read_source, read_text, source_file
from judge.errors import ShousiError
from judge.settings import get_settings

POLL_S = 30

File = Annotated[
    Path,
    typer.Argument(
        help="The source file, or a folder with one file that contains `# problem: SLUG`."
    ),
]
HERE = Path()
"""The default: the one file in the current folder that names its problem."""
Problem = Annotated[
    str | None,
    typer.Option(
        help="The problem's slug; else `# problem: SLUG` in the file, else the file's name.",
        autocompletion=problem_slugs,
    ),
]
Language = Annotated[
    str | None,
    typer.Option(
        help="The language's id; else the file's extension decides.",
        autocompletion=language_ids,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Verbose = Annotated[
    bool, typer.Option("-v", "--verbose", help="Show every test, and all samples in full.")
]


Events = Iterator[tuple[str, dict[str, Any]]]
Follow = Callable[[Events], None]


def connect() -> Client:
    """Return a client for the server that the environment names, with the token stored for it."""
    home = get_settings().home
    url = server_url(home)
    return Client(url, find_token(url, home))


def body_of(
    client: Client, file: Path, problem: str | None, language: str | None
) -> tuple[str, dict[str, Any]]:
    """Return (slug, body of the POST). Raises ValueError or ApiError."""
    text = read_source(file)
    slug = problem or problem_in(text) or file.stem.lower()
    kind = kind_of(client, slug)
    return slug, {"language": language or language_of(file, kind), "source": text}


def kind_of(client: Client, slug: str) -> str:
    """Return the problem's kind, which decides between Python and PyTorch. Raises ApiError if the
    problem doesn't exist."""
    return str(client.call("GET", path_of("problems", slug))["kind"])


def judge(
    client: Client, slug: str, what: str, body: dict[str, Any], follow: Follow
) -> dict[str, Any]:
    """Send a submission, let `follow` show its events, and return it when it is done."""
    identifier = client.send(slug, what, body)["id"]
    try:
        say_missing_labels(client.call("GET", path_of("submissions", identifier)))
        follow(client.events(identifier))
        submission = client.submission(identifier, POLL_S)
        while submission["state"] != "done":
            submission = client.submission(identifier, POLL_S)
    except ApiError as error:
        later = f"it is stored, and `shousi show {identifier}` shows its verdict later"
        raise ApiError(f"{error} ({later})", error.status) from error
    return submission


def say_missing_labels(submission: dict[str, Any]) -> None:
    """If no worker can judge the submission at the moment, say so on standard error."""
    missing = submission["missing_labels"]
    if missing:
        sys.stderr.write(
            f"waiting for a worker with {', '.join(missing)}: there is none now. It is stored, and "
            "judged by itself once one comes\n"
        )


def follow_on_terminal(events: Events) -> None:
    """Show the events on standard error, if that is a terminal."""
    console = Console(stderr=True)
    if console.is_terminal:
        show.follow(events, console)


def follow_silently(_events: Events) -> None:
    """Show nothing; the event stream isn't even opened."""


def report(
    submission: dict[str, Any], *, as_json: bool, verbose: bool, all_samples: bool = False
) -> None:
    if as_json:
        print_json(submission)
    else:
        show.show(submission, Console(), verbose=verbose, all_samples=all_samples)
    raise typer.Exit(0 if submission["verdict"] == "AC" else 1)


def fail(error: Exception) -> typer.Exit:
    """Print the error as one line on standard error; return an exit with status 2."""
    say_error(error, Console(stderr=True))
    return typer.Exit(2)


def submit(
    file: File = HERE,
    problem: Problem = None,
    language: Language = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Submit FILE; exit 0 when accepted, 1 for any other verdict, 2 for an error."""
    try:
        with closing(connect()) as client:
            slug, body = body_of(client, source_file(file, problem), problem, language)
            submission = judge(
                client,
                slug,
                "submissions",
                body,
                follow_silently if as_json else follow_on_terminal,
            )
    except (ShousiError, ValueError) as error:
        raise fail(error) from error
    report(submission, as_json=as_json, verbose=verbose)


def run(
    file: File = HERE,
    problem: Problem = None,
    language: Language = None,
    own_input: Annotated[
        str | None,
        typer.Option("--input", help="A file with your own input; - reads standard input."),
    ] = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Run FILE on the samples, or on your own input; no board counts it."""
    try:
        with closing(connect()) as client:
            slug, body = body_of(client, source_file(file, problem), problem, language)
            if own_input is not None:
                body["input"] = (
                    read_text(sys.stdin.buffer, "standard input")
                    if own_input == "-"
                    else read_source(Path(own_input))
                )
            submission = judge(
                client, slug, "runs", body, follow_silently if as_json else follow_on_terminal
            )
    except (ShousiError, ValueError) as error:
        raise fail(error) from error
    report(submission, as_json=as_json, verbose=verbose, all_samples=True)
