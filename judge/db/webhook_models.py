"""The tables of webhooks: where somebody wants to be told, and what is sent there."""

from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from judge.db.models import Base


class Webhook(Base):
    """An address, and the `kinds` of event that are sent to it; see `judge.webhooks.hooks`.

    Of the team `team_id`, or the problem `problem_id`; of neither for what is the user's own.
    `secret` is what deliveries are signed with, so that a hash of it would not do.
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
    """One message for one webhook, leased by who sends it as a judging is by who judges it;
    `judge.webhooks.deliveries` is its only writer.

    `body` is what is sent, the same bytes at each attempt. It isn't sent before `due_at`. Once
    `done`, `failure` says why it was set aside; empty, it was delivered. `status` is that of the
    last answer. `about_id` is the user whom it tells of.
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
