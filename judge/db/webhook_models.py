"""The tables of webhooks: the addresses, and the messages that are sent to them."""

from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from judge.db.models import Base


class Webhook(Base):
    """An address, and the `kinds` of event that are sent to it; see `judge.webhooks.hooks`.

    It belongs to the team `team_id` or the problem `problem_id`; if both are None, it is for the
    user's own events. `secret` signs the deliveries, so storing only its hash is not enough.
    """

    __tablename__ = "webhook"

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), index=True)
    team_id: Mapped[str | None] = mapped_column(ForeignKey("team.id"), index=True)
    problem_id: Mapped[str | None] = mapped_column(ForeignKey("problem.id"), index=True)
    url: Mapped[str]
    kinds: Mapped[list[Any]]
    secret: Mapped[str]
    created_at: Mapped[float]


class Delivery(Base):
    """One message for one webhook. Its sender leases it as a worker leases a judging;
    `judge.webhooks.deliveries` is its only writer.

    `body` is sent as the same bytes at each attempt, and not before `due_at`. In state `done`,
    `failure` says why it was given up; empty, it was delivered. `status` is the HTTP status of the
    last answer. `about_id` is the user whom the message is about.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        Index("ix_webhook_delivery_state_due_at", "state", "due_at"),
        Index("ix_webhook_delivery_webhook_id_id", "webhook_id", "id"),
        Index("ix_webhook_delivery_user_id_state", "user_id", "state"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhook.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    about_id: Mapped[str | None]
    kind: Mapped[str]
    body: Mapped[str]
    state: Mapped[str]
    attempt: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[float]
    token: Mapped[str | None]
    worker: Mapped[str | None]
    lease_until: Mapped[float | None]
    enqueued_at: Mapped[float]
    created_at: Mapped[float]
    started_at: Mapped[float | None]
    finished_at: Mapped[float | None]
    status: Mapped[int | None]
    error: Mapped[str] = mapped_column(default="")
    failure: Mapped[str] = mapped_column(default="")
