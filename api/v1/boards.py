"""Boards, for everybody to read: of all users, and of a problem's solvers."""

from dataclasses import astuple
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.services import PREFIX, Ctx
from api.v1.caching import conditional
from api.v1.pagination import link_header, next_cursor
from api.v1.params import cursor, limit, problem_answers, slug
from api.v1.problems import NOT_MODIFIED
from api.v1.schemas.teams import BoardOut, BoardRowOut, SolverBoardOut, SolverRowOut
from judge.boards.problem_views import SolverPlace, read_problem_board
from judge.boards.views import Place, read_board
from judge.boards.windows import ALWAYS_S, Period, Window, window_of

router = APIRouter(prefix=PREFIX)
PeriodQuery = Annotated[
    Period, Query(description="Which submissions count: this week's (UTC), this month's, or all")
]


@router.get(
    "/leaderboard",
    operation_id="getLeaderboard",
    tags=["boards"],
    summary="Everybody's board",
    response_model=BoardOut,
    responses={**NOT_MODIFIED, **problem_answers(422, 503)},
)
def get_leaderboard(
    request: Request,
    ctx: Ctx,
    cursor: Annotated[Any, Depends(cursor)],
    limit: Annotated[int, Depends(limit)],
    period: PeriodQuery = Period.ALL,
) -> Response:
    """All users by score: 1, 2 or 3 points for an easy, medium or hard problem. Equal scores share
    a rank; of these, the user whose last gain is the oldest comes first."""
    window = window_of(period, ctx.db.clock())
    place = None if cursor is None else Place(*cursor)
    page = read_board(ctx.db, window, place, limit)
    # The place as a list: a cursor is JSON.
    following = next_cursor(request, ctx, page.next and astuple(page.next))
    rows = [BoardRowOut.model_validate(row) for row in page.rows]
    return conditional(request, board_out(rows, window, following), link_header(request, following))


def board_out(rows: list[BoardRowOut], window: Window, following: str | None = None) -> BoardOut:
    """A board with its period. A bound that excludes nothing is null."""
    return BoardOut(
        rows=rows,
        next=following,
        # A window without a beginning starts at 0.
        starts_at=window.starts_at or None,
        ends_at=window.ends_at if window.ends_at < ALWAYS_S else None,
    )


@router.get(
    "/problems/{slug}/leaderboard",
    operation_id="getProblemLeaderboard",
    tags=["boards"],
    summary="A problem's solvers",
    response_model=SolverBoardOut,
    responses={**NOT_MODIFIED, **problem_answers(404, 422, 503)},
)
def get_problem_leaderboard(
    request: Request,
    ctx: Ctx,
    slug: Annotated[str, Depends(slug)],
    cursor: Annotated[Any, Depends(cursor)],
    limit: Annotated[int, Depends(limit)],
) -> Response:
    """A problem's solvers by CPU time: the median of the timings of each user's fastest submission.
    Times that can't be told apart share a rank."""
    place = None if cursor is None else SolverPlace(*cursor)
    page = read_problem_board(ctx.db, slug, place, limit)
    following = next_cursor(request, ctx, page.next and astuple(page.next))
    rows = [SolverRowOut.model_validate(row) for row in page.rows]
    answer = SolverBoardOut(rows=rows, next=following)
    return conditional(request, answer, link_header(request, following))
