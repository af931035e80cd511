"""Public boards: everybody's, and a problem's solvers."""

from dataclasses import astuple
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from starlette.responses import Response, StreamingResponse

from api.asked_boards import BoardAsked
from api.board_tables import EXAMPLE, SOLVERS_EXAMPLE, board_table, solvers_table
from api.csv_tables import Format, csv_answer, csv_example
from api.live_boards import board_messages
from api.services import PREFIX, Ctx
from api.sse import event_stream
from api.v1.caching import NOT_MODIFIED, conditional
from api.v1.pagination import link_header, next_cursor
from api.v1.params import Slug, cursor, limit, problem_answers
from api.v1.routing import ApiRouter
from api.v1.schemas.boards import BoardOut, BoardRowOut, SolverBoardOut, SolverRowOut
from judge.boards.problem_views import SolverPlace, read_problem_board
from judge.boards.views import BoardPage, Place, read_board
from judge.boards.windows import ALWAYS_S, Period, Window, window_of

router = ApiRouter(prefix=PREFIX)
PeriodQuery = Annotated[
    Period, Query(description="Which submissions count: this week's (UTC), this month's, or all")
]


@router.get(
    "/leaderboard",
    operation_id="getLeaderboard",
    tags=["boards"],
    summary="Everybody's board",
    response_model=BoardOut,
    responses={**csv_example(EXAMPLE), **NOT_MODIFIED, **problem_answers(422, 503)},
)
def get_leaderboard(
    request: Request,
    ctx: Ctx,
    cursor: Annotated[Any, Depends(cursor)],
    limit: Annotated[int, Depends(limit)],
    period: PeriodQuery = Period.ALL,
    form: Format = "json",
) -> Response:
    """All users by score: 1, 2 or 3 points for an easy, medium or hard problem. Equal scores share
    a rank; of these, the user whose last gain is the oldest comes first."""
    window = window_of(period, ctx.db.about_now())
    if form == "csv":
        return csv_answer("leaderboard.csv", board_table(ctx.db, window))
    place = None if cursor is None else Place(*cursor)
    page = read_board(ctx.db, window, place, limit)
    # The place as a tuple: a cursor is JSON.
    following = next_cursor(request, ctx, page.next and astuple(page.next))
    rows = [BoardRowOut.model_validate(row) for row in page.rows]
    return conditional(request, board_out(rows, window, following), link_header(request, following))


_EXAMPLE = (
    'event: snapshot\ndata: {"rows": [{"rank": 1, "user": "ada"}]}\nretry: 2000\n\n'
    'event: moved\ndata: {"rows": [{"rank": 1, "user": "eve"}]}\nretry: 2000\n\n'
)
BOARD_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events `snapshot moved`, each with the board as GET gives it",
        "content": {"text/event-stream": {"example": _EXAMPLE}},
    }
}


@router.get(
    "/leaderboard/events",
    operation_id="streamLeaderboard",
    tags=["boards"],
    summary="Follow everybody's board live",
    response_class=StreamingResponse,
    responses={**BOARD_EVENTS, **problem_answers(422, 503)},
)
async def stream_leaderboard(ctx: Ctx, period: PeriodQuery = Period.ALL) -> StreamingResponse:
    """The board's first page, sent again whenever it has changed: after a verdict, a new
    submission, a ban. There are no event ids: a client that reconnects gets the board as it is
    then. A ping is sent every 15 seconds."""

    async def look() -> BoardPage:
        return await ctx.calls.board_of(BoardAsked(window_of(period, ctx.db.about_now())))

    def write(page: BoardPage) -> str:
        # A cursor is valid for one path: this one is for the board's own route.
        path = f"{PREFIX}/leaderboard"
        following = None if page.next is None else ctx.cursors.seal(path, astuple(page.next))
        rows = [BoardRowOut.model_validate(row) for row in page.rows]
        return board_out(rows, page.window, following).model_dump_json()

    messages = board_messages(ctx, look, write, first="snapshot", then="moved")
    return event_stream(ctx, None, messages)


def board_out(rows: list[BoardRowOut], window: Window, following: str | None = None) -> BoardOut:
    """Build the answer with a board and its period. A bound that excludes nothing is null."""
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
    responses={
        **csv_example(SOLVERS_EXAMPLE),
        **NOT_MODIFIED,
        **problem_answers(404, 422, 503),
    },
)
def get_problem_leaderboard(
    request: Request,
    ctx: Ctx,
    slug: Slug,
    cursor: Annotated[Any, Depends(cursor)],
    limit: Annotated[int, Depends(limit)],
    form: Format = "json",
) -> Response:
    """A problem's solvers by CPU time: the median of the timings of each user's fastest submission.
    Times that can't be told apart share a rank."""
    if form == "csv":
        return csv_answer("solvers.csv", solvers_table(ctx.db, slug))
    place = None if cursor is None else SolverPlace(*cursor)
    page = read_problem_board(ctx.db, slug, place, limit)
    following = next_cursor(request, ctx, page.next and astuple(page.next))
    rows = [SolverRowOut.model_validate(row) for row in page.rows]
    answer = SolverBoardOut(rows=rows, next=following)
    return conditional(request, answer, link_header(request, following))
