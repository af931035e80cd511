"""The bodies of boards: everybody's, a team's, a problem's. Times are epoch seconds."""

from pydantic import Field

from api.v1.schemas.submissions import Answer
from api.v1.schemas.teams import NextCursor, OptionalTime, Slug, UserName


class CellOut(Answer):
    """One user's result for one problem; members are named as in the CLICS format. `num_judged`
    counts verdicts up to the first AC, without CE and JE; `time` is when it was solved."""

    slug: Slug
    solved: bool
    num_judged: int = Field(examples=[2])
    num_pending: int = Field(examples=[0])
    time: OptionalTime


class BoardRowOut(Answer):
    """One user's row. Rows with the same score share a rank; `time` is when the score last grew."""

    rank: int = Field(examples=[1])
    user: UserName
    score: int = Field(examples=[6])
    num_solved: int = Field(examples=[3])
    time: OptionalTime
    problems: list[CellOut]


class BoardOut(Answer):
    """A page of a board. Submissions sent at starts_at or later, but before ends_at, count."""

    rows: list[BoardRowOut]
    next: NextCursor
    starts_at: OptionalTime
    ends_at: OptionalTime


class SolverRowOut(Answer):
    """One solver. `time` is the median of `num_timings` timings in CPU seconds, with an interval. A
    row shares the rank of the row before it if its interval overlaps that of the rank's first row.
    """

    rank: int = Field(examples=[1])
    user: UserName
    score: int = Field(examples=[2])
    num_solved: int = Field(examples=[1])
    time: float = Field(examples=[0.031])
    time_low_s: float = Field(examples=[0.029])
    time_high_s: float = Field(examples=[0.034])
    num_timings: int = Field(examples=[5])
    language: str = Field(examples=["python3"])
    problems: list[CellOut]


class SolverBoardOut(Answer):
    """A page of a problem's board, fastest first."""

    rows: list[SolverRowOut]
    next: NextCursor
