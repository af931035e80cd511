"""The bodies of admins' actions: pauses and a submission's trace."""

from pydantic import Field

from api.v1.schemas.submissions import Answer, Id, Request, Time
from api.v1.schemas.teams import OptionalTime, Slug, UserName
from judge.submissions.trace import Step


class PauseIn(Request):
    """The reason of the pause, which users who wait and other admins see."""

    reason: str = Field("", max_length=200, examples=["The disk is changed."])


class PauseOut(Answer):
    """Whether judging is paused; if not, the other members are null."""

    paused: bool
    at: OptionalTime
    by: UserName | None
    reason: str | None = Field(examples=["The disk is changed."])


class StepOut(Answer):
    """A step in a submission's history. `judging` is null if the step belongs to no single judging;
    `worker` names the claim: the worker's id, a slash, and the message's id."""

    at: Time
    step: Step
    judging: str | None = Field(examples=["01a1ffc9-ba14-7806-896e-3f2e15723ab4"])
    attempt: int | None = Field(examples=[1])
    worker: str | None = Field(examples=["host-4711-a0b1/01a1ffc9-ba14-7806-896e-3f2e15723ab5"])
    detail: str = Field(description="A verdict or a reason, for people", examples=["AC"])


class TraceOut(Answer):
    """A submission's history, oldest step first."""

    submission: Id
    user: UserName
    problem: Slug
    steps: list[StepOut]
