"""Every way to show a board has its columns."""

from dataclasses import fields

from api.board_tables import EXAMPLE, HEADINGS, team_table
from api.v1.schemas.boards import BoardRowOut, CellOut
from judge.boards.views import BoardLine, BoardPage, Cell
from judge.boards.windows import ALL

LINE = BoardLine(1, "ada", 6, 3, 5.0, ())


def test_the_api_answers_every_column() -> None:
    assert set(BoardRowOut.model_fields) == {field.name for field in fields(BoardLine)}
    assert set(CellOut.model_fields) == set(Cell._fields)


def test_a_spreadsheet_has_a_heading_for_each_value() -> None:
    headings, row = team_table(BoardPage((LINE,), None, ALL))
    example = EXAMPLE.split("\r\n")[1].split(",")
    # A spreadsheet has a column for each field; which problems have columns depends on who has
    # tried them.
    columns = len(fields(BoardLine)) - 1
    assert [len(one) for one in (headings, row, HEADINGS, example)] == [columns] * 4
