"""`shousi problems`, `shousi languages` and `shousi team`."""

import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Annotated

import typer
from rich.text import Text

from cli.asking import AsJson, Json, asking, items_of, moment, print_items, say, valid_s
from cli.client import ApiError, Client
from cli.completing import problem_slugs
from cli.output import json_text, print_json, print_table, table, verdict_markup
from cli.paths import path_of
from judge.verdict import Verdict

Slug = Annotated[str, typer.Argument(help="The team's slug.")]

team = typer.Typer(help="Teams: make one, join, invite, practise.", no_args_is_help=True)


def problems(
    q: Annotated[
        str, typer.Option("--find", help="Part of a title, of a tag or of the slug.")
    ] = "",
    tag: Annotated[str, typer.Option(help="Only with this tag.")] = "",
    difficulty: Annotated[str, typer.Option(help="Only easy, medium or hard ones.")] = "",
    kind: Annotated[str, typer.Option(help="Only of this kind.")] = "",
    state: Annotated[str, typer.Option(help="Only new, tried or solved ones.")] = "",
    as_json: AsJson = False,
) -> None:
    """List the problems, each with your verdict."""
    with asking() as client:
        items = items_of(
            client, "/problems", q=q, tag=tag, difficulty=difficulty, kind=kind, state=state
        )
    print_items(
        items,
        as_json,
        {
            "problem": lambda one: one["slug"],
            "title": lambda one: one["title"],
            "difficulty": lambda one: one["difficulty"],
            "kind": lambda one: one["kind"],
            "tags": lambda one: ", ".join(one["tags"]),
            "you": lambda one: Text.from_markup(
                verdict_markup(Verdict(one["my_verdict"]) if one["my_verdict"] else None)
            ),
            "solved by": lambda one: one["num_solvers"],
        },
    )


def languages(as_json: AsJson = False) -> None:
    """List the languages, how each is compiled, and which can be judged now."""
    with asking() as client:
        found = client.listed("/languages")
    print_items(
        found,
        as_json,
        {
            "language": lambda one: one["id"],
            "name": lambda one: one["name"],
            "version": lambda one: one["version"] if one["available"] else "no worker has it",
            "time limit": lambda one: f"x {one['time_factor']:g}",
            "compiled by": lambda one: one["command"],
        },
    )


@team.command("list")
def list_teams(as_json: AsJson = False) -> None:
    """List the teams that you are in."""
    with asking() as client:
        found = client.call("GET", "/teams")["items"]
    if as_json:
        print_json(found)
        return
    made = table("team", "name", "owner", "members", "you are", numbers=("members",))
    for one in found:
        name, owner, num_members = Text(one["name"]), Text(one["owner"]), str(one["num_members"])
        made.add_row(one["slug"], name, owner, num_members, one["role"])
    print_table(made)


@team.command()
def create(
    name: Annotated[str, typer.Argument(help="The team's name.")], as_json: AsJson = False
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
    days: Annotated[float, typer.Option(help="How many days it is valid.")] = 7.0,
    uses: Annotated[int, typer.Option(help="How many people may use it.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Make an invitation and print how to use it."""
    with asking() as client:
        body = {"ttl_s": valid_s(days), "max_uses": uses}
        made = client.call("POST", path_of("teams", slug, "invitations"), json=body)
    if as_json:
        print_json(made)
    else:
        say(f"shousi team join {slug} {made['invite']}")


@team.command()
def join(
    slug: Slug,
    word: Annotated[str, typer.Argument(help="The invitation's code.")],
    as_json: AsJson = False,
) -> None:
    """Join a team with an invitation."""
    with asking() as client:
        joined = client.call("POST", path_of("teams", slug, "members"), json={"invite": word})
    if as_json:
        print_json(joined)
    else:
        say(f"you are in {joined['name']}")


@team.command()
def preview(
    slug: Slug,
    word: Annotated[str, typer.Argument(help="The invitation's code.")],
    as_json: AsJson = False,
) -> None:
    """Show which team an invitation is for, without using it."""
    path = path_of("teams", slug, "invitations", "preview")
    with asking() as client:
        seen = client.call("GET", path, params={"invite": word})
    if as_json:
        print_json(seen)
        return
    say(f"{seen['name']}: {seen['num_members']} members, owned by {seen['owner']}")
    say(f"invited by {seen['created_by']}, until {moment(seen['expires_at'])}")


@team.command()
def members(slug: Slug, as_json: AsJson = False) -> None:
    """List the members of a team."""
    with asking() as client:
        found = client.call("GET", path_of("teams", slug, "members"))["items"]
    if as_json:
        print_json(found)
        return
    made = table("user", "role", "since", "solved", "last active", numbers=("solved",))
    for one in found:
        since, last_active = moment(one["joined_at"]), moment(one["last_active_at"])
        made.add_row(
            Text(one["user"]), one["role"], since, str(one["num_solved"]), last_active or "never"
        )
    print_table(made)


@team.command()
def activity(
    slug: Slug,
    limit: Annotated[int, typer.Option(min=1, max=50, help="How many at most.")] = 10,
    as_json: AsJson = False,
) -> None:
    """List the members' newest submissions, with user, problem and verdict."""
    with asking() as client:
        path = path_of("teams", slug, "activity")
        found = client.call("GET", path, params={"limit": limit})["items"]
    print_items(
        found,
        as_json,
        {
            "user": lambda one: one["user"],
            "": lambda one: Text.from_markup(verdict_markup(Verdict(one["verdict"]))),
            "problem": lambda one: one["problem"],
            "sent": lambda one: moment(one["created_at"]),
            "submission": lambda one: one["submission"],
        },
    )


@team.command()
def leave(slug: Slug) -> None:
    """Leave a team."""
    with asking() as client:
        me = client.call("GET", "/users/me")["name"]
        client.call("DELETE", path_of("teams", slug, "members", me))


@team.command()
def remove(slug: Slug, user: Annotated[str, typer.Argument(help="The member to remove.")]) -> None:
    """Remove a member from a team that you own."""
    with asking() as client:
        client.call("DELETE", path_of("teams", slug, "members", user))


@team.command("hand-over")
def hand_over(
    slug: Slug, user: Annotated[str, typer.Argument(help="The member who becomes the owner.")]
) -> None:
    """Make another member the owner."""
    with asking() as client:
        client.call("PUT", path_of("teams", slug, "owner"), json={"user": user})


@team.command()
def practise(
    slug: Slug,
    name: Annotated[str | None, typer.Argument(help="The practice set's name.")] = None,
    chosen: Annotated[
        list[str] | None,
        typer.Argument(
            help="The problems' slugs.", metavar="PROBLEM...", autocompletion=problem_slugs
        ),
    ] = None,
    starts: Annotated[datetime | None, typer.Option(help="Submissions count from then on.")] = None,
    ends: Annotated[datetime | None, typer.Option(help="Submissions count until then.")] = None,
    change: Annotated[
        str | None,
        typer.Option(
            metavar="SET",
            help="Change the set with this id instead of making one; options left out stay.",
        ),
    ] = None,
    undated: Annotated[
        bool, typer.Option("--undated", help="With --change: remove the dates that you don't give.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make or change a practice set of a team that you own; dates are local."""
    with asking() as client:
        given: Json = {
            "name": name,
            "problems": chosen,
            "starts_at": starts and _epoch_s(starts),
            "ends_at": ends and _epoch_s(ends),
        }
        body = {key: value for key, value in given.items() if value not in (None, [])}
        if change is not None:
            path = path_of("teams", slug, "sets", change)
            known, etag = client.seen(path)
            stays = ("name", "problems") if undated else tuple(given)
            body = {key: known[key] for key in stays} | body
            made = client.call("PUT", path, json=body, headers={"If-Match": etag})
        elif name is None or not chosen:
            raise ValueError("give the new set's NAME and its PROBLEMs, or --change SET")
        else:
            made = client.call("POST", path_of("teams", slug, "sets"), json=body)
    if as_json:
        print_json(made)
    else:
        say(f"shousi board --team {slug} --set {made['id']}")


def _epoch_s(local: datetime) -> float:
    try:
        return local.timestamp()
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{local:%Y-%m-%d}: this date is out of range") from error


@team.command()
def sets(slug: Slug, as_json: AsJson = False) -> None:
    """List a team's practice sets, newest first."""
    with asking() as client:
        found = client.call("GET", path_of("teams", slug, "sets"))["items"]
    print_items(
        found,
        as_json,
        {
            "set": lambda one: one["id"],
            "name": lambda one: one["name"],
            "starts": lambda one: moment(one["starts_at"]),
            "ends": lambda one: moment(one["ends_at"]),
            "problems": lambda one: " ".join(one["problems"]),
        },
    )


@team.command("delete-set")
def delete_set(
    slug: Slug, identifier: Annotated[str, typer.Argument(metavar="SET", help="Its id.")]
) -> None:
    """Delete a practice set of a team that you own; submissions stay."""
    with asking() as client:
        client.call("DELETE", path_of("teams", slug, "sets", identifier))


@team.command()
def invitations(slug: Slug, as_json: AsJson = False) -> None:
    """List a team's invitations that are still valid."""
    with asking() as client:
        found = client.call("GET", path_of("teams", slug, "invitations"))["items"]
    print_items(
        found,
        as_json,
        {
            "invitation": lambda one: one["id"],
            "by": lambda one: one["created_by"],
            "expires": lambda one: moment(one["expires_at"]),
            "used": lambda one: f"{one['uses']} of {one['max_uses']}",
        },
    )


@team.command("revoke-invitation")
def revoke_invitation(
    slug: Slug, identifier: Annotated[str, typer.Argument(metavar="INVITATION", help="Its id.")]
) -> None:
    """Revoke an invitation of a team that you own."""
    with asking() as client:
        client.call("DELETE", path_of("teams", slug, "invitations", identifier))


@team.command()
def watch(slug: Slug, as_json: AsJson = False) -> None:
    """Print what happens in a team that you are in, until Ctrl-C."""
    with asking() as client, suppress(KeyboardInterrupt):
        for kind, event in _events_of(client, path_of("teams", slug, "events")):
            if as_json:
                line = json_text({"event": kind, **event})
            elif kind == "snapshot":
                line = f"following {event['name']}"
            else:
                line = f"{time.strftime('%H:%M:%S', time.localtime(event['at']))} "
                line += _TOLD[kind].format(**event) if kind in _TOLD else f"{kind} {event}"
            sys.stdout.write(line + "\n")
            sys.stdout.flush()  # a pipe is buffered, and the next event may take an hour


_TOLD = {
    "accepted": "{user} has {problem} accepted",
    "board": "{user} has {score} points: rank {rank}, before {rank_before}",
    "joined": "{user} has joined",
    "left": "{user} has left",
}
_AGAIN_S = 1.0
# No answer at all, or the errors of a proxy whose server is down.
_MAY_COME_BACK = frozenset({None, 502, 503, 504})


def _events_of(client: Client, path: str) -> Iterator[tuple[str, Json]]:
    """Yield the team, then its events without end: if the server is down, wait for it and miss no
    event. Raises ApiError once the server refuses the team."""
    last: int | None = None
    while True:
        headers = {} if last is None else {"Last-Event-ID": str(last)}
        try:
            for kind, event in client.streamed("GET", path, headers=headers):
                # Each new stream begins with a snapshot; only the first is shown.
                if kind != "snapshot" or last is None:
                    yield kind, event
                last = event["last_event_id"] if kind == "snapshot" else event["id"]
        except ApiError as error:
            # If even the first request fails, the address is probably wrong.
            if last is None or error.status not in _MAY_COME_BACK:
                raise
        time.sleep(_AGAIN_S)


@team.command()
def delete(slug: Slug) -> None:
    """Delete a team that you own, with its sets; its members' submissions stay."""
    with asking() as client:
        client.call("DELETE", path_of("teams", slug))
