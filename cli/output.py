"""Output of the commands: tables for people, JSON on standard output for programs.

Results go through `console` (standard output); progress and errors go through `errors` (standard
error), so that a pipe gets the result alone.
"""

import json
import os
import sys
from typing import Any

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, JustifyMethod, RenderableType, RenderResult
from rich.markup import escape, render
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from judge.limits import MIB, Usage
from judge.verdict import Verdict

COLUMN_GAP = 2
LEAST_WIDTH = 5
"""The least width of each column, however wide the names in other columns are."""
PIPE_WIDTH = 2000
# Without emoji: `problem.yaml:100: ...` names a line.
console = Console(emoji=False)
errors = Console(stderr=True, emoji=False)


# As rich does with bell, backspace, vertical tab, form feed and carriage return.
_LEFT_OUT = (7, 8, 11, 12, 13)
_SHOWN: dict[int, str | None] = {
    **{code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if code not in (9, 10)},
    **dict.fromkeys(_LEFT_OUT),
    # These put the characters after them into another order.
    **{code: f"\\u{code:04x}" for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))},
}


def printable(text: str) -> str:
    """Return the text with control characters made visible: what a program printed could change a
    reader's terminal, or write into their clipboard."""
    return text.translate(_SHOWN)


def all_printable(value: Any) -> Any:
    """Return a JSON document whose texts are `printable`."""
    match value:
        case str():
            return printable(value)
        case list():
            return [all_printable(each) for each in value]
        case dict():
            return {name: all_printable(each) for name, each in value.items()}
        case _:
            return value


def print_text(text: str) -> None:
    """Write a file's text to standard output: on a terminal `printable`, else as it is."""
    text = printable(text) if sys.stdout.isatty() else text
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def print_json(value: Any) -> None:
    """Write one JSON document to standard output, indented, keys in their order."""
    sys.stdout.write(json_text(value, indent=2) + "\n")


def json_text(value: Any, indent: int | None = None) -> str:
    """Return `value` as JSON; all of ASCII if standard output is not in UTF-8."""
    is_utf8 = (sys.stdout.encoding or "utf8").lower().replace("-", "") == "utf8"
    return json.dumps(value, ensure_ascii=not is_utf8, indent=indent)


def fail(message: str) -> None:
    """Print an error on standard error; `message` is plain text, not markup."""
    # soft_wrap: the terminal wraps the line, and a pipe gets it as one line.
    errors.print(f"[bold red]error:[/] {escape(printable(message))}", soft_wrap=True)


def say_error(error: Exception, console: Console) -> None:
    """Print an error as one line. A file's name in it is not markup."""
    told = Text.assemble(("error", "bold red"), f" {printable(str(error))}")
    console.print(told, highlight=False, soft_wrap=True)


def verdict_markup(verdict: Verdict | None) -> str:
    """Return the verdict's letters in its colour, as markup; a dash for None."""
    return "-" if verdict is None else f"[{verdict.facts.colour}]{verdict}[/]"


def usage_texts(usage: Usage) -> tuple[str, str]:
    """Format CPU time and memory for a table."""
    return f"{usage.cpu_s:.3f} s", f"{usage.memory_bytes / MIB:.1f} MiB"


class _Table(Table):
    """A table that keeps names and ids whole, the left columns first, as far as the terminal's
    width allows: so they can be copied and searched for.
    """

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        texts = [[_plain(cell) for cell in column.cells] for column in self.columns]
        widths = [max(map(cell_len, cells), default=0) for cells in texts]
        least = [min(width, LEAST_WIDTH) for width in widths]
        left = options.max_width - sum(least) - COLUMN_GAP * len(least)
        for column, cells, width, taken in zip(self.columns, texts, widths, least, strict=True):
            column.no_wrap = width - taken <= left and not any(" " in cell for cell in cells)
            left -= width - taken if column.no_wrap else 0
        yield from super().__rich_console__(console, options)


def _plain(cell: RenderableType) -> str:
    return cell.plain if isinstance(cell, Text) else render(str(cell)).plain


def table(*columns: str, numbers: tuple[str, ...] = ()) -> Table:
    """Return an empty table with these columns; those in `numbers` are right-aligned."""
    made = _Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        justify: JustifyMethod = "right" if column in numbers else "left"
        made.add_column(column, justify=justify, overflow="fold")
    return made


def tables_console() -> Console:
    """Return a console for tables on standard output. Programs get each row in one line."""
    is_wide = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return Console(width=PIPE_WIDTH if is_wide else None, emoji=False)


def print_table(made: Table) -> None:
    """Write a table to standard output."""
    tables_console().print(made)


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
