"""The bodies of answers about rejudges; see `api.v1.schemas.submissions`."""

from typing import Literal

from pydantic import BaseModel, Field

from api.v1.schemas.submissions import Answer, Id, Time
from judge.verdict import Verdict


class RejudgeItemOut(Answer):
    """A rejudge in the list."""

    id: Id
    problem: str = Field(examples=["maxsubarray"])
    version: int = Field(description="The problem's version that judges now", examples=[2])
    user: str = Field(description="Who began it", examples=["ada"])
    created_at: Time
    applied_at: Time | None


class RejudgeListOut(BaseModel):
    """The newest 100, newest first."""

    items: list[RejudgeItemOut]


class CountOut(BaseModel):
    """How many submissions go from one verdict to another (or the same)."""

    before: Verdict
    after: Verdict
    count: int = Field(examples=[3])


class ChangeOut(Answer):
    """A submission whose verdict changes."""

    submission: Id
    user: str = Field(examples=["ada"])
    language: str = Field(examples=["python3"])
    before: Verdict
    before_version: int = Field(examples=[1])
    after: Verdict
    first_test: str | None = Field(
        description="The first test whose verdict has changed, or that is new and not accepted; "
        "null if there is none, as after a compile error",
        examples=["secret/18-prefix-far-below-32-bits"],
    )


class BoardChangeOut(Answer):
    """A user whose score on the board of all time changes when the rejudge is applied."""

    user: str = Field(examples=["lin"])
    score_before: int = Field(examples=[14])
    score_after: int = Field(examples=[12])
    rank_before: int = Field(examples=[14])
    rank_after: int = Field(examples=[17])


class RejudgeOut(BaseModel):
    """A rejudge. Once it is `ready` it can be applied."""

    id: Id
    state: Literal["judging", "ready", "applied"]
    problem: str = Field(examples=["maxsubarray"])
    user: str = Field(description="Who began it", examples=["ada"])
    from_version: int | None = Field(
        description="The oldest version that judged one of the submissions before; null if there "
        "are no submissions",
        examples=[1],
    )
    version: int = Field(description="The problem's version that judges now", examples=[2])
    created_at: Time
    applied_at: Time | None
    total: int = Field(examples=[120])
    done: int = Field(examples=[120])
    stale: int = Field(
        description="Submissions that are not applied: judged again meanwhile, or a judge error",
        examples=[0],
    )
    counts: list[CountOut]
    changes: list[ChangeOut] = Field(description="At most 1000")
    num_board_changes: int = Field(
        description="How many users' scores change when it is applied, by the submissions judged "
        "so far; 0 once it is applied",
        examples=[1],
    )
    board_changes: list[BoardChangeOut] = Field(
        description="Those users, by rank on the board of all time; at most 100"
    )
