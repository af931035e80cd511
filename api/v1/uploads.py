"""Uploads: an admin sends a package; a worker checks it, and publishes it if it has no errors."""

from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any

from fastapi import Depends, Header, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from api.auth import Admin
from api.content_language import ContentLanguage, InLanguage
from api.services import PREFIX, Ctx
from api.sse import event_stream, follow, messages, resume_after, snapshot
from api.uploading import MULTIPART, store_upload
from api.v1.events import event_json
from api.v1.pagination import link_header, next_cursor
from api.v1.params import cursor, limit, no_nul, problem_answers
from api.v1.routing import ApiRouter
from api.v1.schemas.uploads import (
    UploadCreatedOut,
    UploadedSubmissionOut,
    UploadItemOut,
    UploadListOut,
    UploadOut,
)
from judge import queue
from judge.db.session import Database
from judge.errors import NotFoundError
from judge.uploads.lifecycle import publish_checked
from judge.uploads.outcome import UploadState, replay
from judge.uploads.views import UploadView, list_uploads, read_upload

router = ApiRouter(prefix=PREFIX)

PATH = f"{PREFIX}/problems"
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            MULTIPART: {
                "schema": {
                    "type": "object",
                    "required": ["package"],
                    "properties": {"package": {"type": "string", "format": "binary"}},
                },
                "example": {"package": "maxsubarray.zip"},
            }
        },
    }
}
_EXAMPLE = (
    'retry: 2000\n\nevent: snapshot\ndata: {"id": "...", "state": "checking"}\n\n'
    'id: 3\nevent: submission\ndata: {"path": "submissions/accepted/a.py", "verdict": "AC"}\n\n'
    'id: 9\nevent: done\ndata: {"state": "published", "problem": "sum", "version": 2}\n\n'
)


async def upload_id(id: Annotated[str, Path(description="An upload's id")]) -> str:
    return no_nul(id)


UploadId = Annotated[str, Depends(upload_id)]


@router.post(
    "/problems",
    operation_id="createUpload",
    tags=["admin"],
    status_code=202,
    summary="Upload a problem package",
    openapi_extra=_BODY,
    responses=problem_answers(401, 403, 413, 415, 422, 503),
)
async def create_upload(
    request: Request,
    response: Response,
    ctx: Ctx,
    admin: Admin,
    dry_run: Annotated[
        bool, Query(description="Check only; a package without errors becomes `checked`")
    ] = False,
) -> UploadCreatedOut:
    """Upload a package; it is stored and its check is queued. The report will be at `Location`.

    `package` is a `.zip` or `.kpp`. It becomes the problem's next version if it has no errors and
    every submission in it gets a verdict that its folder allows.
    """
    id_ = await store_upload(request, ctx, admin, dry_run=dry_run)
    response.headers["Location"] = f"{PREFIX}/uploads/{id_}"
    return UploadCreatedOut(id=id_, state=UploadState.CHECKING)


@router.get(
    "/uploads",
    operation_id="listUploads",
    tags=["admin"],
    summary="All uploads",
    responses=problem_answers(401, 403, 422, 503),
)
def get_uploads(
    request: Request,
    response: Response,
    ctx: Ctx,
    _admin: Admin,
    cursor: Annotated[Any, Depends(cursor)],
    limit: Annotated[int, Depends(limit)],
) -> UploadListOut:
    """The uploads, newest first."""
    page = list_uploads(ctx.db, cursor, limit)
    following = next_cursor(request, ctx, page.next)
    response.headers.update(link_header(request, following))
    items = [UploadItemOut.model_validate(item) for item in page.items]
    return UploadListOut(items=items, next=following)


@router.get(
    "/uploads/{id}",
    operation_id="getUpload",
    tags=["admin"],
    summary="One upload and its report",
    responses=problem_answers(401, 403, 404, 503),
)
def get_upload(
    id: UploadId,
    ctx: Ctx,
    _admin: Admin,
    language: InLanguage,
) -> UploadOut:
    """One upload: its errors by file and line, and the verdicts of the package's submissions so
    far."""
    return upload_out(_found(ctx.db, id), language)


@router.post(
    "/uploads/{id}/publish",
    operation_id="publishUpload",
    tags=["admin"],
    status_code=202,
    summary="Publish a dry run without errors",
    responses=problem_answers(401, 403, 404, 409, 503),
)
def publish_upload(id: UploadId, response: Response, ctx: Ctx, admin: Admin) -> UploadCreatedOut:
    """Check the archive of a `checked` dry run again, and then publish it. The new report will be
    at `Location`. The archive is kept for a week, and can be published once."""
    again = publish_checked(ctx.db, id, admin.user_id)
    queue.enqueue_chores(ctx.settings)
    response.headers["Location"] = f"{PREFIX}/uploads/{again}"
    return UploadCreatedOut(id=again, state=UploadState.CHECKING)


@router.get(
    "/uploads/{id}/events",
    operation_id="streamUploadEvents",
    tags=["admin"],
    summary="Follow an upload's check live",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Events `snapshot queued checking package progress submission "
            "requeued done`; at `checking` the check begins, perhaps again",
            "content": {"text/event-stream": {"example": _EXAMPLE}},
        },
        **problem_answers(401, 403, 404, 503),
    },
)
async def stream_upload(
    id: UploadId,
    ctx: Ctx,
    admin: Admin,
    language: InLanguage,
    last_event_id: Annotated[
        str | None, Header(description="The last id that you received; the stream resumes after it")
    ] = None,
) -> StreamingResponse:
    """A stream of events: first a snapshot of the upload, then its events until it is done. A ping
    is sent every 15 seconds."""
    # Read before the answer begins, so that it can still be a 404.
    await run_in_threadpool(_found, ctx.db, id)

    async def stream() -> AsyncIterator[bytes]:
        with ctx.subscriptions.listen(id) as listener:
            view = await run_in_threadpool(_found, ctx.db, id)
            yield snapshot(upload_out(view, language).model_dump_json())
            # A client that has no events yet gets the whole log, which is short.
            after = resume_after(last_event_id, view.last_event_id) or 0
            if view.state is not UploadState.CHECKING and after >= view.last_event_id:
                return
            events = follow(ctx, partial(run_in_threadpool, replay, ctx.db, id), after, listener)
            async for message in messages(events, partial(event_json, language=language)):
                yield message

    return event_stream(ctx, admin, stream())


def upload_out(view: UploadView, language: ContentLanguage) -> UploadOut:
    """Build the answer from the view, with diagnoses in one language."""
    submissions = [
        UploadedSubmissionOut(**{**one, "diagnosis": language.pick(one["diagnosis"])})
        for one in view.submissions
    ]
    summary = UploadItemOut.model_validate(view).model_dump()
    return UploadOut(
        **summary,
        errors=list(view.errors),
        warnings=list(view.warnings),
        submissions=submissions,
        total_submissions=view.total_submissions,
        becomes_version=view.becomes_version,
        attempt=view.attempt,
    )


def _found(db: Database, id_: str) -> UploadView:
    view = read_upload(db, id_)
    if view is None:
        raise NotFoundError(f"There is no upload {id_!r}.")
    return view
