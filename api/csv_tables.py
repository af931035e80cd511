"""Tables as CSV (RFC 4180), for spreadsheets: streamed, and without any text that a spreadsheet
would run as a formula."""

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Query
from starlette.responses import StreamingResponse

Cell = str | int | float | None
Format = Annotated[
    Literal["json", "csv"],
    Query(
        alias="format",
        description="`csv`: the whole list as a table; `cursor` and `limit` are ignored",
    ),
]
# Excel reads a file as UTF-8 only if it begins with this mark.
_MARK = "\ufeff"
# Characters that begin a formula in a spreadsheet; some accept the full-width ones, too.
_FORMULA = (*"=+-@\t\r\n", *"＝＋－＠")


def csv_example(text: str) -> dict[int | str, dict[str, Any]]:
    """The OpenAPI entry of an answer that can also be CSV."""
    return {200: {"content": {"text/csv": {"example": text}}}}


def csv_answer(name: str, rows: Iterable[Sequence[Cell]]) -> StreamingResponse:
    """Answer with the rows (the headings come first) as a file called `name`. The first row is made
    before the answer begins, so that an error in it still becomes an error answer."""
    rest = iter(rows)
    first = next(rest)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-cache",
    }
    lines = csv_lines(itertools.chain([first], rest))
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


def csv_lines(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Each row as a line; text that a spreadsheet would run as a formula gets a `'` in front."""
    sink = io.StringIO(_MARK)
    sink.seek(0, io.SEEK_END)
    writer = csv.writer(sink)
    for row in rows:
        writer.writerow([_harmless(cell) if isinstance(cell, str) else cell for cell in row])
        yield sink.getvalue()
        sink.seek(0)
        sink.truncate()


def _harmless(text: str) -> str:
    return f"'{text}" if text.lstrip().startswith(_FORMULA) or text.startswith(_FORMULA) else text


def moment(at: float | None) -> str | None:
    """Format epoch seconds as a date and time in UTC that a spreadsheet can read."""
    return None if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
