"""Admins' page with the queues, the waiting times of the last hour, what each worker runs, and
buttons to pause judging, drain a worker, or retry or cancel a submission."""

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
    """Show the queues as they are now; a script loads the page again every two seconds."""
    queues = monitoring.read_queues(ctx.db)
    # `oldest_s` is None if nothing waits.
    waits = [one.oldest_s for one in queues if one.oldest_s is not None]
    totals = read_history(ctx.db)
    return render(
        request,
        "admin/queue.html",
        queues=queues,
        workers=monitoring.read_workers(ctx.db, silent=True),
        now=ctx.db.about_now(),
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
    """Pause judging: workers take no more submissions."""
    operating.pause(ctx.db, by=viewer.user_id, reason=without_nul(reason.strip()))
    return RedirectResponse("/admin/queue", 303)


@router.post("/admin/resume")
def resume(ctx: Ctx, viewer: Admin, _: OurForm) -> Response:
    """Resume judging: workers take waiting submissions again."""
    operating.resume(ctx.db, by=viewer.user_id)
    return RedirectResponse("/admin/queue", 303)


@router.post("/admin/workers/{id}/draining")
def drain(
    ctx: Ctx, viewer: Admin, _: OurForm, id: Id, drained: Annotated[bool, Form()] = True
) -> Response:
    """Stop one worker from taking submissions, or let it take them again."""
    operating.drain(ctx.db, id, by=viewer.user_id, drained=drained)
    return RedirectResponse("/admin/queue", 303)


@router.post("/admin/submissions/{id}/retry")
def retry(ctx: Ctx, viewer: Admin, _: OurForm, id: Id) -> Response:
    """Judge one submission again, even if a worker is judging it now."""
    sent = by_hand.retry(ctx.db, id, by=viewer.user_id)
    queue.enqueue_all(ctx.settings, [(sent.judging_id, sent.purpose, sent.requires)])
    return RedirectResponse(f"/submissions/{id}", 303)


@router.post("/admin/submissions/{id}/cancel")
def cancel(ctx: Ctx, viewer: Admin, _: OurForm, id: Id) -> Response:
    """Cancel one submission that waits or is being judged."""
    by_hand.cancel(ctx.db, id, by=viewer.user_id)
    return RedirectResponse(f"/submissions/{id}", 303)
