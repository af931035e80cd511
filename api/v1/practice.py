"""A team's board and its practice sets."""

from functools import partial
from typing import Annotated

from fastapi import Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from api.asked_boards import read_asked, team_board
from api.auth import Member, Reader
from api.board_tables import EXAMPLE, team_table
from api.csv_tables import Format, csv_answer, csv_example
from api.live_boards import board_messages
from api.services import PREFIX, Ctx
from api.sse import event_stream
from api.v1.boards import BOARD_EVENTS, PeriodQuery, board_out
from api.v1.caching import NOT_MODIFIED, check_match, conditional, etag_of
from api.v1.params import no_nul, problem_answers
from api.v1.routing import ApiRouter
from api.v1.schemas.boards import BoardOut, BoardRowOut
from api.v1.schemas.teams import PracticeIn, PracticeListOut, PracticeOut
from api.v1.teams import READ_ANSWERS, WRITE_ANSWERS, Slug, team_of
from judge.boards.views import BoardPage
from judge.boards.windows import Period
from judge.teams import practice
from judge.teams.practice import PracticePlan

router = ApiRouter(prefix=PREFIX, tags=["teams"])
SetQuery = Annotated[
    str | None,
    Query(alias="set", description="A practice set's id: only its problems and dates count"),
]
SetId = Annotated[str, Path(description="The practice set's id")]


@router.get(
    "/teams/{slug}/leaderboard",
    operation_id="getTeamLeaderboard",
    summary="A team's board",
    response_model=BoardOut,
    responses={
        **csv_example(EXAMPLE),
        **NOT_MODIFIED,
        **READ_ANSWERS,
        **problem_answers(422),
    },
)
def get_team_leaderboard(
    request: Request,
    slug: Slug,
    ctx: Ctx,
    principal: Reader,
    period: PeriodQuery = Period.ALL,
    practice_set: SetQuery = None,
    form: Format = "json",
) -> Response:
    """The team's board: all members, even those who have submitted nothing yet, ranked as on
    everybody's board. As CSV it has two columns for each problem: 1 (solved) or 0 (not solved yet),
    and the number of tries."""
    asked = team_board(ctx.db, principal, no_nul(slug), period, no_nul(practice_set or ""))
    page = read_asked(ctx.db, asked)
    if form == "csv":
        return csv_answer("team.csv", team_table(page))
    return conditional(request, _board(page), {})


def _board(page: BoardPage) -> BoardOut:
    rows = [BoardRowOut.model_validate(row) for row in page.rows]
    return board_out(rows, page.window)


@router.get(
    "/teams/{slug}/leaderboard/events",
    operation_id="streamTeamLeaderboard",
    summary="Follow a team's board live",
    response_class=StreamingResponse,
    responses={**BOARD_EVENTS, **READ_ANSWERS, **problem_answers(422)},
)
async def stream_team_leaderboard(
    slug: Slug,
    ctx: Ctx,
    principal: Reader,
    period: PeriodQuery = Period.ALL,
    practice_set: SetQuery = None,
) -> StreamingResponse:
    """The team's board, sent again whenever it has changed. There are no event ids: a client that
    reconnects gets the board as it is then. The stream ends if you leave the team. A ping is sent
    every 15 seconds."""
    wanted = no_nul(practice_set or "")
    ask = partial(team_board, ctx.db, principal, no_nul(slug), period, wanted)
    # Read before the answer begins, so that it can still be a 404.
    await run_in_threadpool(ask)

    async def look() -> BoardPage:
        return await ctx.calls.board_of(await run_in_threadpool(ask))

    def write(page: BoardPage) -> str:
        return _board(page).model_dump_json()

    messages = board_messages(ctx, look, write, first="snapshot", then="moved")
    return event_stream(ctx, principal, messages)


def _plan(body: PracticeIn) -> PracticePlan:
    return PracticePlan(body.name, tuple(body.problems), body.starts_at, body.ends_at)


@router.get(
    "/teams/{slug}/sets",
    operation_id="listPracticeSets",
    summary="A team's practice sets",
    responses=READ_ANSWERS,
)
def list_practice_sets(slug: Slug, ctx: Ctx, principal: Reader) -> PracticeListOut:
    """The team's practice sets, newest first."""
    found = practice.list_practice(ctx.db, team_of(ctx, principal, slug))
    return PracticeListOut(items=[PracticeOut.model_validate(one) for one in found])


@router.post(
    "/teams/{slug}/sets",
    operation_id="createPracticeSet",
    status_code=201,
    summary="Make a practice set",
    responses=WRITE_ANSWERS,
)
def create_practice_set(
    slug: Slug, body: PracticeIn, ctx: Ctx, principal: Member, response: Response
) -> PracticeOut:
    """Make a practice set. Members' earlier submissions count too if they are between its dates.
    Only the owner may."""
    team = team_of(ctx, principal, slug)
    made = practice.create_practice(ctx.db, team, _plan(body), by=principal.user_id)
    answer = PracticeOut.model_validate(made)
    response.headers["ETag"] = etag_of(answer)
    return answer


@router.get(
    "/teams/{slug}/sets/{id}",
    operation_id="getPracticeSet",
    summary="One practice set",
    response_model=PracticeOut,
    responses={**NOT_MODIFIED, **READ_ANSWERS},
)
def get_practice_set(
    request: Request, slug: Slug, id: SetId, ctx: Ctx, principal: Reader
) -> Response:
    """One practice set. Send its ETag as `If-Match` when you change the set."""
    found = practice.find_practice(ctx.db, team_of(ctx, principal, slug), no_nul(id))
    return conditional(request, PracticeOut.model_validate(found), {})


@router.put(
    "/teams/{slug}/sets/{id}",
    operation_id="changePracticeSet",
    summary="Change a practice set",
    responses={**WRITE_ANSWERS, **problem_answers(412)},
)
def change_practice_set(
    request: Request,
    slug: Slug,
    id: SetId,
    body: PracticeIn,
    ctx: Ctx,
    principal: Member,
    response: Response,
) -> PracticeOut:
    """Change a practice set. Its board is computed again. Only the owner may."""
    team = team_of(ctx, principal, slug)
    seen = practice.find_practice(ctx.db, team, no_nul(id))
    check_match(request, PracticeOut.model_validate(seen))
    changed = practice.change_practice(ctx.db, team, seen, _plan(body), by=principal.user_id)
    answer = PracticeOut.model_validate(changed)
    response.headers["ETag"] = etag_of(answer)
    return answer


@router.delete(
    "/teams/{slug}/sets/{id}",
    operation_id="deletePracticeSet",
    status_code=204,
    summary="Delete a practice set",
    responses=READ_ANSWERS,
)
def delete_practice_set(slug: Slug, id: SetId, ctx: Ctx, principal: Member) -> None:
    """Delete a practice set and its board. Submissions stay. Only the owner may."""
    team = team_of(ctx, principal, slug)
    practice.delete_practice(ctx.db, team, no_nul(id), by=principal.user_id)
