"""`shousi paths` and `shousi solution`: the order in which to solve a topic's problems, and a
problem's reference solution."""

from typing import Annotated

import typer
from rich.text import Text

from cli.asking import AsJson, asking, say
from cli.completing import problem_slugs
from cli.output import print_json, print_table, print_text, table
from cli.paths import path_of


def paths(
    tag: Annotated[str | None, typer.Argument(help="Only the path of this topic.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the learning paths: a topic's problems, each after its prerequisites."""
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
    print_table(made)


def solution(
    slug: Annotated[str, typer.Argument(help="The problem.", autocompletion=problem_slugs)],
    as_json: AsJson = False,
) -> None:
    """Print a problem's reference solution, once you have solved it."""
    with asking() as client:
        found = client.call("GET", path_of("problems", slug, "solutions"))["items"]
    if as_json:
        print_json(found)
        return
    files = [file for one in found for file in one["files"]]
    for file in files:
        # A single file is printed without a heading, so that it can be piped on.
        if len(files) > 1:
            say(f"==> {file['name']} <==")
        print_text(file["text"])
