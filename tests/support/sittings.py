"""Interviews for tests, and a way to move their clocks forward without waiting."""

from sqlalchemy import update

from judge.db.interview_models import Interview, Sitting, SittingRound
from judge.db.session import Database
from judge.ids import new_id


def add_interview(db: Database, *rounds: tuple[str, ...], name: str = "") -> str:
    """Add an interview with a round of ten minutes for each tuple of tasks; return its name."""
    name = name or f"interview-{new_id()}"
    plans = [
        {"title": {"en": f"Part {number}"}, "minutes": 10, "tasks": list(tasks)}
        for number, tasks in enumerate(rounds, start=1)
    ]
    with db.write() as session:
        session.add(
            Interview(
                name=name,
                sha256="0" * 64,
                title={"en": "An interview", "zh": "面试"},
                description={"en": "Two parts."},
                rounds=plans,
            )
        )
    return name


def let_pass(db: Database, sitting_id: str, seconds: float) -> None:
    """Move the sitting's times back, as if it had begun `seconds` earlier."""
    with db.write() as session:
        session.execute(
            update(Sitting)
            .where(Sitting.id == sitting_id)
            .values(started_at=Sitting.started_at - seconds, ends_at=Sitting.ends_at - seconds)
        )
        session.execute(
            update(SittingRound)
            .where(SittingRound.sitting_id == sitting_id)
            .values(
                starts_at=SittingRound.starts_at - seconds, ends_at=SittingRound.ends_at - seconds
            )
        )
