"""Uploads: an admin sends a package; a worker checks it, and publishes it if it is sound.

The body is written to a temporary file as it comes in and then, all of it or nothing, into the
database: an upload that is cut off leaves nothing, and this process never holds a package in
memory. Who asks is looked at before the body is.
"""

from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse

from api import error_types as kinds
from api.auth import Admin
from api.content_language import Tongue, tongue
from api.deps import PREFIX, Services, cursor, limit, no_nul, problem_answers, services
from api.errors import ProblemError, field_problem
from api.v1.events import RETRY_MS, SSE_HEADERS, follow, message, resume_after
from api.v1.pagination import link_header, next_cursor
from api.v1.schemas.uploads import (
    UploadCreatedOut,
    UploadedSubmissionOut,
    UploadItemOut,
    UploadListOut,
    UploadOut,
)
from judge import queue
from judge.db.session import Database
from judge.errors import NotFoundError, UnavailableError
from judge.uploads import lifecycle as uploads
from judge.uploads.outcome import UploadState, replay
from judge.uploads.views import UploadView, list_uploads, read_upload

router = APIRouter(prefix=PREFIX)
Ctx = Annotated[Services, Depends(services)]

PATH = f"{PREFIX}/problems"
MULTIPART = "multipart/form-data"
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


InTongue = Annotated[Tongue, Depends(tongue)]
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
        bool, Query(description="Check only; a sound package ends as `checked`")
    ] = False,
) -> UploadCreatedOut:
    """Taken in and queued; `Location` is where the report will be.

    `package` is a `.zip` or `.kpp`. It becomes the problem's next version when it is sound and
    every submission in it gets what its folder says.
    """
    _check_type(request)
    try:
        # Read here, not by the framework, which would do so before it looks who asks.
        async with request.form(max_files=1, max_fields=1) as form:
            package = form.get("package")
            if not isinstance(package, UploadFile):
                hint = "Send the archive as the file `package` of a multipart form."
                raise field_problem(kinds.INVALID, "package", hint)
            store = partial(
                uploads.store,
                ctx.db,
                user_id=admin.user_id,
                file_name=package.filename or "",
                dry_run=dry_run,
                archive=package.file,
            )
            id_ = await run_in_threadpool(store)
    except ClientDisconnect as gone:
        raise ProblemError(kinds.BAD_REQUEST, "The upload was cut off.") from gone
    await run_in_threadpool(queue.enqueue_chores, ctx.settings)
    response.headers["Location"] = f"{PREFIX}/uploads/{id_}"
    return UploadCreatedOut(id=id_, state=UploadState.CHECKING)


def _check_type(request: Request) -> None:
    sent = request.headers.get("content-type", "none")
    if sent.partition(";")[0].strip().lower() != MULTIPART:
        detail = f"Send `Content-Type: {MULTIPART}` with the file `package`; it was {sent[:100]!r}."
        raise ProblemError(kinds.UNSUPPORTED_MEDIA_TYPE, detail)


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
    """Newest first."""
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
    id: UploadId, ctx: Ctx, _admin: Admin, tongue: Annotated[Tongue, Depends(tongue)]
) -> UploadOut:
    """What is wrong by file and line, and what the package's submissions got so far."""
    return upload_out(_found(ctx.db, id), tongue)


@router.get(
    "/uploads/{id}/events",
    operation_id="streamUploadEvents",
    tags=["admin"],
    summary="Follow an upload's check live",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "Events `snapshot queued checking package progress submission "
            "requeued done`; after `checking` the check begins anew",
            "content": {"text/event-stream": {"example": _EXAMPLE}},
        },
        **problem_answers(401, 403, 404, 503),
    },
)
async def stream_upload(
    id: UploadId,
    ctx: Ctx,
    _admin: Admin,
    tongue: InTongue,
    last_event_id: Annotated[
        str | None, Header(description="The last id that was received; go on after it")
    ] = None,
) -> StreamingResponse:
    """A snapshot, then what happens until it is done. Pings every 15 seconds."""
    await run_in_threadpool(_found, ctx.db, id)

    async def stream() -> AsyncIterator[bytes]:
        with suppress(UnavailableError), ctx.live.listen(id) as listener:
            view = await run_in_threadpool(_found, ctx.db, id)
            yield f"retry: {RETRY_MS}\n\n".encode()
            yield message("snapshot", upload_out(view, tongue).model_dump_json())
            after = resume_after(last_event_id, view.last_event_id) or 0
            if view.state is UploadState.CHECKING or after < view.last_event_id:
                read = partial(run_in_threadpool, replay, ctx.db, id)
                async for chunk in follow(ctx, read, after, listener, tongue):
                    yield chunk

    return StreamingResponse(stream(), media_type="text/event-stream", headers=SSE_HEADERS)


def upload_out(view: UploadView, tongue: Tongue) -> UploadOut:
    """The view as a person reads it: diagnoses in one language."""
    submissions = [
        UploadedSubmissionOut(**{**one, "diagnosis": tongue.pick(one["diagnosis"])})
        for one in view.submissions
    ]
    summary = UploadItemOut.model_validate(view).model_dump()
    return UploadOut(
        **summary,
        errors=list(view.errors),
        warnings=list(view.warnings),
        submissions=submissions,
        attempt=view.attempt,
    )


def _found(db: Database, id_: str) -> UploadView:
    view = read_upload(db, id_)
    if view is None:
        raise NotFoundError(f"There is no upload {id_!r}.")
    return view
