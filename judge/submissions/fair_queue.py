"""Whose turn it is: the queue is fair between users, however much one of them sends.

Each judging gets a turn when it is queued: the one after its user's last waiting one, but never
before the turn that is being served now (start-time fair queueing, with every judging of one
cost). Workers take the lowest turn first. So a thousand submissions of one user lie on a thousand
turns, and another user's first lies on the next one.

A message on the broker names a judging but is only a hint that one waits: whoever gets it takes
the judging whose turn it is. A judging that was begun before (a worker was lost, or something
failed) is taken by its own message only, which the reconciler sends when it is time.
"""

from collections import Counter
from collections.abc import Collection

from sqlalchemy import and_, case, func, select, text
from sqlalchemy.orm import Session

from judge.db.models import Judging
from judge.errors import TooManyError
from judge.states import Purpose, State

# In these very words, and not as parameters, for the partial indexes on them to be used.
_STANDING = text("judging.state <> 'done'")
_QUEUED = text("judging.state = 'queued'")
_RETRY_AFTER_S = 5.0
_BY_ADMINS = (Purpose.REJUDGE, Purpose.PREVIEW)


class Turns:
    """Deals out turns to some users within one transaction."""

    def __init__(self, session: Session, user_ids: Collection[str]) -> None:
        self._session = session
        self._last: dict[tuple[str, str], int] = {}
        self._serving: dict[str, int] = {}
        self._pending: Counter[str] = Counter()
        query = (
            select(
                Judging.user_id,
                Judging.queue,
                func.count(case((Judging.purpose.not_in(_BY_ADMINS), 1))),
                func.max(Judging.turn),
            )
            .where(_STANDING, Judging.user_id.in_(user_ids))
            .group_by(Judging.user_id, Judging.queue)
        )
        for user_id, queue, pending, last in session.execute(query):
            assert user_id is not None
            self._pending[user_id] += pending
            self._last[user_id, queue] = last

    def take(self, user_id: str, purpose: Purpose, max_pending: int | None = None) -> int:
        """The turn of a judging that is about to be queued for `user_id`.

        Raises TooManyError when `max_pending` submissions and runs of the user wait or run
        already.
        """
        if max_pending is not None and self._pending[user_id] >= max_pending:
            raise TooManyError(
                f"{max_pending} submissions of yours wait for their verdicts already; send more "
                "when some have theirs.",
                _RETRY_AFTER_S,
            )
        if purpose not in _BY_ADMINS:
            self._pending[user_id] += 1
        queue = purpose.queue
        turn = max(self._last.get((user_id, queue), 0), self._now_serving(queue) - 1) + 1
        self._last[user_id, queue] = turn
        return turn

    def _now_serving(self, queue: str) -> int:
        if queue not in self._serving:
            query = select(func.min(Judging.turn)).where(_QUEUED, Judging.queue == queue)
            self._serving[queue] = self._session.scalar(query) or 0
        return self._serving[queue]


def whose_turn(session: Session, hinted_id: str) -> str | None:
    """The judging that a message about `hinted_id` is to start; None when none waits."""
    hinted = session.execute(
        select(Judging.state, Judging.queue, Judging.attempt).where(Judging.id == hinted_id)
    ).one_or_none()
    if hinted is None:
        return None
    if hinted.state == State.QUEUED and hinted.attempt > 0:
        return hinted_id
    fresh = and_(_QUEUED, Judging.queue == hinted.queue, Judging.attempt == 0)
    query = select(Judging.id).where(fresh).order_by(Judging.turn, Judging.id).limit(1)
    return session.scalar(query.with_for_update(skip_locked=True))
