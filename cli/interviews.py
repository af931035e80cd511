"""`shousi interview`: take a mock interview, read its report, and assign interviews to a team."""

import time
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from cli.asking import AsJson, Json, asking, moment, print_items, say
from cli.client import Client
from cli.output import print_json, print_table, table, verdict_markup
from cli.paths import path_of
from judge.verdict import Verdict

app = typer.Typer(help="Mock interviews: rounds with a clock.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="The interview's name; see `list`.")]
Team = Annotated[str, typer.Argument(help="The team's slug.")]
SittingId = Annotated[
    str | None, typer.Argument(metavar="SITTING", help="Its id; else your newest one.")
]


@app.command("list")
def list_interviews(as_json: AsJson = False) -> None:
    """List the interviews that you can take."""
    with asking() as client:
        found = client.call("GET", "/interviews")["items"]
    print_items(
        found,
        as_json,
        {
            "interview": lambda one: one["name"],
            "title": lambda one: one["title"],
            "minutes": lambda one: one["minutes"],
            "rounds": lambda one: " | ".join(" ".join(each["tasks"]) for each in one["rounds"]),
            "": lambda one: "lacks " + " ".join(one["lacking"]) if one["lacking"] else "",
        },
    )


@app.command()
def start(name: Name, as_json: AsJson = False) -> None:
    """Start an interview. The server's clock runs from now on; submit as usual."""
    with asking() as client:
        sitting = client.call("POST", path_of("interviews", name, "sittings"))
    _show(sitting, as_json)


@app.command()
def status(sitting: SittingId = None, as_json: AsJson = False) -> None:
    """Show the current round, its time left, and which tasks passed."""
    with asking() as client:
        found = client.call("GET", path_of("sittings", sitting or _newest(client)))
    _show(found, as_json)


@app.command("next")
def end_round(
    sitting: SittingId = None,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask whether you are sure.")] = False,
    as_json: AsJson = False,
) -> None:
    """End the current round; the next one begins at once. This can't be undone."""
    with asking() as client:
        path = path_of("sittings", sitting or _newest(client))
        running = _running(client.call("GET", path))
        if running is None:
            raise ValueError("the interview is over; see `shousi interview report`")
        if not yes:
            typer.confirm(f"End round {running['position']}, {running['title']}?", abort=True)
        found = client.call("POST", f"{path}/advance", json={"round": running["position"]})
    _show(found, as_json)


@app.command()
def report(sitting: SittingId = None, as_json: AsJson = False) -> None:
    """Show the results of the rounds that are over, and what to read next."""
    with asking() as client:
        found = client.call("GET", path_of("sittings", sitting or _newest(client), "report"))
    if as_json:
        print_json(found)
        return
    console = Console()
    for one in found["rounds"]:
        console.print(Text(f"Round {one['position']}: {one['title']}", style="bold"))
        made = table("task", "solved", "attempts", "verdicts", numbers=("attempts",))
        for task in one["tasks"]:
            solved = task["solved_after_s"]
            verdicts = " ".join(
                verdict_markup(Verdict(each)) for each in task["verdicts"] if each is not None
            )
            made.add_row(
                Text(task["title"]),
                "no" if solved is None else f"after {_clock(solved)}",
                str(task["num_attempts"]),
                Text.from_markup(verdicts),
            )
        print_table(made)
        for task in one["tasks"]:
            for mistake in task["mistakes"]:
                say(f"  {task['title']}: {mistake['line']}")
            for reading in task["reading"]:
                say(f"  read next: {reading['title']}  {reading['url']}")


@app.command()
def sat(as_json: AsJson = False) -> None:
    """List the interviews that you have taken, newest first."""
    with asking() as client:
        found = client.call("GET", "/sittings")["items"]
    print_items(
        found,
        as_json,
        {
            "sitting": lambda one: one["id"],
            "interview": lambda one: one["interview"],
            "started": lambda one: moment(one["started_at"]),
            "solved": lambda one: f"{one['num_solved']} of {one['num_tasks']}",
            "": lambda one: "" if one["is_over"] else "runs",
        },
    )


@app.command()
def assign(team: Team, name: Name) -> None:
    """Give an interview to a team that you own."""
    with asking() as client:
        client.call("POST", path_of("teams", team, "interviews"), json={"interview": name})


@app.command()
def withdraw(team: Team, name: Name) -> None:
    """Take an interview from a team that you own; members keep their results."""
    with asking() as client:
        client.call("DELETE", path_of("teams", team, "interviews", name))


@app.command()
def results(team: Team, as_json: AsJson = False) -> None:
    """List a team's interviews; its owner also sees each member's result."""
    with asking() as client:
        found = client.call("GET", path_of("teams", team, "interviews"))["items"]
    if as_json:
        print_json(found)
        return
    made = table("interview", "given", "user", "solved", "sitting")
    for one in found:
        given = moment(one["assigned_at"])
        mine = [{"user": "you", "sitting": one["mine"]}]
        for each in mine if one["results"] is None else one["results"]:
            seen = each["sitting"]
            solved = "not started"
            if seen is not None:
                solved = f"{seen['num_solved']} of {seen['num_tasks']}"
                solved += "" if seen["is_over"] else ", runs"
            made.add_row(
                Text(one["interview"]),
                given,
                Text(each["user"]),
                solved,
                seen["id"] if seen else "",
            )
    print_table(made)


def _newest(client: Client) -> str:
    found = client.call("GET", "/sittings")["items"]
    if not found:
        raise ValueError("you have sat no interview yet; `shousi interview start NAME` begins one")
    return str(found[0]["id"])


def _running(sitting: Json) -> Json | None:
    return next((one for one in sitting["rounds"] if one["state"] == "running"), None)


def _show(sitting: Json, as_json: bool) -> None:
    if as_json:
        print_json(sitting)
        return
    running = _running(sitting)
    if running is None:
        say(f"{sitting['title']}: over; `shousi interview report {sitting['id']}`")
    else:
        # By this machine's clock, which may differ from the server's.
        ends_at = time.time() + sitting["seconds_left"]
        ends = time.strftime("%H:%M:%S", time.localtime(ends_at))
        say(
            f"{sitting['title']}: round {running['position']} of {len(sitting['rounds'])}, "
            f"{_clock(sitting['seconds_left'])} left, until {ends}"
        )
    made = table("round", "", "task", "attempts", "", numbers=("attempts",))
    for one in sitting["rounds"]:
        for task in one["tasks"]:
            passed = (
                "passed" if task["solved_at"] is not None else "not yet" if task["sent"] else ""
            )
            row = (one["title"], one["state"], task["problem"], str(task["num_attempts"]), passed)
            made.add_row(*map(Text, row))
    print_table(made)


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
