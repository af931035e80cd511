"""When a board counts as changed."""

from dataclasses import fields, replace

import pytest

from api.live_boards import state_of
from judge.boards.views import BoardLine, BoardPage, Cell
from judge.boards.windows import ALL

LINE = BoardLine(1, "ada", 6, 3, 5.0, (Cell("sum", True, 2, 0, 5.0),))
OTHER = BoardLine(2, "eve", 3, 1, 6.0, ())


@pytest.mark.parametrize("column", [field.name for field in fields(BoardLine)])
def test_a_board_has_changed_if_any_of_its_columns_has(column: str) -> None:
    changed = replace(LINE, **{column: getattr(OTHER, column)})
    before, after = (state_of(BoardPage((line,), None, ALL)) for line in (LINE, changed))
    assert before != after
