"""Boards: everybody's, and a problem's solvers."""

from dataclasses import astuple

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.pages.paging import NextPage, Slug, opened, sealed
from api.pages.preferences import reader_of
from api.pages.rendering import render
from api.pages.viewer import Viewer
from api.services import Ctx
from judge.boards.problem_views import SolverPlace, read_problem_board
from judge.boards.views import Place, read_board
from judge.boards.windows import Period, window_of
from judge.errors import NotFoundError
from judge.problems.views import all_problems, read_problem

router = APIRouter(include_in_schema=False)


@router.get("/leaderboard")
def show_board(
    request: Request,
    ctx: Ctx,
    _viewer: Viewer,
    cursor: NextPage = None,
    period: Period = Period.ALL,
) -> Response:
    """Everybody's board."""
    place = opened(request, ctx, cursor)
    window = window_of(period, ctx.db.clock())
    page = read_board(ctx.db, window, None if place is None else Place(*place))
    reader = reader_of(request)
    # A column for each problem that somebody on this page has tried.
    tried = {cell.slug for row in page.rows for cell in row.problems}
    return render(
        request,
        "leaderboard.html",
        period=period,
        rows=page.rows,
        columns=[
            (one.slug, reader.pick(one.title) or one.slug)
            for one in all_problems(ctx.db)
            if one.slug in tried
        ],
        next_cursor=sealed(request, ctx, page.next and astuple(page.next)),
    )


@router.get("/problems/{slug}/solvers")
def show_solvers(
    request: Request,
    ctx: Ctx,
    _viewer: Viewer,
    slug: Slug,
    cursor: NextPage = None,
) -> Response:
    """Who has solved a problem, fastest first; times that can't be told apart share a rank."""
    problem = read_problem(ctx.db, slug)
    if problem is None:
        raise NotFoundError(f"There is no problem {slug!r}.")
    place = opened(request, ctx, cursor)
    page = read_problem_board(ctx.db, slug, None if place is None else SolverPlace(*place))
    return render(
        request,
        "solvers.html",
        slug=slug,
        title=reader_of(request).pick(problem.title) or slug,
        rows=page.rows,
        next_cursor=sealed(request, ctx, page.next and astuple(page.next)),
    )
