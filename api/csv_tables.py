"""Tables as CSV (RFC 4180), for spreadsheets: streamed, and with nothing in them that one would
run as a formula."""

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
        description="`csv`: a table of all of it for spreadsheets, without `cursor` and `limit`",
    ),
]
# Excel reads a file as UTF-8 only where this stands in front.
_MARK = "\ufeff"
# What a spreadsheet takes for a formula's beginning; some take the wide signs, too.
_FORMULA = (*"=+-@\t\r\n", *"＝＋－＠")


def csv_example(text: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI: an answer that is CSV where that is asked for."""
    return {200: {"content": {"text/csv": {"example": text}}}}


def csv_answer(name: str, rows: Iterable[Sequence[Cell]]) -> StreamingResponse:
    """The rows, of which the first has the headings, as a file called `name`. The first is made
    before the answer begins, so that what is wrong can still be an error's answer."""
    rest = iter(rows)
    first = next(rest)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-cache",
    }
    lines = csv_lines(itertools.chain([first], rest))
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


def csv_lines(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Each row as a line; texts that a spreadsheet would run get a quotation mark in front."""
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
    """Epoch seconds as a spreadsheet reads a date and time, in UTC."""
    return None if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S")
