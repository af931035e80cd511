"""`shousi submissions`, `show`, `profile` and `mistakes`: submissions and their results."""

from collections.abc import Iterator
from difflib import unified_diff
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from cli import show as showing
from cli.asking import AsJson, Json, asking, items_of, moment, print_items, say
from cli.client import Client
from cli.completing import language_ids, problem_slugs
from cli.output import print_json, print_text, verdict_markup
from cli.paths import path_of
from cli.submitting import Verbose
from judge.verdict import Verdict


def submissions(
    problem: Annotated[
        str | None, typer.Option(help="Only to this problem.", autocompletion=problem_slugs)
    ] = None,
    verdict: Annotated[Verdict | None, typer.Option(help="Only with this verdict.")] = None,
    language: Annotated[
        str | None, typer.Option(help="Only in this language.", autocompletion=language_ids)
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(help="Those of a team mate, to problems that you have both solved."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List your submissions, newest first, each with its verdict and error."""
    with asking() as client:
        found = items_of(
            client, "/submissions", limit,
            problem=problem, verdict=verdict, language=language, user=user,
        )  # fmt: skip
    print_items(
        found,
        as_json,
        {
            "submission": lambda one: one["id"],
            "": lambda one: Text.from_markup(
                verdict_markup(Verdict(one["verdict"]) if one["verdict"] else None)
            ),
            "problem": lambda one: one["problem"],
            "language": lambda one: one["language"],
            "time": lambda one: showing.amount(one)[0],
            "sent": lambda one: moment(one["created_at"]),
            "what was wrong": _what_was_wrong,
        },
    )


def _what_was_wrong(one: Json) -> str:
    if one["verdict"] is None:
        return str(one["state"])
    return "" if one["verdict"] == "AC" else one["diagnosis"] or one["message"]


def show(
    identifier: Annotated[
        str | None, typer.Argument(metavar="SUBMISSION", help="Its id; else your newest one.")
    ] = None,
    source: Annotated[bool, typer.Option(help="Print the source instead.")] = False,
    compare: Annotated[
        str | None,
        typer.Option(
            metavar="EARLIER",
            help="Print a diff from the source of the submission EARLIER, an id.",
        ),
    ] = None,
    as_json: AsJson = False,
    verbose: Verbose = False,
) -> None:
    """Show a submission's verdict and tests, and how fast it is compared with others."""
    with asking() as client:
        if as_json and compare is not None:
            raise ValueError("--compare prints a text: leave out --json")
        found = client.submission(identifier or _newest(client))
        other = None if compare is None else client.submission(compare)
        brief = as_json or source or other is not None
        told = "" if brief else place_among_others(client, found)
    if other is not None:
        if changes := "".join(differences(other, found)):
            print_text(changes)
    elif as_json:
        print_json(found)
    elif source:
        print_text(found["source"])
    elif found["verdict"] is None:
        missing = ", ".join(found["missing_labels"])
        waits = f", until a worker has {missing}: there is none now" if missing else ""
        say(f"{found['state']}{waits}; it is shown once there is a verdict")
    else:
        showing.show(found, Console(), verbose=verbose)
        if told:
            say(told)


def _newest(client: Client) -> str:
    newest = items_of(client, "/submissions", 1)
    if not newest:
        raise ValueError("you have sent nothing yet")
    return str(newest[0]["id"])


def differences(earlier: Json, later: Json) -> Iterator[str]:
    """Yield a unified diff of two submissions' sources; nothing if they are the same."""
    old, new = (one["source"].splitlines() for one in (earlier, later))
    before, after = (f"{one['id']} {one['verdict'] or one['state']}" for one in (earlier, later))
    return (f"{line}\n" for line in unified_diff(old, new, before, after, lineterm=""))


def place_among_others(client: Client, submission: Json) -> str:
    """Say how fast an accepted submission is compared with others; empty if it isn't accepted."""
    if submission["verdict"] != "AC" or submission["purpose"] in {"run", "batch"}:
        return ""
    path = path_of("problems", submission["problem"], "runtimes")
    mine = client.call("GET", path, params={"submission": submission["id"]})["mine"]
    if mine is None or not mine["num_others"]:
        return ""
    share = 100 * mine["num_slower"] // mine["num_others"]
    return (
        f"faster than {share} % of {mine['num_others']} accepted solutions; "
        f"{mine['num_ties']} can't be told apart from it"
    )


def profile(
    name: Annotated[str | None, typer.Argument(help="The user; else you.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show a user's score, streaks, topics and solved problems."""
    with asking() as client:
        whose = name or client.call("GET", "/users/me")["name"]
        found = client.call("GET", path_of("users", whose))
    if as_json:
        print_json(found)
        return
    console = Console()
    console.print(Text(found["name"], style="bold"), highlight=False)
    rank = "no rank yet" if found["rank"] is None else f"rank {found['rank']}"
    say(
        f"score {found['score']}, {rank}, solved {found['num_solved']}, "
        f"days in a row {found['current_streak']} (longest {found['longest_streak']})"
    )
    topics = [one for one in found["topics"] if one["num_solved"]]
    if topics:
        told = (f"{one['tag']} {one['num_solved']}/{one['num_problems']}" for one in topics)
        say(f"topics: {', '.join(told)}")
    print_items(
        found["solved"],
        False,
        {
            "problem": lambda one: one["slug"],
            "tries": lambda one: one["num_judged"],
            "fastest": lambda one: (
                "" if one["best_s"] is None else f"{one['best_s'] * 1000:.0f} ms"
            ),
            "solved": lambda one: moment(one["time"]),
        },
    )


def mistakes(as_json: AsJson = False) -> None:
    """List the known mistakes that were found in your newest submissions."""
    with asking() as client:
        found = client.call("GET", "/users/me/mistakes")["items"]
    print_items(
        found,
        as_json,
        {
            "problem": lambda one: one["problem"],
            "mistake": lambda one: one["line"],
            "times": lambda one: one["num_told"],
            "solved since": lambda one: "yes" if one["solved_since"] else "no",
            "submission": lambda one: one["submission"],
        },
    )
