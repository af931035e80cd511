"""The tables of mock interviews: what there are, who sat which when, and what a team was given."""

from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from judge.db.models import Base


class Interview(Base):
    """An interview as its file has it. title, description: {lang: text}. rounds: [{"title": {lang:
    text}, "minutes", "tasks": [slug]}]. One whose file is gone can't be started any more."""

    __tablename__ = "interview"

    name: Mapped[str] = mapped_column(primary_key=True)
    sha256: Mapped[str]
    title: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any]]
    rounds: Mapped[list[Any]]
    withdrawn_at: Mapped[float | None]


class Sitting(Base):
    """Somebody's go at an interview. It has copies of all that the interview was when it began: a
    file that changes later changes no clock that runs. `ends_at` is its last round's."""

    __tablename__ = "sitting"
    __table_args__ = (Index("ix_sitting_user_id_ends_at", "user_id", "ends_at"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"))
    interview: Mapped[str] = mapped_column(ForeignKey("interview.name"))
    title: Mapped[dict[str, Any]]
    started_at: Mapped[float]
    ends_at: Mapped[float]


class SittingRound(Base):
    """A round, in the order `position` from 1: it runs from `starts_at`, before `ends_at`."""

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
    """What was submitted within a round."""

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
    """An interview that a team's owner has given to the team."""

    __tablename__ = "interview_assignment"

    team_id: Mapped[str] = mapped_column(ForeignKey("team.id"), primary_key=True)
    interview: Mapped[str] = mapped_column(ForeignKey("interview.name"), primary_key=True)
    assigned_at: Mapped[float]
