"""What the commands print: tables for people, JSON on standard output for programs.

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
    """One JSON document on standard output, indented, keys in their order."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def fail(message: str) -> None:
    """An error, on standard error; `message` is taken as it is, not as markup."""
    # soft_wrap: a terminal wraps the line, and a pipe gets one.
    errors.print(f"[bold red]error:[/] {escape(message)}", soft_wrap=True)


def verdict_markup(verdict: Verdict | None) -> str:
    """The verdict's letters in its colour; a dash for none."""
    return "-" if verdict is None else f"[{verdict.facts.colour}]{verdict}[/]"


def usage_texts(usage: Usage) -> tuple[str, str]:
    """CPU time and memory, for a table."""
    return f"{usage.cpu_s:.3f} s", f"{usage.memory_bytes / MIB:.1f} MiB"


def table(*columns: str, numbers: tuple[str, ...] = ()) -> Table:
    """An empty table with these columns; `numbers` are set flush right."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        justify: JustifyMethod = "right" if column in numbers else "left"
        made.add_column(column, justify=justify, overflow="fold")
    return made


def progress(*, shown: bool = True) -> Progress:
    """A bar on standard error that goes away when it is done."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=errors,
        transient=True,
        disable=not shown,
    )
