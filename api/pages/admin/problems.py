"""Admins' pages for problems (withdrawn ones too) and their versions, and for rejudges: of a whole
problem, with a preview, or of one submission, which counts at once."""

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from api.auth import note
from api.errors import problem_of
from api.pages.forms import OurForm
from api.pages.paging import LINES_A_PAGE, Id, PageNumber, Slug
from api.pages.preferences import reader_of
from api.pages.rendering import render
from api.pages.viewer import Admin
from api.services import Ctx, Services
from judge import monitoring, queue
from judge.errors import ConflictError, NotFoundError
from judge.problems import versions
from judge.submissions import lifecycle, rejudges
from judge.verdict import Verdict

router = APIRouter(include_in_schema=False)
REFRESH_S = 2


@router.get("/admin/problems")
def show_known_problems(
    request: Request, ctx: Ctx, _admin: Admin, page: PageNumber = 1
) -> Response:
    """Show all problems, with what an admin can do with each."""
    reader = reader_of(request)
    # One more than is shown tells whether another page follows.
    found = versions.known_problems(ctx.db, LINES_A_PAGE + 1, (page - 1) * LINES_A_PAGE)
    shown = found[:LINES_A_PAGE]
    return render(
        request,
        "admin/problems.html",
        problems=shown,
        titles={one.slug: reader.pick(one.title) or one.slug for one in shown},
        next_page=page + 1 if len(found) > LINES_A_PAGE else None,
    )


@router.get("/admin/problems/{slug}")
def show_versions(request: Request, ctx: Ctx, _admin: Admin, slug: Slug) -> Response:
    """Show every published version of a problem."""
    found = versions.list_versions(ctx.db, slug)
    return render(request, "admin/versions.html", slug=slug, versions=found)


@router.post("/admin/problems/{slug}/withdraw")
def withdraw(ctx: Ctx, viewer: Admin, _: OurForm, slug: Slug) -> Response:
    """Remove a problem from the list and the boards; its submissions stay."""
    monitoring.withdraw_problem(ctx.db, slug, by=viewer.user_id, withdrawn=True)
    return RedirectResponse("/admin/problems", 303)


@router.post("/admin/problems/{slug}/bring-back")
def bring_back(ctx: Ctx, viewer: Admin, _: OurForm, slug: Slug) -> Response:
    """Show a withdrawn problem on the list and the boards again."""
    monitoring.withdraw_problem(ctx.db, slug, by=viewer.user_id, withdrawn=False)
    return RedirectResponse("/admin/problems", 303)


@router.post("/admin/problems/{slug}/rejudge")
def begin_rejudge(request: Request, ctx: Ctx, viewer: Admin, _: OurForm, slug: Slug) -> Response:
    """Judge all of a problem's submissions again; the new verdicts count only after "apply". While
    a rejudge runs, the same button shows it and begins no second one."""
    for begun in rejudges.list_rejudges(ctx.db):
        if begun.problem == slug and begun.applied_at is None:
            view = rejudges.read_rejudge(ctx.db, begun.id)
            if view is not None and view.done < view.total:
                return RedirectResponse(f"/admin/rejudges/{begun.id}", 303)
    # Noted first, as in the API's route of the same name.
    note(ctx, viewer, "rejudgeProblem", request.url.path)
    id, requeued = rejudges.begin(ctx.db, slug, viewer.user_id)
    # After the commit. If the broker can't be reached, the reconciler sends the messages later.
    queue.enqueue_all(
        ctx.settings, [(one.judging_id, one.purpose, one.requires) for one in requeued]
    )
    return RedirectResponse(f"/admin/rejudges/{id}", 303)


@router.post("/admin/submissions/{id}/rejudge")
def rejudge_submission(request: Request, ctx: Ctx, viewer: Admin, _: OurForm, id: Id) -> Response:
    """Judge one submission again; its new verdict counts at once."""
    note(ctx, viewer, "rejudgeSubmission", request.url.path)
    requeued = lifecycle.rejudge(ctx.db, id)
    queue.enqueue_all(ctx.settings, [(requeued.judging_id, requeued.purpose, requeued.requires)])
    return RedirectResponse(f"/submissions/{id}", 303)


@router.get("/admin/rejudges")
def show_rejudges(request: Request, ctx: Ctx, _admin: Admin) -> Response:
    """Show all rejudges except the dropped ones."""
    return render(request, "admin/rejudges.html", rejudges=rejudges.list_rejudges(ctx.db))


@router.get("/admin/rejudges/{id}")
def show_rejudge(request: Request, ctx: Ctx, _admin: Admin, id: Id) -> Response:
    """Show which verdicts a rejudge changes, among the submissions judged so far."""
    return _rejudge(request, ctx, id)


def _rejudge(
    request: Request, ctx: Services, id: str, status: int = 200, complaint: str = ""
) -> Response:
    view = rejudges.read_rejudge(ctx.db, id)
    if view is None:
        raise NotFoundError(f"There is no rejudge {id!r}.")
    # The table has rows and columns only for verdicts that occur.
    told = {verdict for before, after, _n in view.counts for verdict in (before, after)}
    return render(
        request,
        "admin/rejudge.html",
        status,
        view=view,
        verdicts=[verdict for verdict in Verdict if verdict in told],
        counts={(before, after): number for before, after, number in view.counts},
        num_changed=sum(n for before, after, n in view.counts if before != after),
        # The page loads itself again while something is still judged.
        refresh=REFRESH_S if view.done < view.total else None,
        complaint=complaint,
        own_address=f"/admin/rejudges/{id}",
    )


@router.post("/admin/rejudges/{id}/apply")
def apply_rejudge(request: Request, ctx: Ctx, viewer: Admin, _: OurForm, id: Id) -> Response:
    """Let a rejudge's verdicts count."""
    note(ctx, viewer, "applyRejudge", request.url.path)
    try:
        rejudges.apply(ctx.db, id)
    except ConflictError as error:
        refusal = problem_of(error)
        return _rejudge(request, ctx, id, refusal.kind.status, refusal.detail)
    return RedirectResponse(f"/admin/rejudges/{id}", 303)


@router.post("/admin/rejudges/{id}/drop")
def drop_rejudge(request: Request, ctx: Ctx, viewer: Admin, _: OurForm, id: Id) -> Response:
    """Drop a rejudge, as if it had never been begun."""
    note(ctx, viewer, "discardRejudge", request.url.path)
    try:
        rejudges.discard(ctx.db, id)
    except ConflictError as error:
        refusal = problem_of(error)
        return _rejudge(request, ctx, id, refusal.kind.status, refusal.detail)
    return RedirectResponse("/admin/rejudges", 303)
