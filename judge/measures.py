"""Measures of the service for monitoring: what it does now and did just before.

All of it is read from the database, so that every process of the API reports the same, and a worker
that no longer works shows even if it reports nothing.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Select, func, select

from judge.db.background_models import RejudgeItem
from judge.db.models import Event, FailedAttempt, Judging, Submission
from judge.db.session import Database
from judge.ids import first_id
from judge.labels import base_of
from judge.monitoring import QueueView, read_queues
from judge.operating import is_paused
from judge.queue_history import LOOKED_BACK_S, MOST_ROWS, quantile
from judge.states import Purpose
from judge.submissions.by_hand import CANCELLED, RETRIED
from judge.submissions.transitions import CAUSES
from judge.webhooks.deliveries import DeliveryCounts, count_deliveries
from judge.workers import alive

RECENT_S = 300.0
"""How long ago an event still counts as recent."""
_LONGEST_PREVIEW_S = 7 * 86400.0
_PERCENTS = (50, 95)
_BY_ADMINS = {RETRIED: "admin", CANCELLED: "admin"}


@dataclass(frozen=True, slots=True)
class Measures:
    """The queues and workers now; and of the judgings that ended within RECENT_S, the number by
    (queue without labels, language, verdict), and the time (s) that they took by (queue, stage,
    percent). `failed` counts the attempts that ended without a verdict meanwhile, by cause."""

    queues: tuple[QueueView, ...]
    paused: bool
    workers_alive: int
    """Workers that are alive and take work."""
    workers_unable: int
    """Those of them that have no working language: their sandbox could not be set up."""
    judged: Mapping[tuple[str, str, str], int]
    stages: Mapping[tuple[str, str, int], float]
    failed: Mapping[str, int]
    jails: Mapping[str, Mapping[str, int]]
    """By living worker: how its runs got their jails since its start, counted by kind."""
    wear: Mapping[str, Mapping[str, Mapping[str, float]]]
    """By living worker and runtime: the age and wear of the fork servers."""
    webhooks: DeliveryCounts


_Ended = Select[str, str, str | None, float, float | None, float | None]
_COLUMNS = (
    *(Judging.queue, Submission.language, Judging.verdict),
    *(Judging.created_at, Judging.started_at, Judging.finished_at),
)


def _sent_lately(begins: float) -> _Ended:
    """The judgings that ended after `begins`, of those that were sent within the hour before."""
    # Ids sort by time and are the primary key; the end of a judging has no index.
    return (
        select(*_COLUMNS)
        .join(Submission, Submission.id == Judging.submission_id)
        .where(Judging.id >= first_id(begins - LOOKED_BACK_S), Judging.finished_at >= begins)
        .order_by(Judging.id.desc())
        .limit(MOST_ROWS)
    )


def _sent_before(begins: float) -> _Ended:
    """Judgings that ended lately but were sent more than an hour before, as batches often are; they
    are found by the newest events.
    """
    newest = select(func.coalesce(func.max(Event.id), 0)).scalar_subquery()
    return (
        select(*_COLUMNS)
        .join(Submission, Submission.id == Judging.submission_id)
        .join(Event, Event.judging_id == Judging.id)
        .where(Event.id > newest - MOST_ROWS, Event.kind == "done", Event.at >= begins)
        .where(Judging.id < first_id(begins - LOOKED_BACK_S), Judging.finished_at >= begins)
    )


def _previews_sent_before(begins: float) -> _Ended:
    """The previews that had waited for longer: they append no events until they are applied."""
    # By the rejudge, because the end of a judging has no index. A week bounds what is read.
    return (
        select(*_COLUMNS)
        .join(Submission, Submission.id == Judging.submission_id)
        .join(RejudgeItem, RejudgeItem.after_id == Judging.id)
        .where(RejudgeItem.rejudge_id >= first_id(begins - _LONGEST_PREVIEW_S))
        .where(Judging.purpose == Purpose.PREVIEW, Judging.finished_at >= begins)
        .where(Judging.id < first_id(begins - LOOKED_BACK_S))
        .limit(MOST_ROWS)
    )


def read_measures(db: Database) -> Measures:
    """The numbers of this moment. Raises UnavailableError."""
    living = alive(db)
    working = [one for one in living if not one.is_drained]
    with db.read() as session:
        now = db.now(session)
        begins = now - RECENT_S
        rows = [
            row
            for ended in (_sent_lately, _sent_before, _previews_sent_before)
            for row in session.execute(ended(begins))
        ]
        reasons = session.scalars(
            select(FailedAttempt.reason).where(FailedAttempt.id >= first_id(begins))
        ).all()
        paused = is_paused(session)
        webhooks = count_deliveries(session, now, RECENT_S)
    judged: Counter[tuple[str, str, str]] = Counter()
    times: dict[tuple[str, str], list[float]] = {}
    for queue, language, verdict, created_at, started_at, finished_at in rows:
        base = base_of(queue)
        judged[base, language, str(verdict)] += 1
        # A judging that was cancelled before it began has been in no stage.
        if started_at is not None and finished_at is not None:
            times.setdefault((base, "waiting"), []).append(max(0.0, started_at - created_at))
            times.setdefault((base, "judging"), []).append(max(0.0, finished_at - started_at))
    stages = {
        (*stage, percent): found
        for stage, values in times.items()
        for percent in _PERCENTS
        if (found := quantile(values, percent)) is not None
    }
    causes = CAUSES | _BY_ADMINS
    return Measures(
        queues=tuple(read_queues(db)),
        paused=paused,
        workers_alive=len(working),
        workers_unable=sum(not any(one.languages.values()) for one in working),
        judged=judged,
        stages=stages,
        failed=Counter(causes.get(reason, "fault") for reason in reasons),
        jails={one.id: one.jails for one in living},
        wear={one.id: one.wear for one in living},
        webhooks=webhooks,
    )
