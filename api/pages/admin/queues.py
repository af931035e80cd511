"""What waits, how long people waited in the last hour, what each worker runs, and what of it is
held back by hand."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from api.pages.forms import OurForm
from api.pages.paging import Id, without_nul
from api.pages.rendering import render
from api.pages.viewer import Admin
from api.services import Ctx
from judge import monitoring, operating, queue
from judge.queue_history import read_history
from judge.submissions import by_hand

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
        pause=operating.read_pause(ctx.db),
    )


@router.post("/admin/pause")
def pause(
    ctx: Ctx, viewer: Admin, _: OurForm, reason: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """Workers take nothing more."""
    operating.pause(ctx.db, by=viewer.user_id, reason=without_nul(reason.strip()))
    return RedirectResponse("/admin/queue", 303)


@router.post("/admin/resume")
def resume(ctx: Ctx, viewer: Admin, _: OurForm) -> Response:
    """Workers take what waits."""
    operating.resume(ctx.db, by=viewer.user_id)
    return RedirectResponse("/admin/queue", 303)


@router.post("/admin/workers/{id}/draining")
def drain(
    ctx: Ctx, viewer: Admin, _: OurForm, id: Id, drained: Annotated[bool, Form()] = True
) -> Response:
    """One worker takes nothing more, or again."""
    operating.drain(ctx.db, id, by=viewer.user_id, drained=drained)
    return RedirectResponse("/admin/queue", 303)


@router.post("/admin/submissions/{id}/retry")
def retry(ctx: Ctx, viewer: Admin, _: OurForm, id: Id) -> Response:
    """Judge one submission anew, whoever holds it."""
    sent = by_hand.retry(ctx.db, id, by=viewer.user_id)
    queue.enqueue_all(ctx.settings, [(sent.judging_id, sent.purpose, sent.requires)])
    return RedirectResponse(f"/submissions/{id}", 303)


@router.post("/admin/submissions/{id}/cancel")
def cancel(ctx: Ctx, viewer: Admin, _: OurForm, id: Id) -> Response:
    """Give one submission up that waits or runs."""
    by_hand.cancel(ctx.db, id, by=viewer.user_id)
    return RedirectResponse(f"/submissions/{id}", 303)
