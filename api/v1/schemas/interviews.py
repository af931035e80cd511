"""The bodies of interviews, sittings and reports. Times are epoch seconds."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from api.v1.schemas.submissions import Answer, Id, Line, Request, Time
from api.v1.schemas.teams import Slug, UserName
from judge.verdict import Verdict

Title = Annotated[str, Field(description="In the reader's language", examples=["Theory"])]
InterviewName = Annotated[str, Field(examples=["multimodal-notes"])]
After = Annotated[float | None, Field(examples=[734.2])]
Kind = Annotated[str, Field(examples=["function"])]


class RoundPlanOut(Answer):
    """A round; its tasks are problems, by slug, in the order in which they are asked."""

    title: Title
    minutes: int = Field(examples=[45])
    tasks: list[Slug]


class InterviewOut(Answer):
    """A mock interview."""

    name: InterviewName
    title: Title
    description: str = Field(examples=["Two rounds as somebody wrote them down."])
    minutes: int = Field(description="Of all rounds together", examples=[105])
    rounds: list[RoundPlanOut]
    lacking: list[Slug] = Field(
        description="Withdrawn tasks; if there are any, the interview can't be started",
        examples=[[]],
    )


class InterviewListOut(BaseModel):
    """All interviews, by name."""

    items: list[InterviewOut]
    next: None = None


class SentOut(Answer):
    """A submission that was sent in time. `passed` is null until it is judged; `verdict` and
    `mistake` (the known mistake in words) are shown when the round is over."""

    id: Id
    sent_at: Time
    passed: bool | None
    verdict: Verdict | None
    mistake: str | None = Field(examples=[None])


class TaskOut(Answer):
    """A task. `solved_at` is when the first passing submission was sent; `num_attempts` counts the
    submissions up to it, without compile errors and judge errors."""

    problem: Slug
    title: Title
    kind: Kind
    solved_at: Time | None
    num_attempts: int = Field(examples=[2])
    sent: list[SentOut]


class RoundOut(Answer):
    """A round of a sitting: submissions sent at starts_at or later, but before ends_at, count."""

    position: int = Field(description="From 1", examples=[1])
    title: Title
    state: Literal["waiting", "running", "over"]
    starts_at: Time
    ends_at: Time
    tasks: list[TaskOut]


class SittingItemOut(Answer):
    """A sitting in a list."""

    id: Id
    interview: InterviewName
    title: Title
    user: UserName
    started_at: Time
    ends_at: Time
    now: Time = Field(description="The server's clock: it alone decides")
    is_over: bool
    num_solved: int = Field(examples=[1])
    num_tasks: int = Field(examples=[6])


class SittingOut(SittingItemOut):
    """One user's attempt at an interview. `seconds_left` are the running round's, null after the
    last round. Until a round is over, the only result shown of hidden tests is whether all pass."""

    seconds_left: float | None = Field(examples=[1290.5])
    rounds: list[RoundOut]


class SittingListOut(BaseModel):
    """Your newest fifty sittings, newest first."""

    items: list[SittingItemOut]
    next: None = None


class MistakeOut(BaseModel):
    """A known mistake, and in how many submissions it was found."""

    line: str = Field(examples=["It starts from 0, so that negative numbers alone give 0."])
    times: int = Field(examples=[1])


class ReadingOut(BaseModel):
    """What to read next: a problem's background, or a quiz; `url` is its page."""

    kind: Literal["background", "quiz"]
    problem: Slug
    title: Title
    url: str = Field(examples=["/problems/maxsubarray#background"])


class TaskReportOut(BaseModel):
    """The results of a task. `solved_after_s` counts from the round's beginning."""

    problem: Slug
    title: Title
    solved_after_s: After
    num_attempts: int = Field(examples=[2])
    verdicts: list[Verdict | None] = Field(examples=[["WA", "AC"]])
    mistakes: list[MistakeOut]
    reading: list[ReadingOut]


class RoundReportOut(BaseModel):
    """A round that is over."""

    position: int = Field(examples=[1])
    title: Title
    tasks: list[TaskReportOut]


class ReportOut(BaseModel):
    """The finished rounds; if the sitting `is_over`, these are all rounds."""

    sitting: SittingItemOut
    rounds: list[RoundReportOut]


class AdvanceIn(Request):
    """The number of the running round, which is to be ended."""

    round: int = Field(ge=1, le=1000, examples=[1])


class AssignmentIn(Request):
    """An interview for the team."""

    interview: Line = Field(min_length=1, max_length=100, examples=["multimodal-notes"])


class MemberResultOut(BaseModel):
    """A member's newest sitting since the interview was assigned; null if there is none yet."""

    user: UserName
    sitting: SittingItemOut | None


class AssignmentOut(BaseModel):
    """An interview that was assigned to the team. `mine` is your own sitting since then; `results`
    are all members' sittings, and null for everybody but the owner."""

    interview: InterviewName
    title: Title
    assigned_at: Time
    can_start: bool
    mine: SittingItemOut | None
    results: list[MemberResultOut] | None


class AssignmentListOut(BaseModel):
    """A team's interviews, newest first."""

    items: list[AssignmentOut]
    next: None = None
