"""Whose turn it is: the queue is fair between users, however much one of them sends.

Each judging gets a turn when it is queued: the one after its user's last waiting one, but never
before the turn that is being served now (start-time fair queueing, with every judging of one
cost). Workers take the lowest turn first. So a thousand submissions of one user lie on a thousand
turns, and another user's first lies on the next one.

Judgings don't cost the same, though: one may wait on purpose for as long as all its tests may take.
So while others wait, nobody gets the last process that judges: whoever holds all that run is
passed over, and where one process judges alone, whoever it served last. A worker's last process
waits for a stranger also while nobody waits (`Share`): else who came later would find all of them
taken for as long as the slowest judging lasts.

A message on the broker names a judging but is only a hint that one waits: whoever gets it takes
the judging whose turn it is. A judging that was begun before (a worker was lost, or something
failed) is taken by its own message only, which the reconciler sends when it is time.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import and_, case, func, or_, select, text, tuple_
from sqlalchemy.orm import Session

from judge.db.models import Judging
from judge.errors import ShousiError, TooManyError
from judge.states import Purpose, State

# In these very words, and not as parameters, for the partial indexes on them to be used.
_STANDING = text("judging.state <> 'done'")
_QUEUED = text("judging.state = 'queued'")
_RETRY_AFTER_S = 5.0
_INTERACTIVE = Purpose.SUBMISSION.queue
_BY_ADMINS = (Purpose.REJUDGE, Purpose.PREVIEW)


class HeldBackError(ShousiError):
    """Nothing may be taken at this moment: the user whose turn it is holds as much of the worker
    as one may hold and nobody else waits, or others have what waits in hand."""


@dataclass(frozen=True, slots=True)
class Share:
    """How much of one worker a user may hold: `most` judgings at a time. The names under which
    the worker's processes claim begin with `worker`."""

    worker: str
    most: int


class _Place(NamedTuple):
    """Where a judging stands in its queue; places sort in the order of turns."""

    turn: int
    id: str


class Turns:
    """Gives turns to some users within one transaction."""

    def __init__(self, session: Session, user_ids: Collection[str]) -> None:
        self._session = session
        self._last: dict[tuple[str, str], int] = {}
        self._serving: dict[str, int] = {}
        self._pending: Counter[str] = Counter()
        query = (
            select(
                Judging.user_id,
                Judging.queue,
                # Rejudges are an admin's doing and don't count against the user's own limit.
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
                f"You have {max_pending} submissions that wait for their verdicts already; send "
                "more when some have theirs.",
                _RETRY_AFTER_S,
            )
        if purpose not in _BY_ADMINS:
            self._pending[user_id] += 1
        queue = purpose.queue
        if queue not in self._serving:
            # The turn now being served is the lowest that waits.
            query = select(func.min(Judging.turn)).where(_QUEUED, Judging.queue == queue)
            self._serving[queue] = self._session.scalar(query) or 0
        turn = max(self._last.get((user_id, queue), 0), self._serving[queue] - 1) + 1
        self._last[user_id, queue] = turn
        return turn


def next_judging(
    session: Session,
    hinted_id: str,
    last_served: str | None = None,
    share: Share | None = None,
) -> str | None:
    """The judging that a message about `hinted_id` is to start; None when none waits.

    `last_served` is the user whose judging the asking process did last. Raises HeldBackError
    where more than `share` would be one user's, or others have locked all that waits.
    """
    hinted = session.execute(
        select(Judging.state, Judging.queue, Judging.attempt).where(Judging.id == hinted_id)
    ).one_or_none()
    if hinted is None:
        return None
    # It was begun before, so that only its own message may start it; see the top of the file.
    if hinted.state == State.QUEUED and hinted.attempt > 0:
        return hinted_id
    first = _first(session, hinted.queue, last_served, lock=True)
    if first is None:
        if hinted.state == State.QUEUED:
            # Not the hinted one itself, past its turn and the share: ask again.
            raise HeldBackError("Others have what waits in hand")
        return None
    if share is not None and hinted.queue == _INTERACTIVE:
        _check_share(session, first, share)
    return first.id


def _check_share(session: Session, first: _Place, share: Share) -> None:
    owner = select(Judging.user_id).where(Judging.id == first.id).scalar_subquery()
    query = select(func.count()).where(
        Judging.state == State.RUNNING,
        Judging.queue == _INTERACTIVE,
        Judging.user_id == owner,
        # A worker's processes claim as `worker/...`; the name is text, in which `%` means itself.
        Judging.worker.startswith(share.worker, autoescape=True),
    )
    if (session.scalar(query) or 0) >= share.most:
        raise HeldBackError("One user holds all of this worker but its last process")


def position_of(session: Session, judging: Judging) -> int | None:
    """How many judgings are served before this one; None when it does not wait.

    True at the moment: whoever comes later with fewer in the queue may still go before it. One
    that was begun before is counted by its turn, though its own message decides when it is taken.
    """
    if judging.state != State.QUEUED:
        return None
    # Counted in the order of turns; whoever is passed over is looked at below.
    mine = _Place(judging.turn, judging.id)
    sooner = and_(Judging.queue == judging.queue, tuple_(Judging.turn, Judging.id) < tuple_(*mine))
    if judging.queue != _INTERACTIVE:
        sooner = or_(sooner, Judging.queue == _INTERACTIVE)  # that queue is emptied first
    before = session.scalar(select(func.count()).where(_QUEUED, sooner)) or 0
    if judging.queue != _INTERACTIVE:
        return before
    first = _first(session, judging.queue)
    if first == mine:
        return 0
    # The one that goes first out of its turn was not among those before it.
    return before + (first is not None and first > mine)


def _first(
    session: Session, queue: str, last_served: str | None = None, *, lock: bool = False
) -> _Place | None:
    """Which of `queue` is served next: the lowest turn, but while others wait nobody gets the
    last of the processes that judge."""
    fresh = and_(_QUEUED, Judging.queue == queue, Judging.attempt == 0)
    query = select(Judging.turn, Judging.id).where(fresh).order_by(Judging.turn, Judging.id)
    query = query.limit(1)
    if lock:
        query = query.with_for_update(skip_locked=True)
    # No user waits for rejudges.
    holder = _only_holder(session, queue, last_served) if queue == _INTERACTIVE else None
    found = None
    if holder is not None:
        found = session.execute(query.where(Judging.user_id != holder)).one_or_none()
    if found is None:
        found = session.execute(query).one_or_none()
    return None if found is None else _Place(*found)


def _only_holder(session: Session, queue: str, last_served: str | None) -> str | None:
    """The user whose judgings are the only ones that run now; where none runs, the user served
    last."""
    running = (
        select(Judging.user_id)
        .where(Judging.state == State.RUNNING, Judging.queue == queue)
        # Two are enough to know that nobody holds all.
        .distinct()
        .limit(2)
    )
    holders = session.scalars(running).all()
    if not holders:
        return last_served
    return holders[0] if len(holders) == 1 else None
