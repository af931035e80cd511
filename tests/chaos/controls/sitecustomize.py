"""Removes one of the worker's safeguards, for the controls of `make chaos`.

Python imports a module of this name when it starts. Only a control's service has this folder on its
PYTHONPATH; SHOUSI_CHAOS_WITHOUT names the safeguard to remove.
"""

import os
import sys
from typing import Any


def _without_reconciler() -> None:
    from judge.submissions import lifecycle

    lifecycle.requeue_stale = lambda *_, **__: []


def _without_fencing() -> None:
    from judge import leases
    from judge.db.models import Base

    def held(model: Any, id: Any, _token: Any) -> Any:
        return Base.metadata.tables[model.__tablename__].c.id == id

    # Replaced before the modules build their statements with it, which they do once. Also in the
    # heartbeat process, which would otherwise tell a judging process to release its judging.
    leases.held = held  # type: ignore[assignment] # ignores the token


if {"worker", "worker.queue.heartbeat_process"} & {*sys.orig_argv}:
    {"reconciler": _without_reconciler, "fencing": _without_fencing}[
        os.environ["SHOUSI_CHAOS_WITHOUT"]
    ]()
