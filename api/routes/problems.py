"""Problems, for everybody to read."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.caching import conditional
from api.deps import PREFIX, Services, cursor, limit, problem_answers, services, slug
from api.pagination import link_header
from api.schemas import LimitsOut, ProblemItemOut, ProblemListOut, ProblemOut, SampleOut
from judge.errors import NotFoundError
from judge.problems import ProblemView, list_problems, read_problem

router = APIRouter(prefix=PREFIX)
Ctx = Annotated[Services, Depends(services)]
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "What `If-None-Match` named is still right"}
}


@router.get(
    "/problems",
    operation_id="listProblems",
    tags=["problems"],
    summary="All problems",
    response_model=ProblemListOut,
    responses={**NOT_MODIFIED, **problem_answers(422, 503)},
)
def get_problems(
    request: Request,
    ctx: Ctx,
    cursor: Annotated[str | None, Depends(cursor)],
    limit: Annotated[int, Depends(limit)],
) -> Response:
    """Problems by slug. Kept answers are checked with `If-None-Match`."""
    page = list_problems(ctx.db, cursor, limit)
    answer = ProblemListOut(
        items=[ProblemItemOut.model_validate(item) for item in page.items], next=page.next
    )
    return conditional(request, answer, link_header(request, page.next))


@router.get(
    "/problems/{slug}",
    operation_id="getProblem",
    tags=["problems"],
    summary="One problem",
    response_model=ProblemOut,
    responses={**NOT_MODIFIED, **problem_answers(404, 503)},
)
def get_problem(request: Request, ctx: Ctx, slug: Annotated[str, Depends(slug)]) -> Response:
    """The newest version: statement, limits, samples, templates, languages."""
    view = read_problem(ctx.db, slug)
    if view is None:
        raise NotFoundError(f"There is no problem {slug!r}; GET /api/v1/problems lists them.")
    return conditional(request, _problem_out(view), {})


def _problem_out(view: ProblemView) -> ProblemOut:
    return ProblemOut(
        slug=view.slug,
        title=dict(view.title),
        kind=view.kind,
        difficulty=view.difficulty,
        tags=list(view.tags),
        version=view.version,
        limits=LimitsOut(time_s=view.limits.cpu_s, memory_bytes=view.limits.memory_bytes),
        entry=view.entry,
        statement_html=dict(view.statement_html),
        samples=[SampleOut.model_validate(sample) for sample in view.samples],
        templates=dict(view.templates),
        languages=list(view.languages),
    )
