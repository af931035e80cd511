"""Decides which judging is next: the queue is fair between users, however much one of them sends.

Each judging gets a turn when it is queued: the one after its user's last waiting judging, but never
one before the turn that is being served now (start-time fair queueing, with every judging of cost
one). Workers take the lowest turn first. So a thousand submissions of one user have a thousand
turns, and the first submission of another user has the next one.

But judgings don't take equally long: one may wait on purpose for as long as all its tests may take.
So while others wait, nobody gets the last judging process: a user who holds all running judgings is
passed over, and if one process judges alone, the user whom it served last is. A worker's last
process is kept free for another user even while nobody waits (`Share`): otherwise a newcomer would
find all processes taken for as long as the slowest judging lasts.

A message on the broker names a judging, but is only a hint that one waits: the worker that gets it
takes the judging whose turn it is, among those of the same queue. Problems that require labels have
queues of their own (`judge.labels`). A judging that was begun before (its worker was lost, or
something failed) is taken by its own message only, which the reconciler sends when it is time.

The queue of batches goes last: none of their sources begins while a person's submission waits, nor
on the last process that a worker has free.
"""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, case, exists, func, or_, select, text, tuple_
from sqlalchemy.orm import Session

from judge.db.background_models import Chore
from judge.db.models import Judging
from judge.errors import ShousiError, TooManyError
from judge.labels import base_of, queue_of, required_in
from judge.operating import IS_HELD, WorkHeldError
from judge.states import QUEUES, Purpose, State

# Exactly these texts, and no parameters, because only then the database uses the partial indexes.
_STANDING = text("judging.state <> 'done'")
_QUEUED = text("judging.state = 'queued'")
_RETRY_AFTER_S = 5.0
_INTERACTIVE = Purpose.SUBMISSION.queue
_BATCH = Purpose.BATCH.queue
_BY_ADMINS = (Purpose.REJUDGE, Purpose.PREVIEW)


class HeldBackError(ShousiError):
    """Nothing may be taken at this moment: the next judging's user holds the allowed share of the
    worker and nobody else waits, or other workers have locked all judgings that wait."""


class BatchHeldBackError(ShousiError):
    """No source of a batch may be taken at this moment: a person's submission waits, or all of the
    worker's processes but one are in use. `requires` are the labels of the requested source."""

    def __init__(self, requires: str) -> None:
        super().__init__("A batch waits until a person's submission needs no process")
        self.requires = requires


@dataclass(frozen=True, slots=True)
class Share:
    """How much of one worker a user may hold: `most` judgings at a time. The worker's processes
    claim under names that begin with `worker`."""

    worker: str
    most: int


class _Place(NamedTuple):
    """A judging's place in its queue; places sort in the order of turns."""

    turn: int
    id: str


_judging = Judging.__table__.c
# Built once: they run for each submission.
_TURNS_OF_USERS = (
    select(
        _judging.user_id,
        _judging.queue,
        # Rejudges are started by admins and don't count against the user's own limit.
        func.count(case((_judging.purpose.not_in(_BY_ADMINS), 1))),
        func.max(_judging.turn),
    )
    .where(_STANDING, _judging.user_id.in_(bindparam("user_ids", expanding=True)))
    .group_by(_judging.user_id, _judging.queue)
)
_LOWEST_TURN = select(func.min(_judging.turn)).where(_QUEUED, _judging.queue == bindparam("queue"))


@dataclass(frozen=True, slots=True)
class _First:
    """The judging that goes first, and its user."""

    place: _Place
    user_id: str | None


class _Running(NamedTuple):
    """How many of a user's judgings of a queue run in the given worker; 0 if all of them run in
    others."""

    user_id: str | None
    queue: str
    here: int


class Turns:
    """Gives turns to some users within one transaction."""

    def __init__(self, session: Session, user_ids: Collection[str]) -> None:
        self._session = session
        self._last: dict[tuple[str, str], int] = {}
        self._serving: dict[str, int] = {}
        # Batches are counted apart: a person may submit however much their script sends.
        self._pending: Counter[tuple[str, bool]] = Counter()
        asked = {"user_ids": list(user_ids)}
        found = session.connection().execute(_TURNS_OF_USERS, asked)
        for user_id, queue, pending, last in found:
            self._pending[user_id, base_of(queue) == _BATCH] += pending
            self._last[user_id, queue] = last

    def take(
        self, user_id: str, purpose: Purpose, queue: str, max_pending: int | None = None
    ) -> int:
        """The turn of a judging that is about to be queued in `queue` for `user_id`.

        Raises TooManyError when `max_pending` submissions and runs of the user, or sources of their
        batches, wait or run already.
        """
        whose = user_id, purpose is Purpose.BATCH
        if max_pending is not None and self._pending[whose] >= max_pending:
            if purpose is Purpose.BATCH:
                raise TooManyError(
                    f"You have {max_pending} sources of batches that wait for their verdicts "
                    "already; send more when some have theirs.",
                    _RETRY_AFTER_S,
                )
            raise TooManyError(
                f"You have {max_pending} submissions that wait for their verdicts already; send "
                "more when some have theirs.",
                _RETRY_AFTER_S,
            )
        if purpose not in _BY_ADMINS:
            self._pending[whose] += 1
        if queue not in self._serving:
            # The turn now being served is the lowest turn that waits.
            served = self._session.connection().execute(_LOWEST_TURN, {"queue": queue})
            self._serving[queue] = served.scalar() or 0
        turn = max(self._last.get((user_id, queue), 0), self._serving[queue] - 1) + 1
        self._last[user_id, queue] = turn
        return turn


def next_judging(
    session: Session,
    hinted_id: str,
    last_served: str | None = None,
    share: Share | None = None,
    worker_id: str | None = None,
) -> str | None:
    """The judging to start for a message about `hinted_id`; None if none waits.

    `last_served` is the user whose judging the asking process did last, `worker_id` is the worker
    of that process. Raises HeldBackError if one user would hold more than `share`, or if others
    have locked all that wait; BatchHeldBackError if a batch has to wait for people; WorkHeldError
    if an admin holds work back.
    """
    asked = {"hinted_id": hinted_id, "worker_id": worker_id}
    hinted = session.execute(_HINTED, asked).one_or_none()
    if hinted is None:
        return None
    if hinted.is_held:
        raise WorkHeldError(Purpose(hinted.purpose), required_in(hinted.queue))
    # Begun before, so only its own message may start it; see the top of the file.
    if hinted.state == State.QUEUED and hinted.attempt > 0:
        return hinted_id
    if base_of(hinted.queue) == _BATCH:
        _let_people_first(session, required_in(hinted.queue), share)
    running: list[_Running] = []
    holder = None
    # No user waits for a rejudge.
    if base_of(hinted.queue) == _INTERACTIVE:
        running = _running(session, share)
        holder = _only_holder(running, hinted.queue, last_served)
    first = _first(session, hinted.queue, holder, lock=True)
    if first is None:
        if hinted.state == State.QUEUED:
            # Starting the hinted one would ignore turns and the share, so the caller asks again.
            raise HeldBackError("Other workers have locked all judgings that wait")
        return None
    if share is not None:
        held = sum(one.here for one in running if one.user_id == first.user_id)
        if held >= share.most:
            raise HeldBackError("One user holds all of this worker but its last process")
    return first.place.id


def position_of(session: Session | Connection, judging_id: str, queue: str, turn: int) -> int:
    """How many judgings are served before this queued one.

    This may change: a later judging of a user with fewer in the queue may still go before it. One
    that was begun before is counted by its turn, though its own message decides when it is taken.
    """
    # Counted in the order of turns; a user who is passed over is handled below.
    mine = _Place(turn, judging_id)
    sooner = and_(Judging.queue == queue, tuple_(Judging.turn, Judging.id) < tuple_(*mine))
    is_interactive = base_of(queue) == _INTERACTIVE
    if not is_interactive:
        emptied_first = QUEUES[: QUEUES.index(base_of(queue))]
        before_it = [queue_of(base, required_in(queue)) for base in emptied_first]
        sooner = or_(sooner, Judging.queue.in_(before_it))
    before = session.scalar(select(func.count()).where(_QUEUED, sooner)) or 0
    if not is_interactive:
        return before
    holder = _only_holder(_running(session), queue, None)
    first = _first(session, queue, holder)
    if first is not None and first.place == mine:
        return 0
    # A judging that goes first out of its turn was not counted above.
    return before + (first is not None and first.place > mine)


# Built once, not for each judging: building a statement takes longer than running it. From the
# tables' columns: with the ORM's attributes it takes twice as long.
_HINTED = select(
    _judging.state, _judging.queue, _judging.attempt, _judging.purpose, IS_HELD.label("is_held")
).where(_judging.id == bindparam("hinted_id"))
_FIRST = (
    select(_judging.turn, _judging.id, _judging.user_id)
    .where(_QUEUED, _judging.queue == bindparam("of_queue"), _judging.attempt == 0)
    .order_by(_judging.turn, _judging.id)
    .limit(1)
)
_FIRST_OF_OTHERS = _FIRST.where(_judging.user_id != bindparam("holder"))
_LOCKING = {
    query: query.with_for_update(skip_locked=True, key_share=True)
    for query in (_FIRST, _FIRST_OF_OTHERS)
}
_RUNNING_HERE = func.substr(_judging.worker, 1, bindparam("length")) == bindparam("worker")
_RUNNING = (
    select(_judging.user_id, _judging.queue, func.count(case((_RUNNING_HERE, 1))))
    # With any labels: they take the same processes.
    .where(_judging.state == State.RUNNING, _judging.queue.startswith(_INTERACTIVE))
    .group_by(_judging.user_id, _judging.queue)
)


_HELD_HERE = [
    select(func.count()).where(
        table.state == State.RUNNING,
        func.substr(table.worker, 1, bindparam("length")) == bindparam("worker"),
    )
    for table in (_judging, Chore.__table__.c)
]
_WAITS = select(
    exists().where(_QUEUED, _judging.queue == bindparam("queue"), _judging.attempt == 0)
)


def _let_people_first(session: Session, requires: str, share: Share | None) -> None:
    """Raise BatchHeldBackError if a person waits, or if no process would be left for the next."""
    # Its message may be on the way or lost, so only the row tells.
    person_waits = session.scalar(_WAITS, {"queue": queue_of(_INTERACTIVE, requires)})
    is_full = False
    if share is not None:
        here = {"worker": share.worker, "length": len(share.worker)}
        # A chore occupies a process too, and a person can't wait for its end.
        held = sum(session.scalar(query, here) or 0 for query in _HELD_HERE)
        is_full = held >= share.most
    if person_waits or is_full:
        raise BatchHeldBackError(requires)


def _first(
    session: Session | Connection, queue: str, holder: str | None, *, lock: bool = False
) -> _First | None:
    """The judging of `queue` that is served next: the lowest turn, but one of `holder`'s only if
    nobody else waits."""
    values = {"of_queue": queue, "holder": holder}
    for query in (_FIRST,) if holder is None else (_FIRST_OF_OTHERS, _FIRST):
        found = session.execute(_LOCKING[query] if lock else query, values).one_or_none()
        if found is not None:
            return _First(_Place(found.turn, found.id), found.user_id)
    return None


def _running(session: Session | Connection, share: Share | None = None) -> list[_Running]:
    """The running judgings of interactive queues, by user and queue."""
    worker = share.worker if share else ""
    rows = session.execute(_RUNNING, {"worker": worker, "length": len(worker)})
    return [_Running(*row) for row in rows]


def _only_holder(running: Sequence[_Running], queue: str, last_served: str | None) -> str | None:
    """The user who holds all running judgings of this queue; if none runs, the user served
    last."""
    holders = {one.user_id for one in running if one.queue == queue}
    if not holders:
        return last_served
    return holders.pop() if len(holders) == 1 else None
