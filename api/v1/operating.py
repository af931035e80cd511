"""Admins' routes: pause judging, drain a worker, and trace, retry or cancel a submission."""

from typing import Annotated

from fastapi import Path, Response

from api.auth import Admin, NotedAdmin
from api.services import PREFIX, Ctx
from api.v1.params import SubmissionId, no_nul, problem_answers
from api.v1.routing import ApiRouter
from api.v1.schemas.operating import PauseIn, PauseOut, TraceOut
from api.v1.schemas.submissions import RejudgedOut
from judge import operating, queue
from judge.operating import PauseView
from judge.submissions import by_hand
from judge.submissions.trace import read_trace

router = ApiRouter(prefix=PREFIX, tags=["admin"])
WorkerId = Annotated[str, Path(description="The worker's id")]


def _pause_out(pause: PauseView | None) -> PauseOut:
    if pause is None:
        return PauseOut(paused=False, at=None, by=None, reason=None)
    return PauseOut(paused=True, at=pause.at, by=pause.by, reason=pause.reason)


@router.get(
    "/admin/pause",
    operation_id="getPause",
    summary="Whether judging is paused",
    responses=problem_answers(401, 403, 503),
)
def get_pause(ctx: Ctx, _admin: Admin) -> PauseOut:
    """Whether judging is paused, since when, by whom and why."""
    return _pause_out(operating.read_pause(ctx.db))


@router.put(
    "/admin/pause",
    operation_id="pauseJudging",
    summary="Pause judging",
    responses=problem_answers(401, 403, 413, 415, 422, 503),
)
def pause_judging(body: PauseIn, ctx: Ctx, admin: NotedAdmin) -> PauseOut:
    """Stop all workers from taking submissions. Those being judged still get their verdicts; new
    submissions are accepted and wait. A pause lasts until an admin ends it, even over restarts. If
    judging is paused already, nothing changes."""
    return _pause_out(operating.pause(ctx.db, by=admin.user_id, reason=no_nul(body.reason)))


@router.delete(
    "/admin/pause",
    operation_id="resumeJudging",
    status_code=204,
    summary="Resume judging",
    responses=problem_answers(401, 403, 503),
)
def resume_judging(ctx: Ctx, admin: NotedAdmin) -> None:
    """End the pause: workers take waiting submissions again."""
    operating.resume(ctx.db, by=admin.user_id)


_OF_A_WORKER = problem_answers(401, 403, 404, 503)


@router.put(
    "/admin/workers/{id}/draining",
    operation_id="drainWorker",
    status_code=204,
    summary="Drain a worker",
    responses=_OF_A_WORKER,
)
def drain_worker(id: WorkerId, ctx: Ctx, admin: NotedAdmin) -> None:
    """Stop one worker from taking submissions; those that it is judging still get their verdicts.
    `GET /admin/workers` shows when it has finished (`drained`): then it can be stopped."""
    operating.drain(ctx.db, no_nul(id), by=admin.user_id, drained=True)


@router.delete(
    "/admin/workers/{id}/draining",
    operation_id="undrainWorker",
    status_code=204,
    summary="End a worker's draining",
    responses=_OF_A_WORKER,
)
def undrain_worker(id: WorkerId, ctx: Ctx, admin: NotedAdmin) -> None:
    """Let a worker take waiting submissions again."""
    operating.drain(ctx.db, no_nul(id), by=admin.user_id, drained=False)


@router.post(
    "/submissions/{id}/retry",
    operation_id="retrySubmission",
    status_code=202,
    summary="Judge a submission again",
    responses=problem_answers(401, 403, 404, 422, 503),
)
def retry_submission(
    id: SubmissionId, ctx: Ctx, admin: NotedAdmin, response: Response
) -> RejudgedOut:
    """Take a submission from the worker that is judging it, and queue it again with all its
    attempts. If it waits, its message is sent again. If it is done, it is judged by the problem's
    newest version, as by `rejudge`."""
    sent = by_hand.retry(ctx.db, id, by=admin.user_id)
    queue.enqueue_all(ctx.settings, [(sent.judging_id, sent.purpose, sent.requires)])
    response.headers["Location"] = f"/api/v1/submissions/{id}"
    return RejudgedOut(queued=1)


@router.post(
    "/submissions/{id}/cancel",
    operation_id="cancelSubmission",
    status_code=204,
    summary="Stop judging a submission",
    responses=problem_answers(401, 403, 404, 409, 503),
)
def cancel_submission(id: SubmissionId, ctx: Ctx, admin: NotedAdmin) -> None:
    """End the judging of a submission that waits or runs. Its verdict is JE, which counts on no
    board."""
    by_hand.cancel(ctx.db, id, by=admin.user_id)


@router.get(
    "/submissions/{id}/trace",
    operation_id="traceSubmission",
    summary="A submission's history",
    responses=problem_answers(401, 403, 404, 503),
)
def trace_submission(id: SubmissionId, ctx: Ctx, _admin: Admin) -> TraceOut:
    """The history of a submission: when it was accepted, queued and claimed, by which worker, and
    how each attempt ended. Single steps are kept for `SHOUSI_EVENTS_KEPT_DAYS`."""
    return TraceOut.model_validate(read_trace(ctx.db, id))
