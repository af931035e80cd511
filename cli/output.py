"""Output of the commands: tables for people, JSON on standard output for programs.

Results go through `console` (standard output); progress and errors go through `errors` (standard
error), so that a pipe gets the result alone.
"""

import json
import sys
from typing import Any

from rich.console import Console, JustifyMethod
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from judge.limits import MIB, Usage
from judge.verdict import Verdict

console = Console()
errors = Console(stderr=True)


def print_json(value: Any) -> None:
    """Write one JSON document to standard output, indented, keys in their order."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def fail(message: str) -> None:
    """Print an error on standard error; `message` is plain text, not markup."""
    # soft_wrap: the terminal wraps the line, and a pipe gets it as one line.
    errors.print(f"[bold red]error:[/] {escape(message)}", soft_wrap=True)


def verdict_markup(verdict: Verdict | None) -> str:
    """Return the verdict's letters in its colour, as markup; a dash for None."""
    return "-" if verdict is None else f"[{verdict.facts.colour}]{verdict}[/]"


def usage_texts(usage: Usage) -> tuple[str, str]:
    """Format CPU time and memory for a table."""
    return f"{usage.cpu_s:.3f} s", f"{usage.memory_bytes / MIB:.1f} MiB"


def table(*columns: str, numbers: tuple[str, ...] = ()) -> Table:
    """Return an empty table with these columns; those in `numbers` are right-aligned."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        justify: JustifyMethod = "right" if column in numbers else "left"
        made.add_column(column, justify=justify, overflow="fold")
    return made


def progress(*, shown: bool = True) -> Progress:
    """Return a progress bar on standard error that disappears when it is done."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=errors,
        transient=True,
        disable=not shown,
    )
