"""Pages of everybody's board and of a problem's solvers."""

from dataclasses import astuple
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.asked_boards import BoardAsked, read_asked, with_own_line
from api.pages.live_boards import LINES, State, drawn_boards, table_of, titles_of
from api.pages.paging import NextPage, Slug, opened, sealed
from api.pages.preferences import reader_of
from api.pages.rendering import render
from api.pages.viewer import Viewer
from api.services import PREFIX, Ctx
from api.sse import event_stream
from judge.boards.problem_views import SolverPlace, read_problem_board
from judge.boards.views import BoardPage, Place
from judge.boards.windows import Period, window_of
from judge.errors import NotFoundError
from judge.problems.views import read_problem

router = APIRouter(include_in_schema=False)


@router.get("/leaderboard")
def show_board(
    request: Request,
    ctx: Ctx,
    viewer: Viewer,
    cursor: NextPage = None,
    period: Period = Period.ALL,
) -> Response:
    """Show everybody's board, with the reader's own line on each of its pages."""
    place = opened(request, ctx, cursor)
    asked = BoardAsked(window_of(period, ctx.db.about_now()), limit=LINES)
    page = read_asked(ctx.db, asked, None if place is None else Place(*place))
    page = with_own_line(ctx.db, asked, page, viewer)
    table = table_of(request, titles_of(request, ctx), page)
    return render(
        request,
        "leaderboard.html",
        period=period,
        table=table,
        csv=f"{PREFIX}/leaderboard?format=csv&period={period}",
        # Only the first page is updated live.
        live=f"/leaderboard/events?period={period}&seen={table.state}" if place is None else "",
        next_cursor=sealed(request, ctx, page.next and astuple(page.next)),
    )


@router.get("/leaderboard/events")
async def follow_board(
    request: Request, ctx: Ctx, viewer: Viewer, seen: State = "", period: Period = Period.ALL
) -> Response:
    """Stream the table, drawn again whenever the board has changed."""

    async def look() -> BoardPage:
        asked = BoardAsked(window_of(period, ctx.db.about_now()), limit=LINES)
        page = await ctx.calls.board_of(asked)
        return await run_in_threadpool(with_own_line, ctx.db, asked, page, viewer)

    return event_stream(ctx, viewer, drawn_boards(request, ctx, look, seen))


@router.get("/problems/{slug}/solvers")
def show_solvers(
    request: Request,
    ctx: Ctx,
    _viewer: Viewer,
    slug: Slug,
    cursor: NextPage = None,
) -> Response:
    """Show a problem's solvers, fastest first; times that can't be told apart share a rank."""
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
        csv=f"{PREFIX}/problems/{quote(slug)}/leaderboard?format=csv",
        next_cursor=sealed(request, ctx, page.next and astuple(page.next)),
    )
