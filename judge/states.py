"""A judging's states, its purposes, and the queues that hints are sent on."""

from enum import StrEnum


class State(StrEnum):
    """A judging's state in the database. `judge.submissions.lifecycle` is its only writer."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"


class Purpose(StrEnum):
    """Why a judging exists."""

    SUBMISSION = "submission"
    """Counts on boards; judged against all tests."""
    RUN = "run"
    """Counts on no board; judged against the samples or the user's own input."""
    INTERVIEW = "interview"
    """Sent within a round of a mock interview: judged against all tests; counts on no board."""
    REJUDGE = "rejudge"
    """An admin's rejudge. It waits until no person waits for a verdict."""
    PREVIEW = "preview"
    """A rejudge whose verdict counts, and is shown, only once the admin applies it."""
    BATCH = "batch"
    """A source of a program's batch: judged against all tests when nothing else waits; counts on no
    board."""

    @property
    def queue(self) -> str:
        """The Celery queue that carries the hint."""
        match self:
            case Purpose.REJUDGE | Purpose.PREVIEW:
                return "rejudge"
            case Purpose.BATCH:
                return "batch"
            case _:
                return "interactive"


QUEUES = ("interactive", "rejudge", "batch")
"""The queues of judgings, in the order in which they are emptied."""
BACKGROUND = "background"
"""The queue of chores, emptied before `batch`: an admin waits for the check of an upload."""
SERVED = ("interactive", "rejudge", BACKGROUND, "batch")
"""All queues that a worker serves for a set of labels, in the order in which it empties them."""
TIMING_QUEUE = "timing"
"""Hints to time judgings again, sent when all other queues are empty. No judging has this queue."""
