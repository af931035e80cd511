"""The tables of mock interviews: the interviews, users' sittings, and what teams were assigned."""

from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from judge.db.models import Base


class Interview(Base):
    """An interview, read from its file. title, description: {lang: text}. rounds: [{"title": {lang:
    text}, "minutes", "tasks": [slug]}]. It can't be started once its file is removed."""

    __tablename__ = "interview"

    name: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str]
    title: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any]]
    rounds: Mapped[list[Any]]
    withdrawn_at: Mapped[float | None]


class Sitting(Base):
    """One user's attempt at an interview. It copies the interview as it is at the start, so that a
    later change of the file changes no running clock. `ends_at` is the end of its last round."""

    __tablename__ = "sitting"
    __table_args__ = (Index("ix_sitting_user_id_ends_at", "user_id", "ends_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    interview: Mapped[str] = mapped_column(ForeignKey("interview.name"))
    title: Mapped[dict[str, Any]]
    started_at: Mapped[float]
    ends_at: Mapped[float]


class SittingRound(Base):
    """A round, from `starts_at` until just before `ends_at`; `position` counts from 1."""

    __tablename__ = "sitting_round"

    sitting_id: Mapped[str] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[dict[str, Any]]
    starts_at: Mapped[float]
    ends_at: Mapped[float]


class SittingTask(Base):
    """A problem of a sitting; `position` counts through all of its rounds, from 1."""

    __tablename__ = "sitting_task"
    __table_args__ = (
        ForeignKeyConstraint(
            ["sitting_id", "round"], ["sitting_round.sitting_id", "sitting_round.position"]
        ),
    )

    sitting_id: Mapped[str] = mapped_column(ForeignKey("sitting.id"), primary_key=True)
    problem_id: Mapped[str] = mapped_column(ForeignKey("problem.id"), primary_key=True)
    round: Mapped[int]
    position: Mapped[int]


class SittingSubmission(Base):
    """A submission made within a round."""

    __tablename__ = "sitting_submission"
    __table_args__ = (
        ForeignKeyConstraint(
            ["sitting_id", "round"], ["sitting_round.sitting_id", "sitting_round.position"]
        ),
    )

    submission_id: Mapped[str] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sitting.id"), index=True)
    round: Mapped[int]


class InterviewAssignment(Base):
    """An interview that a team's owner has assigned to the team."""

    __tablename__ = "interview_assignment"

    team_id: Mapped[str] = mapped_column(ForeignKey("team.id"), primary_key=True)
    interview: Mapped[str] = mapped_column(ForeignKey("interview.name"), primary_key=True)
    assigned_at: Mapped[float]
