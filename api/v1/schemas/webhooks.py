"""The bodies of webhooks. Times are epoch seconds."""

from typing import Annotated, Literal

from pydantic import Field

from api.v1.schemas.submissions import Answer, Id, Line, Request, Time
from api.v1.schemas.teams import NextCursor, OptionalTime
from judge.webhooks.hooks import EventKind

Url = Annotated[str, Field(examples=["https://example.org/shousi"])]
Events = Annotated[list[EventKind], Field(examples=[["accepted"]])]
TeamSlug = Annotated[str | None, Field(examples=["friday-group"])]
ProblemSlug = Annotated[str | None, Field(examples=["maxsubarray"])]


class WebhookIn(Request):
    """The URL, and the events to send to it: with `team` those of a team, with `problem` those of a
    problem, else your own."""

    url: Line = Field(examples=["https://example.org/shousi"])
    events: list[EventKind] = Field(min_length=1, max_length=3, examples=[["accepted"]])
    team: Line | None = Field(default=None, examples=["friday-group"])
    problem: Line | None = Field(default=None, examples=["maxsubarray"])


class WebhookOut(Answer):
    """A webhook, without its secret."""

    id: Id
    url: Url
    events: Events
    team: TeamSlug
    problem: ProblemSlug
    created_at: Time


class NewWebhookOut(WebhookOut):
    """A new webhook with its secret, which is shown only here."""

    secret: str = Field(examples=["whsec_8Zr1m0Xn0m3dJq2mZ0v8S7b3mJ3Qx1YhC0b4k9r1u2E="])


class WebhookListOut(Answer):
    """Your webhooks, oldest first."""

    items: list[WebhookOut]


class DeliveryOut(Answer):
    """A message. `status` is the HTTP status of the last answer, `error` the error of the last
    attempt; `due_at` is the time of the next attempt."""

    id: Id
    event: str = Field(examples=["accepted"])
    state: Literal["waiting", "sending", "delivered", "set_aside"]
    attempts: int = Field(examples=[1])
    status: int | None = Field(examples=[200])
    error: str = Field(examples=[""])
    created_at: Time
    due_at: OptionalTime
    finished_at: OptionalTime


class DeliveryListOut(Answer):
    """A page of a webhook's messages, newest first."""

    items: list[DeliveryOut]
    next: NextCursor
