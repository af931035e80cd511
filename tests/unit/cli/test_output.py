"""Tables in terminals of several widths, and in pipes."""

import pytest

from cli.boards import board_table
from cli.output import print_table, table, tables_console

ID = "01a22ea5-b74a-7df4-9c3e-5c934d4934c8"
TITLE = "Sparse video attention and its bottleneck, computed by hand"


def listing(ids: int = 1) -> str:
    made = table("sitting", "interview", "title")
    for _ in range(ids):
        made.add_row(ID, "multimodal-notes", TITLE)
    print_table(made)
    return ID


def test_a_pipe_gets_each_row_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    listing(ids=2)
    _heading, *rows = capsys.readouterr().out.splitlines()
    assert [row.rstrip() for row in rows] == [f"{ID}  multimodal-notes  {TITLE}"] * 2


@pytest.mark.parametrize("width", [72, 80, 100])
def test_a_terminal_breaks_text_and_no_names(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    listing()
    out = capsys.readouterr().out
    assert f"{ID}  multimodal-notes  Sparse" in out
    assert max(map(len, out.splitlines())) <= width
    assert " ".join(out.split()).endswith("hand")


@pytest.mark.parametrize("width", [30, 54])
def test_where_names_alone_are_too_wide_the_last_are_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    listing()
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= width
    # Nothing is cut off.
    letters = "".join(out.split())
    assert all(letters.count(one) >= f"{ID}{TITLE}".count(one) for one in "0123456789")
    assert (ID in out) == (width == 54)


@pytest.mark.parametrize("width", [80, 600])
def test_a_board_with_many_problems_is_readable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    cells = [
        {"slug": f"problem{number}", "solved": True, "num_judged": number, "num_pending": 0}
        for number in range(1, 31)
    ]
    untried = {"slug": "another", "solved": False, "num_judged": 0, "num_pending": 0}
    row = {
        "rank": 1, "user": "ada", "score": 60, "num_solved": 30, "time": 0.0,
        "problems": [*cells, untried],
    }  # fmt: skip
    print_table(board_table([row], tables_console().width))
    out = capsys.readouterr().out
    if width == 80:
        assert "problem7 +7" in out
        assert "another" not in out
    else:
        heading, line = out.splitlines()
        assert heading.split()[-31:] == sorted(
            ["another", *(f"problem{number}" for number in range(1, 31))]
        )
        assert "ada" in line
