"""The commands of `shousi admin` about judging: queues, workers, pauses and stuck submissions.
They call the API, as those in `cli.administering` do."""

import time
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli.asking import AsJson, Json, asking, moment, print_items, say
from cli.output import print_json
from cli.paths import path_of

app = typer.Typer()
Submission = Annotated[str, typer.Argument(metavar="SUBMISSION", help="Its id.")]
_LOOK_AGAIN_S = 1.0


@app.command()
def queue(as_json: AsJson = False) -> None:
    """Show how many judgings wait and run in each queue."""
    with asking() as client:
        found = client.listed("/admin/queues")
        pause = client.call("GET", "/admin/pause")
    if pause["paused"] and not as_json:
        say(pause_line(pause))
    print_items(
        found,
        as_json,
        {
            "queue": lambda one: one["queue"],
            "waiting": lambda one: one["queued"],
            "running": lambda one: one["running"],
            "users": lambda one: one["users"],
            "oldest": lambda one: "" if one["oldest_s"] is None else f"{one['oldest_s']:.1f} s",
            "no worker has": lambda one: ", ".join(one["missing_labels"]),
        },
    )


@app.command()
def workers(
    silent: Annotated[
        bool, typer.Option(help="Also list workers that fell silent within the last hour.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the workers, and what each of them judges."""
    with asking() as client:
        found = client.listed("/admin/workers", params={"silent": silent})
    print_items(
        found,
        as_json,
        {
            "worker": lambda one: one["id"],
            "": _state,
            "last sign of life": lambda one: moment(one["seen_at"]),
            "labels": lambda one: " ".join(one["labels"]),
            "languages": lambda one: " ".join(one["languages"]),
            "runs": lambda one: ", ".join(
                f"{each['problem']} of {each['user']} ({each['tests_done']} tests done)"
                for each in one["running"]
            ),
            "lost": lambda one: ", ".join(
                f"{each['problem']} of {each['user']} ({each['requeued_to'] or each['state']})"
                for each in one["lost"]
            ),
        },
    )


def _state(worker: Json) -> str:
    if not worker["alive"]:
        return "silent"
    if worker["draining_at"] is None:
        return "alive"
    return "drained" if worker["drained"] else "draining"


@app.command()
def pause(
    reason: Annotated[str, typer.Argument(help="The reason, shown to users who wait.")] = "",
    as_json: AsJson = False,
) -> None:
    """Pause judging: workers finish what runs, and new submissions wait."""
    with asking() as client:
        made = client.call("PUT", "/admin/pause", json={"reason": reason})
    if as_json:
        print_json(made)
    else:
        say(pause_line(made))


@app.command()
def resume() -> None:
    """End the pause: workers judge the waiting submissions."""
    with asking() as client:
        client.call("DELETE", "/admin/pause")


def pause_line(pause: Json) -> str:
    """Say since when judging is paused, by whom and why."""
    why = f": {pause['reason']}" if pause["reason"] else ""
    return f"judging is paused since {moment(pause['at'])} by {pause['by']}{why}"


@app.command()
def drain(
    worker: Annotated[str, typer.Argument(metavar="WORKER", help="Its id, as `workers` shows it.")],
    undo: Annotated[
        bool, typer.Option("--undo", help="Let the worker take judgings again.")
    ] = False,
    wait: Annotated[bool, typer.Option(help="Wait until the worker is idle.")] = True,
) -> None:
    """Have one worker take no more judgings, and say when it can be stopped."""
    with asking() as client:
        path = path_of("admin", "workers", worker, "draining")
        client.call("DELETE" if undo else "PUT", path)
        if undo or not wait:
            return
        while True:
            found = client.listed("/admin/workers", params={"silent": True})
            # A worker that has ended isn't in the list, and `all` of nothing is true.
            if all(one["drained"] for one in found if one["id"] == worker):
                break
            time.sleep(_LOOK_AGAIN_S)
    say(f"{worker} does nothing any more and can be stopped")


@app.command()
def retry(submission: Submission, as_json: AsJson = False) -> None:
    """Judge a submission anew, even if a worker holds it; its count of attempts starts at zero."""
    with asking() as client:
        queued = client.call("POST", path_of("submissions", submission, "retry"))
    if as_json:
        print_json(queued)
    else:
        say(f"shousi show {submission}")


@app.command()
def cancel(submission: Submission) -> None:
    """Stop judging a submission that waits or runs: it gets JE, and no board counts it."""
    with asking() as client:
        client.call("POST", path_of("submissions", submission, "cancel"))


@app.command()
def trace(submission: Submission, as_json: AsJson = False) -> None:
    """Show a submission's history: when it was accepted, queued and claimed, and each attempt."""
    with asking() as client:
        found = client.call("GET", path_of("submissions", submission, "trace"))
    if as_json:
        print_json(found)
        return
    steps = found["steps"]
    began = steps[0]["at"]
    say(f"{found['submission']}: {found['problem']} of {found['user']}, {moment(began)}")
    print_items(
        steps,
        False,
        {
            "at": lambda one: _clock(one["at"]),
            "after": lambda one: f"{one['at'] - began:.3f} s",
            "step": lambda one: one["step"],
            "attempt": lambda one: one["attempt"],
            "what": lambda one: one["detail"],
            "worker": lambda one: one["worker"],
            "judging": lambda one: one["judging"],
        },
    )


def _clock(seconds: float) -> str:
    local = datetime.fromtimestamp(seconds, UTC).astimezone()
    return local.strftime("%H:%M:%S.%f")[:-3]
