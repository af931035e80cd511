"""How much there is to do: what is watched from outside."""

from sqlalchemy import func, select, text

from judge.db.models import Judging
from judge.db.session import Database
from judge.states import State


def count_waiting(db: Database) -> dict[State, int]:
    """How many judgings are queued and how many run. Raises UnavailableError."""
    waiting = (State.QUEUED, State.RUNNING)
    query = (
        select(Judging.state, func.count())
        .where(Judging.state.in_(waiting))
        .group_by(Judging.state)
    )
    with db.read() as session:
        found = {State(state): count for state, count in session.execute(query)}
    return {state: found.get(state, 0) for state in waiting}


def ping(db: Database) -> None:
    """Ask the database for nothing. Raises UnavailableError."""
    with db.read() as session:
        session.execute(text("SELECT 1"))
