"""Send webhook messages from every process of the API. Workers can't do it: they hold the expected
answers, and have no connection to the outside.

The rows are the truth (`judge.webhooks.deliveries`); any number of processes may send at once, and
any may be killed. A hint announces new messages; without a hint, the sender looks again after some
seconds.
"""

import asyncio
import os
import socket

import structlog
from starlette.concurrency import run_in_threadpool

from api.outgoing import send
from api.subscriptions import Subscriptions
from judge.db.session import Database
from judge.errors import UnavailableError
from judge.settings import Settings
from judge.webhooks.deliveries import Attempted, claim_due, record
from judge.webhooks.telling import WEBHOOKS

log = structlog.get_logger(__name__)

AT_ONCE = 4
"""How many messages one process sends at a time."""
_LOOK_AGAIN_S = 5.0


async def send_webhooks(db: Database, settings: Settings, subscriptions: Subscriptions) -> None:
    """Send messages that are due, until cancelled."""
    async with asyncio.TaskGroup() as group:
        for number in range(AT_ONCE):
            group.create_task(_send_in_turn(db, settings, subscriptions, number))


async def _send_in_turn(
    db: Database, settings: Settings, subscriptions: Subscriptions, number: int
) -> None:
    name = f"api:{socket.gethostname()}:{os.getpid()}:{number}"
    with subscriptions.listen(WEBHOOKS) as listener:
        while not subscriptions.closing:
            try:
                while not subscriptions.closing and await _send_next(db, settings, name):
                    pass
            except UnavailableError as error:
                log.warning("webhooks wait", error=str(error))
            except Exception:  # go on: nobody would notice a process that sends nothing any more
                log.exception("sending a webhook failed")
            await listener.wait(_LOOK_AGAIN_S)


async def _send_next(db: Database, settings: Settings, name: str) -> bool:
    """Send a message that is due; return False if there was none."""
    claimed = await run_in_threadpool(claim_due, db, name)
    if claimed is None:
        return False
    try:
        attempted = await send(claimed, settings.webhook_rules)
    except Exception:  # after any error, the other messages must still be sent
        log.exception("a webhook can't be sent", delivery=claimed.id)
        attempted = Attempted(error="a fault of this service")
    await run_in_threadpool(record, db, claimed, attempted)
    return True
