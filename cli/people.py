"""`shousi board`, `shousi problems` and `shousi team`: who solved what, and with whom."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.client import ApiError, Client
from cli.completing import problem_slugs
from cli.output import print_json, table
from cli.submitting import connect, fail

Json = dict[str, Any]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
Slug = Annotated[str, typer.Argument(help="The team's slug.")]

team = typer.Typer(help="Teams: make one, join, invite, practise.", no_args_is_help=True)


class Period(StrEnum):
    """Which submissions count."""

    week = "week"
    month = "month"
    all = "all"


@contextmanager
def asking() -> Iterator[Client]:
    """A client. What the server refuses becomes one line on standard error and exit status 2."""
    try:
        with closing(connect()) as client:
            yield client
    except (ApiError, ValueError) as error:
        raise fail(error) from error


def say(line: str) -> None:
    """A plain line on standard output."""
    sys.stdout.write(line + "\n")


def moment(seconds: float | None) -> str:
    """Epoch seconds as the local date and time."""
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def cell_text(cell: Json) -> Text:
    """`+2` solved at the second attempt, `-1` not solved in one, `?1` waits for a verdict."""
    pending = f"?{cell['num_pending']}" if cell["num_pending"] else ""
    if cell["solved"]:
        return Text(f"+{cell['num_judged']}{pending}", style="green")
    tried = f"-{cell['num_judged']}" if cell["num_judged"] else ""
    return Text(tried + pending, style="yellow" if pending else "red")


def board_table(rows: list[Json]) -> Table:
    """A table of rank, name, score, last gain, and a column for each problem."""
    slugs = sorted({cell["slug"] for row in rows for cell in row["problems"]})
    made = table(
        "rank", "user", "score", "solved", "last gain", *slugs, numbers=("rank", "score", "solved")
    )
    for row in rows:
        cells = {cell["slug"]: cell_text(cell) for cell in row["problems"]}
        made.add_row(
            str(row["rank"]),
            # Text and no string: a name must not be read as rich's markup.
            Text(row["user"]),
            str(row["score"]),
            str(row["num_solved"]),
            moment(row["time"]),
            *(cells.get(slug, Text("")) for slug in slugs),
        )
    return made


def solvers_table(rows: list[Json]) -> Table:
    """A table of rank, name, and CPU time with its interval."""
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
    as_json: AsJson = False,
) -> None:
    """Show everybody's board, a team's, or a problem's."""
    params: Json = {} if problem else {"period": period.value}
    path = "/leaderboard"
    if problem:
        path = f"/problems/{quote(problem, safe='')}/leaderboard"
    elif team_slug:
        path = f"/teams/{quote(team_slug, safe='')}/leaderboard"
        params |= {"set": practice_set} if practice_set else {}
    with asking() as client:
        found = client.call("GET", path, params=params)
    if as_json:
        print_json(found)
        return
    rows = found["rows"]
    Console().print(solvers_table(rows) if problem else board_table(rows))


def problems(as_json: AsJson = False) -> None:
    """List the problems, and what to send for each."""
    items: list[Json] = []
    # As many as a page may have.
    params: Json = {"limit": 100}
    with asking() as client:
        while True:
            page = client.call("GET", "/problems", params=params)
            items += page["items"]
            if page["next"] is None:
                break
            params["cursor"] = page["next"]
    if as_json:
        print_json(items)
        return
    made = table("problem", "title", "difficulty", "kind", "tags")
    for item in items:
        title, tags = Text(item["title"]), Text(", ".join(item["tags"]))
        made.add_row(item["slug"], title, item["difficulty"], item["kind"], tags)
    Console().print(made)


def team_path(slug: str, *rest: str) -> str:
    """A path below a team's, with names that may be in any script."""
    return "/".join(["/teams", *(quote(part, safe="") for part in (slug, *rest))])


@team.command("list")
def list_teams(as_json: AsJson = False) -> None:
    """The teams that you are in."""
    with asking() as client:
        found = client.call("GET", "/teams")["items"]
    if as_json:
        print_json(found)
        return
    made = table("team", "name", "owner", "you are")
    for one in found:
        made.add_row(one["slug"], Text(one["name"]), Text(one["owner"]), one["role"])
    Console().print(made)


@team.command()
def create(
    name: Annotated[str, typer.Argument(help="What the team is called.")], as_json: AsJson = False
) -> None:
    """Make a team, which you own."""
    with asking() as client:
        made = client.call("POST", "/teams", json={"name": name})
    if as_json:
        print_json(made)
    else:
        say(f"team {made['slug']}; `shousi team invite {made['slug']}` makes an invitation")


@team.command()
def invite(
    slug: Slug,
    days: Annotated[float, typer.Option(help="For how long it lets somebody in.")] = 7.0,
    uses: Annotated[int, typer.Option(help="How often it lets somebody in.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Make an invitation and print how to use it."""
    body = {"ttl_s": days * 86400, "max_uses": uses}
    with asking() as client:
        made = client.call("POST", team_path(slug, "invitations"), json=body)
    if as_json:
        print_json(made)
    else:
        say(f"shousi team join {slug} {made['invite']}")


@team.command()
def join(
    slug: Slug,
    word: Annotated[str, typer.Argument(help="The invitation's word.")],
    as_json: AsJson = False,
) -> None:
    """Join a team by an invitation."""
    with asking() as client:
        joined = client.call("POST", team_path(slug, "members"), json={"invite": word})
    if as_json:
        print_json(joined)
    else:
        say(f"you are in {joined['name']}")


@team.command()
def members(slug: Slug, as_json: AsJson = False) -> None:
    """Who is in a team."""
    with asking() as client:
        found = client.call("GET", team_path(slug, "members"))["items"]
    if as_json:
        print_json(found)
        return
    made = table("user", "role", "since")
    for one in found:
        made.add_row(Text(one["user"]), one["role"], moment(one["joined_at"]))
    Console().print(made)


@team.command()
def leave(slug: Slug) -> None:
    """Leave a team."""
    with asking() as client:
        me = client.call("GET", "/users/me")["name"]
        client.call("DELETE", team_path(slug, "members", me))


@team.command()
def remove(slug: Slug, user: Annotated[str, typer.Argument(help="Whom to remove.")]) -> None:
    """Remove a member from a team that you own."""
    with asking() as client:
        client.call("DELETE", team_path(slug, "members", user))


@team.command("hand-over")
def hand_over(
    slug: Slug, user: Annotated[str, typer.Argument(help="The member who is to own it.")]
) -> None:
    """Make another member the owner."""
    with asking() as client:
        client.call("PUT", team_path(slug, "owner"), json={"user": user})


@team.command()
def practise(
    slug: Slug,
    name: Annotated[str, typer.Argument(help="What the practice set is called.")],
    chosen: Annotated[
        list[str],
        typer.Argument(
            help="The problems' slugs.", metavar="PROBLEM...", autocompletion=problem_slugs
        ),
    ],
    starts: Annotated[datetime | None, typer.Option(help="From when on they count.")] = None,
    ends: Annotated[datetime | None, typer.Option(help="Until when they count.")] = None,
    as_json: AsJson = False,
) -> None:
    """Choose problems for a team that you own; dates are local."""
    body = {
        "name": name,
        "problems": chosen,
        "starts_at": starts.timestamp() if starts else None,
        "ends_at": ends.timestamp() if ends else None,
    }
    with asking() as client:
        made = client.call("POST", team_path(slug, "sets"), json=body)
    if as_json:
        print_json(made)
    else:
        say(f"shousi board --team {slug} --set {made['id']}")
