"""The bodies of what admins do by hand: pauses, drained workers, a submission's trace."""

from pydantic import BaseModel, Field

from api.v1.schemas.submissions import Answer, Id, Time
from api.v1.schemas.teams import OptionalTime, Slug, UserName
from judge.submissions.trace import Step


class PauseIn(BaseModel):
    """Why nothing is to be judged, for whoever waits and for other admins."""

    reason: str = Field("", max_length=200, examples=["The disk is changed."])


class PauseOut(Answer):
    """Whether workers take what waits; the other members are null while they do."""

    paused: bool
    at: OptionalTime
    by: UserName | None
    reason: str | None = Field(examples=["The disk is changed."])


class StepOut(Answer):
    """Something that happened. `judging` is null for what is the submission's own; `worker` is the
    name of the claim: the worker's id, and after a slash the message's."""

    at: Time
    step: Step
    judging: str | None = Field(examples=["01a1ffc9-ba14-7806-896e-3f2e15723ab4"])
    attempt: int | None = Field(examples=[1])
    worker: str | None = Field(examples=["host-4711-a0b1/01a1ffc9-ba14-7806-896e-3f2e15723ab5"])
    detail: str = Field(description="A verdict or a reason, for people", examples=["AC"])


class TraceOut(Answer):
    """A submission's way, oldest step first."""

    submission: Id
    user: UserName
    problem: Slug
    steps: list[StepOut]
