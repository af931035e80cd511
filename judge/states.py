"""The states of a judging, what it is for, and which queue its hint travels on."""

from enum import StrEnum


class State(StrEnum):
    """Where a judging stands in the database. `judge.submissions.lifecycle` is its only writer."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"


class Purpose(StrEnum):
    """Why a judging exists."""

    SUBMISSION = "submission"
    """Counts on boards; judged against all tests."""
    RUN = "run"
    """Recorded on no board; judged against the samples or the author's own input."""
    REJUDGE = "rejudge"
    """An admin asked for it again; waits behind whatever a person is waiting for."""
    PREVIEW = "preview"
    """A rejudge whose verdict doesn't count until the admin applies it, and nobody is told of."""

    @property
    def queue(self) -> str:
        """The Celery queue that carries the hint."""
        return "rejudge" if self in {Purpose.REJUDGE, Purpose.PREVIEW} else "interactive"


QUEUES = ("interactive", "rejudge")
"""The queues of judgings, in the order in which they are emptied."""
BACKGROUND = "background"
"""The queue of chores, emptied after them."""
TIMING_QUEUE = "timing"
"""Carries what is measured again when all others are empty; no judging lies on it."""
