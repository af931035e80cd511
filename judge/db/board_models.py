"""The tables of the boards. All but `timing` can be rebuilt from submissions and judgings.

`judged` has a row for each submission with a verdict; cells, rows and fastest solves are computed
from it. `judge.boards` is their only writer. `timing` is measured, and can't be derived.
"""

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from judge.db.models import Base


class Judged(Base):
    """The verdict of a submission that counts: that of its newest finished judging. JE counts only
    if all of the submission's judgings failed, because it says nothing about the solution.

    `day` is days since 1970 (UTC). The last four columns are set for AC: the median and interval
    of the CPU time (s) over `num_timings` timings.
    """

    __tablename__ = "judged"
    __table_args__ = (
        # Has all columns that a cell is computed from, so that the table itself need not be read.
        Index("ix_judged_user_problem_time", "user_id", "problem_id", "submitted_at", "verdict"),
        # The same for a profile's days and streaks.
        Index("ix_judged_user_id_day", "user_id", "day", "verdict"),
    )

    submission_id: Mapped[str] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    judging_id: Mapped[str] = mapped_column(ForeignKey("judging.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    problem_id: Mapped[str] = mapped_column(ForeignKey("problem.id"))
    submitted_at: Mapped[float]
    day: Mapped[int]
    verdict: Mapped[str]
    language: Mapped[str]
    median_s: Mapped[float | None]
    low_s: Mapped[float | None]
    high_s: Mapped[float | None]
    num_timings: Mapped[int]


class BoardCell(Base):
    """One user and one problem within one board's window.

    `board` is a key of `judge.boards.windows`. `num_judged` counts verdicts up to the first AC,
    without CE and JE. `points` is what the cell adds to the score: 0 when not solved or when the
    problem is withdrawn.
    """

    __tablename__ = "board_cell"
    __table_args__ = (
        Index("ix_board_cell_problem_id", "problem_id"),  # to change a problem's points
        Index("ix_board_cell_user_id", "user_id"),  # to compute a user's rows again
    )

    board: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), primary_key=True)
    problem_id: Mapped[str] = mapped_column(ForeignKey("problem.id"), primary_key=True)
    solved_at: Mapped[float | None]
    num_judged: Mapped[int]
    points: Mapped[int]


class BoardRow(Base):
    """One user's sum over a board's cells.

    Where nothing is solved, `last_gain_at` is 0. `deficit` is minus the score, so that one
    ascending index has a board's order. Banned users are not `listed`.
    """

    __tablename__ = "board_row"
    __table_args__ = (
        Index("ix_board_row_order", "board", "listed", "deficit", "last_gain_at", "user_id"),
        Index("ix_board_row_user_id", "user_id"),  # to take a user off all boards
    )

    board: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), primary_key=True)
    listed: Mapped[bool]
    deficit: Mapped[int]
    num_solved: Mapped[int]
    last_gain_at: Mapped[float]


class FastestSolve(Base):
    """A user's fastest accepted submission to a problem, by the median of its timings."""

    __tablename__ = "fastest_solve"
    __table_args__ = (
        Index("ix_fastest_solve_order", "problem_id", "listed", "low_s", "user_id"),
        Index("ix_fastest_solve_num_timings", "num_timings"),  # finds submissions to time again
        Index("ix_fastest_solve_user_id", "user_id"),
    )

    problem_id: Mapped[str] = mapped_column(ForeignKey("problem.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), primary_key=True)
    listed: Mapped[bool]
    submission_id: Mapped[str] = mapped_column(ForeignKey("submission.id"))
    judging_id: Mapped[str] = mapped_column(ForeignKey("judging.id"))
    language: Mapped[str]
    submitted_at: Mapped[float]
    median_s: Mapped[float]
    low_s: Mapped[float]
    high_s: Mapped[float]
    num_timings: Mapped[int]


class Timing(Base):
    """CPU times (s) measured again for a judging's source, when nobody waited."""

    __tablename__ = "timing"

    judging_id: Mapped[str] = mapped_column(ForeignKey("judging.id"), primary_key=True)
    cpu_s: Mapped[list[Any]]
    tried: Mapped[int] = mapped_column(BigInteger)
