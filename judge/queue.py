"""Celery as `judge` knows it. (Signature; the body follows.)"""

from judge.settings import Settings
from judge.states import Purpose


def enqueue(settings: Settings, judging_id: str, purpose: Purpose) -> bool:
    """Send the hint that `judging_id` waits. False when the broker did not take it, which is
    logged only: the reconciler sends it again. Returns within 4 s."""
    raise NotImplementedError
