"""What happened to submissions. (Signatures; the bodies follow.)"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from judge.db.session import Database


@dataclass(frozen=True, slots=True)
class EventView:
    """One event: `id` grows within a submission; `kind` is SSE's event name; `at` in epoch s."""

    id: int
    kind: str
    data: Mapping[str, Any]
    at: float


def replay(db: Database, submission_id: str, after_id: int = 0) -> list[EventView]:
    """The events of `submission_id` with an id greater than `after_id`, oldest first."""
    raise NotImplementedError
