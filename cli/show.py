"""Show a submission in a terminal: live progress, then the verdict and its tests."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table
from rich.text import Text

from cli.output import all_printable
from judge.differences import Reason, from_json
from judge.verdict import Verdict

if TYPE_CHECKING:
    from judge.tensor_pictures import TensorPicture

Json = dict[str, Any]

LINES_SHOWN = 30
MOST_FAILURES = 5
"""How many different failures are listed without --verbose."""
_MOST_BESIDE = 4


def verdict_text(verdict: Verdict) -> Text:
    """The verdict's letters in its colour: letters too, for readers who can't see the colour."""
    return Text(verdict, style=verdict.facts.colour)


def steps(events: Iterator[tuple[str, Json]]) -> Iterator[tuple[str, int, int | None]]:
    """Yield (step, tests started, tests in total) at each event until the stream ends; the total is
    None before the first test."""
    for name, data in events:
        if name == "test":
            index, total = int(data["index"]), int(data["total"])
            yield f"test {index}/{total}", index, total
        elif name == "done":
            return
        elif name in {"judging", "compiling", "queued", "requeued"}:
            yield name, 0, None


def follow(events: Iterator[tuple[str, Json]], console: Console) -> None:
    """Show the events as one progress line until the stream ends."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=24))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("queued", total=None)
        for what, begun, total in steps(events):
            if total is None:
                progress.reset(task, description=what, total=None)
            else:
                progress.update(task, description=what, completed=begun, total=total)


def amount(test: Json) -> tuple[str, str]:
    """Format a test's time and memory: `12 ms`, `3.4 MiB`."""
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


def shapes_in(text: str) -> str:
    """Return the shapes of an input's values; empty if the input is not a JSON document."""
    try:
        case = json.loads(text)
    except ValueError:
        return ""
    return _shape_of(case) if isinstance(case, dict | list) else ""


def _shape_of(value: Any) -> str:
    """Return a tensor's shape, the shapes of an object's members, or the value as JSON."""
    if isinstance(value, dict):
        if "values" in value:
            return _shape_of(value["values"])
        if "shape" in value:
            return "x".join(map(str, value["shape"])) or "scalar"
        return "{" + ", ".join(f"{name}: {_shape_of(one)}" for name, one in value.items()) + "}"
    if isinstance(value, list):
        sizes, inside = [], value
        while isinstance(inside, list) and inside:
            sizes.append(len(inside))
            inside = inside[0]
        if isinstance(inside, dict):
            return "[" + ", ".join(map(_shape_of, value)) + "]"
        return "x".join(map(str, sizes)) or "0"
    return json.dumps(value, ensure_ascii=False)


def tensor_table(picture: TensorPicture) -> RenderableType:
    """Tables of expected, got and difference around the worst element, which is marked; side by
    side if they are narrow enough."""
    side_by_side = len(picture.cells[0]) <= _MOST_BESIDE
    tables: list[RenderableType] = []
    for kind in ("expected", "got", "difference"):
        values = Table.grid(padding=(0, 1))
        for row in picture.cells:
            texts = []
            for cell in row:
                style = "red" if kind == "difference" and cell.level else ""
                style = "bold reverse" if cell.is_framed else style
                texts.append(Text(getattr(cell, kind), style=style))
            values.add_row(*texts)
        tables.append(Group(Text(f"{kind} {picture.slice}".rstrip(), style="dim"), values))
    if not side_by_side:
        return Group(*tables)
    beside = Table.grid(padding=(0, 2))
    beside.add_row(*tables)
    return beside


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of a sample or a run: a wrong answer's difference, as a picture or by lines,
    else its texts. `shapes` summarises an input that is a JSON document."""

    name: str
    input: str
    shapes: str
    picture: TensorPicture | None
    differing_lines: tuple[str, ...]
    texts: tuple[tuple[str, str], ...]


def shown_of(test: Json, *, verbose: bool) -> Shown:
    """Choose what is shown of a test that has texts; with `verbose` lines instead of a picture."""
    expected, output = (cut(test.get(name) or "") for name in ("expected", "output"))
    picture = None
    if not verbose:
        # Imported here: it loads numpy, which takes 0.15 s.
        from judge.tensor_pictures import picture_of

        picture = picture_of(
            test.get("expected"), test.get("output"), from_json(test.get("difference"))
        )
    differs = test["verdict"] == "WA" and expected and test.get("output") is not None
    lines: tuple[str, ...] = ()
    texts = []
    if differs and picture is None:
        lines = tuple(difflib.ndiff(expected.splitlines(), output.splitlines()))
    elif output and picture is None:
        texts = [
            (name, text) for name, text in (("expected", expected), ("output", output)) if text
        ]
    # If the message already contains the traceback, don't print it twice.
    if test.get("stderr") and test["stderr"].strip() not in (test.get("message") or ""):
        texts.append(("stderr", cut(test["stderr"])))
    told = test.get("input") or ""
    return Shown(test["name"], cut(told), shapes_in(told), picture, lines, tuple(texts))


def details(test: Json, *, verbose: bool) -> RenderableType:
    """A panel with a sample's or run's input, expected output, output and standard error."""
    shown = shown_of(test, verbose=verbose)
    parts: list[RenderableType] = []
    if shown.input:
        folded = f"{shown.shapes} (-v shows all)" if shown.shapes and not verbose else shown.input
        parts += [Text("input", style="dim"), Text(folded)]
    if shown.picture is not None:
        parts.append(tensor_table(shown.picture))
    if shown.differing_lines:
        styles = {"-": "red", "+": "green"}
        lines = (Text(line, styles.get(line[:1], "dim")) for line in shown.differing_lines)
        parts += [Text("difference (- expected, + got)", style="dim"), Text("\n").join(lines)]
    for name, text in shown.texts:
        parts += [Text(name, style="dim"), Text(text)]
    return Panel(Group(*parts), title=Text(shown.name), title_align="left", border_style="dim")


@dataclass(frozen=True, slots=True)
class Failure:
    """Tests that failed in the same way: verdict, which tests, and the message."""

    verdict: Verdict
    where: str
    told: str


def failures(tests: list[Json]) -> Iterator[Failure]:
    """Yield the failed tests, grouped by verdict and message, in the order of the tests."""
    found: dict[tuple[str, str], list[Json]] = {}
    for test in tests:
        if test["verdict"] != "AC":
            found.setdefault((test["verdict"], test.get("message") or ""), []).append(test)
    for (verdict, message), same in found.items():
        first = same[0]
        where = first["name"] if len(same) == 1 else f"{len(same)} of {len(tests)} tests"
        hint = f"hint: {first['hint']}" if first.get("hint") else ""
        yield Failure(Verdict(verdict), where, message or hint)


def summary(submission: Json) -> list[str]:
    """Return the verdict in words, the number of passed tests unless all passed, time, memory."""
    verdict, tests = Verdict(submission["verdict"]), submission.get("tests") or []
    difference = from_json(tests[0].get("difference")) if tests else None
    if difference is not None and difference.reason is Reason.INVALID_INPUT:
        return ["the input is not valid"]  # and nobody's fault
    passed = sum(test["verdict"] == "AC" for test in tests)
    # Until an interview's round is over, only the samples' results are visible.
    what = "samples" if submission.get("sealed_until") else "tests"
    counted = f"{passed} of {len(tests)} {what}" if tests and verdict is not Verdict.AC else ""
    return [each for each in (verdict.facts.label, counted, *amount(submission)) if each]


def says_by_itself(submission: Json) -> bool:
    """Whether to show the submission's own message, because no test contains it."""
    is_told = bool(submission.get("tests")) and not submission.get("sealed_until")
    return bool(submission.get("message")) and not is_told


def samples_shown(submission: Json, *, every: bool) -> list[Json]:
    """Return the tests whose texts are shown: the first failed one, or all with texts."""
    with_texts = [
        test
        for test in submission.get("tests") or []
        if any(test.get(name) for name in ("input", "expected", "output", "stderr"))
    ]
    if every:
        return with_texts
    return [test for test in with_texts if test["verdict"] != "AC"][:1]


def show(
    submission: Json, console: Console, *, verbose: bool = False, all_samples: bool = False
) -> None:
    """Print the verdict and the known mistake, then a line for each different failure, then the
    first failed sample.

    `all_samples` prints passed samples too, as a run needs. `verbose` prints all samples in full,
    and a line for every test.
    """
    submission = all_printable(submission)
    tests = submission.get("tests") or []
    words = "  ".join(["", *summary(submission)])
    console.print(Text.assemble(verdict_text(Verdict(submission["verdict"])), words))
    if submission.get("diagnosis"):
        console.print(Text(f"known mistake: {submission['diagnosis']}", style="bold"))
    if submission.get("compile_output"):
        console.print(Panel(Text(cut(submission["compile_output"])), title="compiler"))
    if says_by_itself(submission):
        console.print(Text(str(submission["message"])))
    if verbose and tests:
        console.print(tests_table(tests))
    found = [] if verbose else list(failures(tests))
    for one in found[:MOST_FAILURES]:
        told = f": {one.told}" if one.told else ""
        console.print(Text.assemble(verdict_text(one.verdict), f" in {one.where}{told}"))
    if more := len(found[MOST_FAILURES:]):
        what = "failure" if more == 1 else "failures"
        console.print(Text(f"and {more} other {what} (-v shows all)", style="dim"))
    shown = samples_shown(submission, every=verbose or all_samples)
    for test in shown:
        console.print(details(test, verbose=verbose))
    failed = any(test["verdict"] != "AC" for test in shown)
    if failed and submission.get("language") == "pytorch" and "id" in submission:
        console.print(Text(f"as a script: shousi repro {submission['id']}", style="dim"))
