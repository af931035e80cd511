"""Pages to upload a package, follow its check, read the report, and publish after a dry run."""

from collections import Counter
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from api.auth import check_origin, note
from api.errors import ProblemError, problem_of
from api.form_tokens import FIELD, FormTokens
from api.pages.forms import OurForm
from api.pages.paging import Id, NextPage, opened, sealed
from api.pages.preferences import reader_of
from api.pages.redrawing import Announcements, redrawn
from api.pages.rendering import draw, render
from api.pages.viewer import Admin
from api.services import Ctx, Services
from api.sse import event_stream
from api.uploading import store_upload
from judge import queue
from judge.errors import ConflictError, NotFoundError
from judge.uploads.lifecycle import publish_checked
from judge.uploads.outcome import UploadState
from judge.uploads.views import UploadView, list_uploads, read_upload

router = APIRouter(include_in_schema=False)
PATH = "/admin/uploads"
REFRESH_S = 2
ALL = "all"
UNEXPECTED = "unexpected"
Show = Annotated[
    str, Query(max_length=100, description="all, unexpected, or a folder below submissions/")
]


@router.get(PATH)
def show_uploads(request: Request, ctx: Ctx, _admin: Admin, cursor: NextPage = None) -> Response:
    """Show a form to send a package, and the uploads of all admins, newest first."""
    return _uploads(request, ctx, cursor)


def _uploads(
    request: Request,
    ctx: Services,
    cursor: str | None = None,
    status: int = 200,
    complaint: str = "",
) -> Response:
    page = list_uploads(ctx.db, opened(request, ctx, cursor))
    return render(
        request,
        "admin/uploads.html",
        status,
        uploads=page.items,
        limit_bytes=ctx.settings.upload_limit_bytes,
        next_cursor=sealed(request, ctx, page.next),
        complaint=complaint,
    )


@router.post(PATH)
async def send_package(
    request: Request, ctx: Ctx, viewer: Admin, dry_run: bool = False
) -> Response:
    """Accept a package; the upload's page shows its check."""
    # Before the body is read: the CSRF token is in the body, which may be large.
    check_origin(request, missing_is_fine=True)

    def check(form: FormData) -> None:
        FormTokens(ctx.form_key).check(request, str(form.get(FIELD, "")))

    try:
        id = await store_upload(request, ctx, viewer, dry_run=dry_run, check=check)
    except ProblemError as refusal:
        return await run_in_threadpool(
            _uploads, request, ctx, None, refusal.kind.status, refusal.detail
        )
    # Noted afterwards, because the entry names the upload's id.
    await run_in_threadpool(note, ctx, viewer, "createUpload", f"{PATH}/{id}")
    return RedirectResponse(f"{PATH}/{id}", 303)


@router.get("/admin/uploads/{id}")
def show_upload(request: Request, ctx: Ctx, _admin: Admin, id: Id, show: Show = ALL) -> Response:
    """Show the report as it is now; a stream renews it until the check is done."""
    return _upload(request, ctx, id, show=show)


def _upload(
    request: Request,
    ctx: Services,
    id: str,
    status: int = 200,
    complaint: str = "",
    show: str = ALL,
) -> Response:
    report = _report(request, ctx, id, show)
    going_on = report["view"].state is UploadState.CHECKING
    return render(
        request,
        "admin/upload.html",
        status,
        **report,
        asked=show,
        own_address=f"{PATH}/{id}",
        refresh=REFRESH_S if going_on else None,
        complaint=complaint,
    )


def _report(request: Request, ctx: Services, id: str, show: str) -> dict[str, Any]:
    """Return the variables of the report's template; `show` is the chip whose programs it lists."""
    view = read_upload(ctx.db, id)
    if view is None:
        raise NotFoundError(f"There is no upload {id!r}.")
    reader = reader_of(request)
    programs = []
    for one in view.submissions:
        path = one["path"].removeprefix("submissions/")
        said = reader.pick(one["diagnosis"]) or ""
        folder = path.partition("/")[0]
        programs.append({**one, "diagnosis": said, "path": path, "folder": folder})
    # Programs with an unexpected verdict come first.
    programs.sort(key=lambda one: one["ok"] is not False)
    unexpected = [one for one in programs if one["ok"] is False]
    chips = {ALL: len(programs), UNEXPECTED: len(unexpected)}
    chips |= sorted(Counter(one["folder"] for one in programs).items())
    # While the check runs, the folder that `show` names may have no chip yet.
    chosen = show if show in chips else ALL
    shown = {ALL: programs, UNEXPECTED: unexpected}
    return {
        "view": view,
        "num_judged": len(programs),
        "num_unexpected": len(unexpected),
        "chips": chips,
        "chosen": chosen,
        "programs": shown.get(chosen, [one for one in programs if one["folder"] == chosen]),
    }


@router.get("/admin/uploads/{id}/events")
async def follow_upload(
    request: Request, ctx: Ctx, admin: Admin, id: Id, show: Show = ALL
) -> Response:
    """Stream the report, drawn again after every event, until the check is done."""
    # Read before the answer begins, so that it can still be a 404.
    await run_in_threadpool(_report, request, ctx, id, show)
    # Less than any event's id, so that the report is always sent once.
    shown = -1
    announcements = Announcements()

    def look() -> tuple[str | None, bool]:
        nonlocal shown
        report = _report(request, ctx, id, show)
        view: UploadView = report["view"]
        done = view.state is not UploadState.CHECKING
        # No new event: the same report is not sent again.
        if view.last_event_id == shown:
            return None, done
        shown = view.last_event_id
        announces = announcements.is_due(done=done)
        html = draw(
            request, "admin/report-fragment.html", **report, complaint="", announces=announces
        )
        return html, done

    return event_stream(ctx, admin, redrawn(ctx, id, "report", look))


@router.post("/admin/uploads/{id}/publish")
def publish(request: Request, ctx: Ctx, viewer: Admin, _: OurForm, id: Id) -> Response:
    """Check a dry run's archive again, then publish it."""
    note(ctx, viewer, "publishUpload", request.url.path)
    try:
        again = publish_checked(ctx.db, id, viewer.user_id)
    except ConflictError as error:
        refusal = problem_of(error)
        return _upload(request, ctx, id, refusal.kind.status, refusal.detail)
    queue.enqueue_chores(ctx.settings)
    return RedirectResponse(f"{PATH}/{again}", 303)
