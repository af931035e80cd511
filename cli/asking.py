"""Helpers of the commands that call the API: a client, error lines, lists, plain output."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import islice
from typing import Annotated, Any

import typer
from rich.text import Text

from cli.client import Client
from cli.output import print_json, print_table, printable, table
from cli.submitting import connect, fail
from judge.errors import ShousiError

Json = dict[str, Any]
AsJson = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
# The largest page that the API returns.
_PAGE = 100
_MOST_DAYS = 36500


@contextmanager
def asking() -> Iterator[Client]:
    """A client. An error becomes one line on standard error and exit status 2."""
    try:
        with closing(connect()) as client:
            yield client
    except (ShousiError, ValueError) as error:
        raise fail(error) from error


def items_of(client: Client, path: str, most: int | None = None, **asked: Any) -> list[Json]:
    """Return the items of a paginated list: all of them, or the first `most`."""

    def pages() -> Iterator[Json]:
        size = _PAGE if most is None else min(most, _PAGE)
        params: Json = {"limit": size} | {name: value for name, value in asked.items() if value}
        while True:
            page = client.call("GET", path, params=params)
            yield from page["items"]
            if page["next"] is None:
                return
            params["cursor"] = page["next"]

    return list(islice(pages(), most))


def print_items(
    items: list[Json], as_json: bool, columns: Mapping[str, Callable[[Json], object]]
) -> None:
    """Print a row for each item; `columns` maps a heading to the function that makes its cell."""
    if as_json:
        print_json(items)
        return
    made = table(*columns)
    for item in items:
        cells = [value(item) for value in columns.values()]
        made.add_row(*map(_cell, cells))
    print_table(made)


def _cell(value: object) -> Text:
    if isinstance(value, Text):
        return value
    # Text instead of str: rich would read markup in a name.
    return Text("" if value is None else printable(str(value)))


def say(line: str) -> None:
    """Write a line to standard output, without rich's markup and without control characters."""
    sys.stdout.write(printable(line) + "\n")


def valid_s(days: float) -> float:
    """Return the seconds of an option --days. Raises ValueError for a number that can't be meant,
    such as nan."""
    if not 0 < days <= _MOST_DAYS:
        raise ValueError(f"--days {days:g}: give more than 0 and at most {_MOST_DAYS}")
    return days * 86400


def moment(seconds: float | None) -> str:
    """Format epoch seconds as the local date and time; None becomes an empty string."""
    if seconds is None:
        return ""
    return datetime.fromtimestamp(seconds, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
