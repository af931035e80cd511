"""Rejudges that an admin previews before their verdicts count; `rejudge_problem` in
`api.v1.submissions` begins them."""

from typing import Annotated

from fastapi import Depends, Path

from api.auth import Admin
from api.services import PREFIX, Ctx
from api.v1.params import no_nul, problem_answers
from api.v1.routing import ApiRouter
from api.v1.schemas.rejudges import (
    BoardChangeOut,
    ChangeOut,
    CountOut,
    RejudgeItemOut,
    RejudgeListOut,
    RejudgeOut,
)
from judge.db.session import Database
from judge.errors import NotFoundError
from judge.submissions import rejudges
from judge.submissions.rejudges import RejudgeView

router = ApiRouter(prefix=PREFIX, tags=["admin"])


async def rejudge_id(id: Annotated[str, Path(description="A rejudge's id")]) -> str:
    return no_nul(id)


RejudgeId = Annotated[str, Depends(rejudge_id)]


@router.get(
    "/rejudges",
    operation_id="listRejudges",
    summary="Rejudges",
    responses=problem_answers(401, 403, 503),
)
def list_rejudges(ctx: Ctx, _admin: Admin) -> RejudgeListOut:
    """The rejudges that were begun as previews and not dropped."""
    found = rejudges.list_rejudges(ctx.db)
    return RejudgeListOut(items=[RejudgeItemOut.model_validate(one) for one in found])


@router.get(
    "/rejudges/{id}",
    operation_id="getRejudge",
    summary="What a rejudge changes",
    responses=problem_answers(401, 403, 404, 503),
)
def get_rejudge(id: RejudgeId, ctx: Ctx, _admin: Admin) -> RejudgeOut:
    """The verdicts before and after the rejudge, of the submissions judged so far, and the users
    whose scores on the board of all time would change."""
    return _out(_found(ctx.db, id))


@router.post(
    "/rejudges/{id}/apply",
    operation_id="applyRejudge",
    summary="Let a rejudge's verdicts count",
    responses=problem_answers(401, 403, 404, 409, 503),
)
def apply_rejudge(id: RejudgeId, ctx: Ctx, _admin: Admin) -> RejudgeOut:
    """Make the new verdicts count. The answer is 409 until all submissions are judged. Submissions
    that were judged again in the meantime keep their newer verdict."""
    rejudges.apply(ctx.db, id)
    return _out(_found(ctx.db, id))


@router.delete(
    "/rejudges/{id}",
    operation_id="discardRejudge",
    status_code=204,
    summary="Drop a rejudge that is not applied",
    responses=problem_answers(401, 403, 404, 409, 503),
)
def discard_rejudge(id: RejudgeId, ctx: Ctx, _admin: Admin) -> None:
    """Discard a rejudge: submissions that still wait are not judged any more. The answer is 409
    once its verdicts count."""
    rejudges.discard(ctx.db, id)


def _found(db: Database, id_: str) -> RejudgeView:
    view = rejudges.read_rejudge(db, id_)
    if view is None:
        raise NotFoundError(f"There is no rejudge {id_!r}.")
    return view


def _out(view: RejudgeView) -> RejudgeOut:
    if view.applied_at is not None:
        state = "applied"
    else:
        state = "ready" if view.done == view.total else "judging"
    counts = [CountOut(before=before, after=after, count=n) for before, after, n in view.counts]
    # The members that have the same name in both; `made` has the others.
    fields = {name: getattr(view, name) for name in RejudgeOut.model_fields if hasattr(view, name)}
    changes = [ChangeOut.model_validate(change) for change in view.changes]
    board_changes = [BoardChangeOut.model_validate(change) for change in view.board_changes]
    made = {"state": state, "counts": counts, "changes": changes, "board_changes": board_changes}
    return RejudgeOut(**{**fields, **made})
