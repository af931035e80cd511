"""`shousi paths`: in which order to solve the problems of a topic."""

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from cli.asking import AsJson, asking
from cli.output import print_json, table


def paths(
    tag: Annotated[str | None, typer.Argument(help="Only the path of this topic.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the learning paths: a topic's problems, each after what it needs."""
    with asking() as client:
        found = client.call("GET", "/paths")["items"]
        if tag is not None:
            known = [one["tag"] for one in found]
            found = [one for one in found if one["tag"] == tag]
            if not found:
                raise ValueError(
                    f"there is no path {tag!r}; there are {', '.join(known) or 'none'}"
                )
    if as_json:
        print_json(found)
        return
    made = table("topic", "problem", "title", "after", "you")
    for path in found:
        for step in path["problems"]:
            you = "next" if step["is_next"] else step["state"]
            row = (path["tag"], step["slug"], step["title"], " ".join(step["after"]), you)
            made.add_row(*map(Text, row))
    Console().print(made)
