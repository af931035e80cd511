"""What waits, how long people waited in the last hour, and what each worker runs."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.pages.rendering import render
from api.pages.viewer import Admin
from api.services import Ctx
from judge import monitoring
from judge.queue_history import read_history

router = APIRouter(include_in_schema=False)


@router.get("/admin/queue")
def show_queue(request: Request, ctx: Ctx, _admin: Admin) -> Response:
    """As it is now; a script asks again every two seconds."""
    queues = monitoring.read_queues(ctx.db)
    # None where nothing waits.
    waits = [one.oldest_s for one in queues if one.oldest_s is not None]
    totals = read_history(ctx.db)
    return render(
        request,
        "admin/queue.html",
        queues=queues,
        workers=monitoring.read_workers(ctx.db, silent=True),
        now=ctx.db.clock(),
        num_waiting=sum(one.queued for one in queues),
        num_running=sum(one.running for one in queues),
        longest_wait_s=max(waits, default=None),
        history=totals.minutes,
        totals=totals,
    )
