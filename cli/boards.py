"""`shousi board`: print a leaderboard, once or whenever it changes."""

import sys
import time
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.asking import AsJson, Json, asking, moment
from cli.client import ApiError, Client
from cli.completing import problem_slugs
from cli.output import json_text, print_json, print_table, say_error, table, tables_console
from cli.paths import path_of

_AGAIN_S = 1.0
# No answer at all, or the errors of a proxy whose server is down.
_MAY_COME_BACK = frozenset({None, 502, 503, 504})
USER_WIDTH, PROBLEM_WIDTH = 50, 8
"""Characters that a board needs for a user's own columns, and for each problem's."""


class Period(StrEnum):
    """Which submissions count."""

    week = "week"
    month = "month"
    all = "all"


def cell_text(cell: Json) -> Text:
    """A board's cell: `+2` solved at the second attempt, `-1` one attempt and not solved, `?1` one
    submission without a verdict yet."""
    pending = f"?{cell['num_pending']}" if cell["num_pending"] else ""
    if cell["solved"]:
        return Text(f"+{cell['num_judged']}{pending}", style="green")
    tried = f"-{cell['num_judged']}" if cell["num_judged"] else ""
    return Text(tried + pending, style="yellow" if pending else "red")


def board_table(rows: list[Json], width: int) -> Table:
    """Return a table of rank, name, score, last gain, and a column for each problem; if those are
    too many for `width`, one column for all problems that the user has tried."""
    slugs = sorted({cell["slug"] for row in rows for cell in row["problems"]})
    fits = PROBLEM_WIDTH * len(slugs) <= width - USER_WIDTH
    headings = slugs if fits else ["problems"]
    made = table(
        "rank", "user", "score", "solved", "last gain", *headings,
        numbers=("rank", "score", "solved"),
    )  # fmt: skip
    for row in rows:
        cells = {cell["slug"]: cell_text(cell) for cell in row["problems"]}
        tried = [Text.assemble(slug, " ", cells[slug]) for slug in slugs if cells.get(slug)]
        made.add_row(
            str(row["rank"]),
            # Text instead of str: rich would read markup in a name.
            Text(row["user"]),
            str(row["score"]),
            str(row["num_solved"]),
            moment(row["time"]),
            *([cells.get(slug, Text("")) for slug in slugs] if fits else [Text("  ").join(tried)]),
        )
    return made


def solvers_table(rows: list[Json]) -> Table:
    """Return a table of rank, name, and CPU time with its interval."""
    made = table("rank", "user", "language", "CPU time", "between", "timings", numbers=("rank",))
    for row in rows:
        between = f"{row['time_low_s'] * 1000:.0f} - {row['time_high_s'] * 1000:.0f} ms"
        made.add_row(
            str(row["rank"]),
            Text(row["user"]),
            row["language"],
            f"{row['time'] * 1000:.0f} ms",
            between,
            str(row["num_timings"]),
        )
    return made


def board(
    team_slug: Annotated[str | None, typer.Option("--team", help="A team's board.")] = None,
    problem: Annotated[
        str | None,
        typer.Option(help="A problem's solvers, fastest first.", autocompletion=problem_slugs),
    ] = None,
    practice_set: Annotated[str | None, typer.Option("--set", help="A practice set's id.")] = None,
    period: Annotated[Period, typer.Option(help="Which submissions count.")] = Period.all,
    follow: Annotated[
        bool,
        typer.Option(
            "--follow",
            help="Print the board whenever it changes, until Ctrl-C; not with --problem.",
        ),
    ] = False,
    as_json: AsJson = False,
    as_csv: Annotated[
        bool, typer.Option("--csv", help="Print the whole board as CSV, for spreadsheets.")
    ] = False,
) -> None:
    """Show the board of all users, of a team, or of a problem."""
    params: Json = {} if problem else {"period": period.value}
    path, live = "/leaderboard", "/leaderboard/events"
    if problem:
        path = path_of("problems", problem, "leaderboard")
    elif team_slug:
        team = path_of("teams", team_slug)
        path, live = f"{team}/leaderboard", f"{team}/leaderboard/events"
        params |= {"set": practice_set} if practice_set else {}
    with asking() as client:
        if as_csv:
            if follow or as_json:
                raise ValueError("--csv goes with neither --follow nor --json")
            sys.stdout.write(client.text(path, "text/csv", params={**params, "format": "csv"}))
            return
        if not follow:
            found = client.call("GET", path, params=params)
            if as_json:
                print_json(found)
            else:
                rows = found["rows"]
                width = tables_console().width
                print_table(solvers_table(rows) if problem else board_table(rows, width))
            return
        if problem:
            raise ValueError("a problem's board is not sent live; leave out --follow or --problem")
        try:
            _show_each(followed(client, path, live, params), as_json=as_json)
        except KeyboardInterrupt:
            return


def _show_each(boards: Iterator[Json], *, as_json: bool) -> None:
    """Print each board that differs from the one before: as a line of JSON, or under the time."""
    console = Console()
    shown: list[Json] | None = None
    for found in boards:
        if found["rows"] == shown:
            continue
        shown = found["rows"]
        if as_json:
            sys.stdout.write(json_text(found) + "\n")
            sys.stdout.flush()  # a pipe is buffered, and the next board may take an hour
        else:
            console.rule(time.strftime("%H:%M:%S"), style="dim")
            print_table(board_table(shown, tables_console().width))


def followed(client: Client, path: str, live: str, params: Json) -> Iterator[Json]:
    """Yield the board at `path`, then each board that the stream `live` sends, without end: if the
    server is down, wait for it. Raises ApiError once the server refuses the board."""
    yield client.call("GET", path, params=params)
    told = False
    while True:
        for _, found in client.stream(live, params=params):
            yield found
        # The stream ended: a restart, a proxy's cut, or the user may no longer read it.
        time.sleep(_AGAIN_S)
        try:
            yield client.call("GET", path, params=params)
            told = False
        except ApiError as error:
            if error.status not in _MAY_COME_BACK:
                raise
            if not told:
                say_error(error, Console(stderr=True))
            told = True
