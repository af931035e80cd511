"""Tables for spreadsheets."""

import csv
import io

import pytest

from api.csv_tables import Cell, csv_lines

FORMULAS = (
    *('=HYPERLINK("http://example.org")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =1"),
    *("＝1", "\u00a0=1", "\n=1"),
)


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_run_is_shown(text: str) -> None:
    written = "".join(csv_lines([[text]])).removeprefix("\ufeff")
    (row,) = csv.reader(io.StringIO(written, newline=""))
    assert row == [f"'{text}"]


def test_other_texts_and_numbers_stay_as_they_are() -> None:
    row: list[Cell] = ["ada", "a=b", "周五", 'say "hi", twice', -1, 0.5, None]
    text = "".join(csv_lines([row, ["x"]]))
    assert text == '\ufeffada,a=b,周五,"say ""hi"", twice",-1,0.5,\r\nx\r\n'
