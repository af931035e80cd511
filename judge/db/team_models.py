"""The tables of teams, invitations, practice sets and teams' events; the audit log, secrets and
idempotency keys."""

from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from judge.db.models import Base


class Team(Base):
    """A team of users who practise together. The slug is the name's key, with hyphens."""

    __tablename__ = "team"

    id: Mapped[str] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    owner_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[float]


class TeamMember(Base):
    """A member of a team; its owner is one too."""

    __tablename__ = "team_member"

    team_id: Mapped[str] = mapped_column(ForeignKey("team.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)
    joined_at: Mapped[float]


class Invitation(Base):
    """An invitation, by a secret that is stored as its SHA-256 (hex): into a team or, without one,
    into a service whose sign-up is closed."""

    __tablename__ = "invitation"

    id: Mapped[str] = mapped_column(primary_key=True)
    team_id: Mapped[str | None] = mapped_column(ForeignKey("team.id"), index=True)
    secret_hash: Mapped[str] = mapped_column(unique=True)
    created_by: Mapped[str] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[float]
    expires_at: Mapped[float]
    revoked_at: Mapped[float | None]
    max_uses: Mapped[int]
    uses: Mapped[int]


class PracticeSet(Base):
    """Problems that a team has chosen to practise, with or without dates."""

    __tablename__ = "practice_set"

    id: Mapped[str] = mapped_column(primary_key=True)
    team_id: Mapped[str] = mapped_column(ForeignKey("team.id"), index=True)
    name: Mapped[str]
    starts_at: Mapped[float | None]
    ends_at: Mapped[float | None]
    created_at: Mapped[float]


class PracticeProblem(Base):
    """A problem of a practice set, in the order `position`."""

    __tablename__ = "practice_problem"

    set_id: Mapped[str] = mapped_column(ForeignKey("practice_set.id"), primary_key=True)
    problem_id: Mapped[str] = mapped_column(ForeignKey("problem.id"), primary_key=True, index=True)
    position: Mapped[int]


class TeamEvent(Base):
    """An event in a team, for its members; see `judge.teams.events`. `user_id` is the user whom it
    is about; the user's name is looked up when the event is read."""

    __tablename__ = "team_event"
    __table_args__ = (
        Index("ix_team_event_team_id_id", "team_id", "id"),
        {"sqlite_autoincrement": True},  # ids are never used again, as for `Event`
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    team_id: Mapped[str] = mapped_column(ForeignKey("team.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), index=True)
    kind: Mapped[str]
    data: Mapped[dict[str, Any]]
    at: Mapped[float]


class AuditEntry(Base):
    """An act of an admin, appended in the transaction that performs it."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_actor_id_id", "actor_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    actor_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    action: Mapped[str]
    target: Mapped[str]
    data: Mapped[dict[str, Any]]
    at: Mapped[float]


class Secret(Base):
    """A random key of this service, created when first asked for."""

    __tablename__ = "secret"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[bytes]


class RepeatedRequest(Base):
    """An idempotency key (hashed together with its user and path), and the answer that it got."""

    __tablename__ = "repeated_request"

    key_hash: Mapped[str] = mapped_column(primary_key=True)
    body_sha256: Mapped[str]
    created_at: Mapped[float] = mapped_column(index=True)
    status: Mapped[int | None]  # None while the request is still being answered
    location: Mapped[str | None]
    body: Mapped[bytes | None]
