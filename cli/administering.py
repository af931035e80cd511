"""The commands of `shousi admin` that call the API with an admin's token: people, problems,
rejudges, uploads. The server may run on any machine. Queues and workers are in `cli.operating`."""

from typing import Annotated

import typer

from cli.asking import AsJson, Json, asking, items_of, moment, print_items, say, valid_s
from cli.completing import problem_slugs
from cli.output import print_json, print_table, table
from cli.paths import path_of
from cli.push import follow_upload

app = typer.Typer()
app.command("upload")(follow_upload)
Name = Annotated[str, typer.Argument(help="The user's name.")]
Slug = Annotated[
    str, typer.Argument(metavar="PROBLEM", help="Its slug.", autocompletion=problem_slugs)
]
Rejudge = Annotated[str, typer.Argument(metavar="REJUDGE", help="Its id.")]


@app.command()
def users(as_json: AsJson = False) -> None:
    """List all accounts, newest first."""
    with asking() as client:
        found = items_of(client, "/admin/users")
    print_items(
        found,
        as_json,
        {
            "user": lambda one: one["name"],
            "role": lambda one: one["role"],
            "since": lambda one: moment(one["created_at"]),
            "banned": lambda one: moment(one["banned_at"]),
            "address": lambda one: one["address"] or "",
        },
    )


@app.command()
def role(
    name: Name, new: Annotated[str, typer.Argument(metavar="ROLE", help="user or admin.")]
) -> None:
    """Set a user's role: user or admin."""
    _change(name, {"role": new})


@app.command()
def ban(name: Name) -> None:
    """Ban a user: end their tokens and remove them from the boards."""
    _change(name, {"banned": True})


@app.command()
def unban(name: Name) -> None:
    """End a user's ban."""
    _change(name, {"banned": False})


@app.command()
def address(
    name: Name,
    new: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="name@example.org; empty removes it.")
    ],
) -> None:
    """Set the email address by which a single sign-on provider finds an account."""
    _change(name, {"address": new})


def _change(name: str, what: Json) -> None:
    with asking() as client:
        client.call("PATCH", path_of("admin", "users", name), json=what)


@app.command()
def invite(
    days: Annotated[float, typer.Option(help="How many days it is valid.")] = 7.0,
    uses: Annotated[int, typer.Option(help="How many people may use it.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Make an invitation to sign up and print its link, which is shown only once."""
    with asking() as client:
        body = {"ttl_s": valid_s(days), "max_uses": uses}
        made = client.call("POST", "/admin/invitations", json=body)
        root = client.url
    if as_json:
        print_json(made)
    else:
        say(f"{root}{made['link']}")


@app.command()
def invitations(as_json: AsJson = False) -> None:
    """List the invitations to sign up that are still valid."""
    with asking() as client:
        found = client.call("GET", "/admin/invitations")["items"]
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


@app.command("revoke-invitation")
def revoke_invitation(
    identifier: Annotated[str, typer.Argument(metavar="INVITATION", help="Its id.")],
) -> None:
    """Revoke an invitation to sign up."""
    with asking() as client:
        client.call("DELETE", path_of("admin", "invitations", identifier))


@app.command("queue-history")
def queue_history(
    minutes: Annotated[int, typer.Option(min=1, max=180, help="How many minutes, up to now.")] = 60,
    as_json: AsJson = False,
) -> None:
    """Show, for each minute, how many judgings waited and how long."""
    with asking() as client:
        found = client.call("GET", "/admin/queues/history", params={"minutes": minutes})
    if as_json:
        print_json(found)
        return

    def seconds(value: float | None) -> str:
        return "" if value is None else f"{value:.2f} s"

    print_items(
        found["items"],
        False,
        {
            "minute": lambda one: moment(one["at"]),
            "waiting": lambda one: one["waiting"],
            "begun": lambda one: one["started"],
            "half waited up to": lambda one: seconds(one["wait_p50_s"]),
            "95 in 100 up to": lambda one: seconds(one["wait_p95_s"]),
        },
    )
    say(f"{found['num_judged']} judged; JE since midnight (UTC): {found['judge_errors_today']}")


@app.command()
def log(
    limit: Annotated[int, typer.Option(min=1, help="How many lines at most.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List what admins did, newest first."""
    with asking() as client:
        found = items_of(client, "/admin/audit", limit)
    print_items(
        found,
        as_json,
        {
            "when": lambda one: moment(one["at"]),
            "who": lambda one: one["actor"],
            "what": lambda one: one["action"],
            "to": lambda one: one["target"],
        },
    )


@app.command()
def problems(as_json: AsJson = False) -> None:
    """List every problem with its newest version, also withdrawn ones."""
    with asking() as client:
        found = client.call("GET", "/admin/problems")["items"]
    print_items(
        found,
        as_json,
        {
            "problem": lambda one: one["slug"],
            "kind": lambda one: one["kind"],
            "version": lambda one: one["version"],
            "published": lambda one: moment(one["published_at"]),
            "withdrawn": lambda one: moment(one["withdrawn_at"]),
        },
    )


@app.command()
def versions(slug: Slug, as_json: AsJson = False) -> None:
    """List all versions of a problem, newest first, with who uploaded each."""
    with asking() as client:
        found = client.call("GET", path_of("admin", "problems", slug, "versions"))["items"]
    print_items(
        found,
        as_json,
        {
            "version": lambda one: one["number"],
            "published": lambda one: moment(one["created_at"]),
            "by": lambda one: one["user"],
            "file": lambda one: one["file_name"],
            "sha256": lambda one: one["sha256"][:12],
        },
    )


@app.command()
def withdraw(slug: Slug) -> None:
    """Remove a problem from the list and the boards; its submissions are kept."""
    with asking() as client:
        client.call("PUT", path_of("admin", "problems", slug, "withdrawn"))


@app.command("bring-back")
def bring_back(slug: Slug) -> None:
    """Put a withdrawn problem back; earlier solutions count again."""
    with asking() as client:
        client.call("DELETE", path_of("admin", "problems", slug, "withdrawn"))


@app.command()
def uploads(
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the uploaded packages, newest first."""
    with asking() as client:
        found = items_of(client, "/uploads", limit)
    print_items(
        found,
        as_json,
        {
            "upload": lambda one: one["id"],
            "state": lambda one: one["state"],
            "problem": lambda one: one["problem"],
            "version": lambda one: one["version"],
            "file": lambda one: one["file_name"],
            "by": lambda one: one["user"],
            "sent": lambda one: moment(one["created_at"]),
        },
    )


@app.command()
def rejudge(
    slug: Slug,
    at_once: Annotated[
        bool, typer.Option("--at-once", help="Let the new verdicts count without a preview.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Judge all submissions to a problem again. Nothing counts until `shousi admin apply`."""
    with asking() as client:
        params = {} if at_once else {"preview": True}
        queued, address = client.created(
            "POST", path_of("problems", slug, "rejudge"), params=params
        )
    identifier = address.rpartition("/")[2]
    if as_json:
        print_json({**queued, "rejudge": None if at_once else identifier})
        return
    say(f"{queued['queued']} submissions are judged again")
    if not at_once:
        say(f"shousi admin rejudged {identifier}")


@app.command("rejudge-one")
def rejudge_one(
    submission: Annotated[str, typer.Argument(metavar="SUBMISSION", help="Its id.")],
    as_json: AsJson = False,
) -> None:
    """Judge one submission again, by the problem's newest version. The new verdict counts."""
    with asking() as client:
        queued = client.call("POST", path_of("submissions", submission, "rejudge"))
    if as_json:
        print_json(queued)
    else:
        say(f"shousi show {submission}")


@app.command()
def rejudges(as_json: AsJson = False) -> None:
    """List the rejudges that were started as previews."""
    with asking() as client:
        found = client.call("GET", "/rejudges")["items"]
    print_items(
        found,
        as_json,
        {
            "rejudge": lambda one: one["id"],
            "problem": lambda one: one["problem"],
            "version": lambda one: one["version"],
            "by": lambda one: one["user"],
            "begun": lambda one: moment(one["created_at"]),
            "applied": lambda one: moment(one["applied_at"]),
        },
    )


@app.command()
def rejudged(identifier: Rejudge, as_json: AsJson = False) -> None:
    """Show what a rejudge changes; judgings still running are missing from it."""
    with asking() as client:
        found = client.call("GET", path_of("rejudges", identifier))
    if as_json:
        print_json(found)
        return
    say(f"{found['problem']}, version {found['from_version']} -> {found['version']}, "
        f"begun by {found['user']}: {found['state']}, "
        f"{found['done']} of {found['total']} judged")  # fmt: skip
    made = table("before", "after", "submissions", numbers=("submissions",))
    for count in found["counts"]:
        made.add_row(count["before"], count["after"], str(count["count"]))
    print_table(made)
    print_items(
        found["changes"],
        False,
        {
            "submission": lambda one: one["submission"],
            "user": lambda one: one["user"],
            "language": lambda one: one["language"],
            "before": lambda one: one["before"],
            "after": lambda one: one["after"],
            "first test that differs": lambda one: one["first_test"],
        },
    )
    if found["num_board_changes"]:
        say(f"on the board {found['num_board_changes']} scores change")
        print_items(
            found["board_changes"],
            False,
            {
                "user": lambda one: one["user"],
                "points": lambda one: f"{one['score_before']} -> {one['score_after']}",
                "rank": lambda one: f"{one['rank_before']} -> {one['rank_after']}",
            },
        )


@app.command()
def apply(identifier: Rejudge) -> None:
    """Let a rejudge's verdicts count."""
    with asking() as client:
        client.call("POST", path_of("rejudges", identifier, "apply"))


@app.command()
def drop(identifier: Rejudge) -> None:
    """Discard a rejudge that doesn't count yet."""
    with asking() as client:
        client.call("DELETE", path_of("rejudges", identifier))
