"""How a submission looks in a terminal: live progress, then the verdict and its tests."""

import difflib
from collections.abc import Iterator
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from judge.verdict import Verdict

Json = dict[str, Any]

LINES_SHOWN = 30


def verdict_text(verdict: Verdict) -> Text:
    """The letters in their colour; the letters stand, so colour is never the only sign."""
    return Text(verdict, style=verdict.facts.colour)


def follow(events: Iterator[tuple[str, Json]], console: Console) -> None:
    """Draw the events as one moving line until the stream ends."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=24))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("queued", total=None)
        for name, data in events:
            if name == "test":
                index, total = int(data["index"]), int(data["total"])
                progress.update(
                    task, description=f"test {index}/{total}", completed=index, total=total
                )
            elif name == "done":
                return
            elif name in {"judging", "compiling", "queued", "requeued"}:
                progress.reset(task, description=name, total=None)


def amount(test: Json) -> tuple[str, str]:
    """(time, memory) for people: `12 ms`, `3.4 MiB`."""
    time_s, memory = test.get("time_s"), test.get("memory_bytes")
    return (
        "" if time_s is None else f"{time_s * 1000:.0f} ms",
        "" if memory is None else f"{memory / (1 << 20):.1f} MiB",
    )


def tests_table(tests: list[Json]) -> Table:
    table = Table("test", "verdict", "time", "memory", "", box=None, header_style="dim")
    for test in tests:
        hint = test.get("hint") or ""
        said = test.get("message") or ""
        note = Text(said if not hint else f"{said}  hint: {hint}" if said else f"hint: {hint}")
        table.add_row(
            Text(test["name"]), verdict_text(Verdict(test["verdict"])), *amount(test), note
        )
    return table


def cut(text: str) -> str:
    lines = text.splitlines()
    if len(lines) <= LINES_SHOWN:
        return text.rstrip("\n")
    return "\n".join([*lines[:LINES_SHOWN], f"... {len(lines) - LINES_SHOWN} more lines"])


def difference(expected: str, output: str) -> Text:
    """A line diff, `-` expected and `+` got."""
    styles = {"-": "red", "+": "green"}
    lines = difflib.ndiff(cut(expected).splitlines(), cut(output).splitlines())
    return Text("\n").join(Text(line, style=styles.get(line[:1], "dim")) for line in lines)


def details(test: Json) -> RenderableType:
    """A sample's or run's input, what was expected and what came, and its standard error."""
    differs = test["verdict"] == "WA" and test.get("expected") and test.get("output") is not None
    names = ("input", "stderr") if differs else ("input", "expected", "output", "stderr")
    parts: list[RenderableType] = []
    for name in names:
        if test.get(name):
            parts += [Text(name, style="dim"), Text(cut(test[name]))]
    if differs:
        parts += [
            Text("difference (- expected, + got)", style="dim"),
            difference(test["expected"], test["output"]),
        ]
    return Panel(Group(*parts), title=f"{test['name']}", title_align="left", border_style="dim")


def show(submission: Json, console: Console, *, verbose: bool) -> None:
    """The final picture: every test in a line, failing samples in full, the verdict last.

    `verbose` shows all samples in full, the passed ones too (a run on own input is of no use
    without its output).
    """
    tests = submission.get("tests") or []
    if submission.get("compile_output"):
        console.print(Panel(Text(cut(submission["compile_output"])), title="compiler"))
    if tests:
        console.print(tests_table(tests))
    for test in tests:
        shown = any(test.get(name) for name in ("input", "expected", "output", "stderr"))
        if shown and (verbose or test["verdict"] != "AC"):
            console.print(details(test))
    time, memory = amount(submission)
    verdict = Verdict(submission["verdict"])
    line = Text.assemble(
        verdict_text(verdict), f"  {verdict.facts.label}  {time}  {memory}".rstrip()
    )
    console.print(line)
    if submission.get("message") and not tests:
        console.print(Text(str(submission["message"])))
    if submission.get("diagnosis"):
        console.print(Text(str(submission["diagnosis"]), style="italic"))
