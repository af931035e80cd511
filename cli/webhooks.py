"""`shousi webhook`: send a message to a URL when something happens."""

from typing import Annotated

import typer

from cli.asking import AsJson, Json, asking, items_of, moment, print_items, say
from cli.client import Client
from cli.completing import problem_slugs
from cli.output import print_json
from cli.paths import path_of

app = typer.Typer(help="Webhooks: send events to a URL.", no_args_is_help=True)
Hook = Annotated[str, typer.Argument(metavar="WEBHOOK", help="Its id.")]


@app.command()
def create(
    url: Annotated[
        str, typer.Argument(help="The URL to send to, e.g. https://example.org/shousi.")
    ],
    event: Annotated[
        list[str], typer.Option(help="accepted, board or upload; may be given several times.")
    ],
    team: Annotated[str | None, typer.Option(help="For a team that you own.")] = None,
    problem: Annotated[
        str | None, typer.Option(help="For a problem's board.", autocompletion=problem_slugs)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Create a webhook and print its secret, which is shown only once."""
    body: Json = {"url": url, "events": event, "team": team, "problem": problem}
    with asking() as client:
        made = client.call("POST", "/webhooks", json=body)
    if as_json:
        print_json(made)
        return
    say(f"webhook {made['id']}; `shousi webhook test {made['id']}` tries it")
    say(f"its secret, shown this once: {made['secret']}")


@app.command("list")
def list_webhooks(as_json: AsJson = False) -> None:
    """List your webhooks."""
    with asking() as client:
        found = client.call("GET", "/webhooks")["items"]
    print_items(
        found,
        as_json,
        {
            "webhook": lambda one: one["id"],
            "url": lambda one: one["url"],
            "events": lambda one: " ".join(one["events"]),
            "team": lambda one: one["team"] or "",
            "problem": lambda one: one["problem"] or "",
        },
    )


@app.command()
def delete(identifier: Hook) -> None:
    """Delete a webhook, with the messages that still wait to be sent."""
    with asking() as client:
        client.call("DELETE", path_of("webhooks", identifier))


@app.command("test")
def send_test(identifier: Hook, as_json: AsJson = False) -> None:
    """Send a test message; `deliveries` shows whether it arrived."""
    with asking() as client:
        made = client.call("POST", path_of("webhooks", identifier, "test"))
    if as_json:
        print_json(made)
    else:
        say(f"delivery {made['id']}; `shousi webhook deliveries {identifier}` says what came of it")


@app.command()
def resend(
    identifier: Hook,
    delivery: Annotated[
        str | None, typer.Argument(help="A message's id; by default all that were set aside.")
    ] = None,
) -> None:
    """Send messages again that were set aside after their last attempt."""
    with asking() as client:
        chosen = [delivery] if delivery is not None else _set_aside(client, identifier)
        for one in chosen:
            client.call("POST", path_of("webhooks", identifier, "deliveries", one, "resend"))
    say(f"{len(chosen)} sent again; `shousi webhook deliveries {identifier}` says what comes of it")


def _set_aside(client: Client, hook: str) -> list[str]:
    """Return the ids of the messages that were set aside, oldest first."""
    found = items_of(client, path_of("webhooks", hook, "deliveries"))
    return [one["id"] for one in reversed(found) if one["state"] == "set_aside"]


@app.command()
def deliveries(
    identifier: Hook,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the messages sent to a webhook, newest first, with their results."""
    with asking() as client:
        found = items_of(client, path_of("webhooks", identifier, "deliveries"), limit)
    print_items(
        found,
        as_json,
        {
            "delivery": lambda one: one["id"],
            "event": lambda one: one["event"],
            "state": lambda one: one["state"].replace("_", " "),
            "attempts": lambda one: one["attempts"],
            "last answer": lambda one: one["status"] or "",
            "made": lambda one: moment(one["created_at"]),
            "next": lambda one: moment(one["due_at"]),
            "error": lambda one: one["error"],
        },
    )
