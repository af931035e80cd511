"""Takes one of the worker's safeguards away, for the controls of `make chaos`.

Python imports a module of this name at its start, where it finds one: this folder is on PYTHONPATH
of a control's service only, and SHOUSI_CHAOS_WITHOUT says which safeguard that is to do without.
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

    # Before the statements are made that are made once. The heartbeats' process looks at it too,
    # and would tell a judging process to let go.
    leases.held = held  # type: ignore[assignment] # its token is looked at by nobody


if {"worker", "worker.queue.heartbeat_process"} & {*sys.orig_argv}:
    {"reconciler": _without_reconciler, "fencing": _without_fencing}[
        os.environ["SHOUSI_CHAOS_WITHOUT"]
    ]()
