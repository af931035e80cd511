"""Problems, for everybody to read."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.content_language import VARY, ContentLanguage, InLanguage
from api.services import PREFIX, Ctx
from api.v1.caching import conditional
from api.v1.pagination import link_header, next_cursor
from api.v1.params import cursor, limit, problem_answers, slug
from api.v1.schemas.submissions import (
    LanguageOut,
    LimitsOut,
    ProblemItemOut,
    ProblemListOut,
    ProblemOut,
    SampleOut,
)
from judge import workers
from judge.errors import NotFoundError
from judge.problems.views import (
    ProblemFilter,
    ProblemSummary,
    ProblemView,
    list_problems,
    read_download,
    read_problem,
)
from judge.workers import LanguageView

router = APIRouter(prefix=PREFIX)
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
    language: InLanguage,
    q: Annotated[
        str, Query(max_length=200, description="Part of a title, of a tag or of the slug")
    ] = "",
    difficulty: Annotated[str, Query(max_length=200, description="Only of this one")] = "",
    kind: Annotated[str, Query(max_length=200, description="Only of this kind")] = "",
    tag: Annotated[str, Query(max_length=200, description="Only with this tag")] = "",
) -> Response:
    """The problems that fit every filter, sorted by slug. Send the ETag of an answer that you have
    as `If-None-Match`."""
    page = list_problems(ctx.db, cursor, limit, ProblemFilter(q, difficulty, kind, tag))
    items = [ProblemItemOut(**_item_fields(item, language)) for item in page.items]
    following = next_cursor(request, ctx, page.next)
    answer = ProblemListOut(items=items, next=following)
    return conditional(request, answer, {**VARY, **link_header(request, following)})


@router.get(
    "/problems/{slug}",
    operation_id="getProblem",
    tags=["problems"],
    summary="One problem",
    response_model=ProblemOut,
    responses={**NOT_MODIFIED, **problem_answers(404, 503)},
)
def get_problem(
    request: Request, ctx: Ctx, slug: Annotated[str, Depends(slug)], language: InLanguage
) -> Response:
    """A problem's newest version: statement, limits, samples, templates, languages."""
    view = read_problem(ctx.db, slug)
    if view is None:
        raise NotFoundError(f"There is no problem {slug!r}; GET /api/v1/problems lists them.")
    toolchains = [one for one in workers.languages(ctx.db) if one.id in view.languages]
    source_limit_bytes = ctx.settings.source_limit_bytes
    answer = _problem_out(view, toolchains, language, source_limit_bytes)
    return conditional(request, answer, VARY)


@router.get(
    "/problems/{slug}/files/{name:path}",
    operation_id="getProblemFile",
    tags=["problems"],
    summary="A statement's file, or an attachment",
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {"example": "%PDF-1.7 ..."}}},
        **problem_answers(404, 503),
    },
)
def get_problem_file(ctx: Ctx, slug: Annotated[str, Depends(slug)], name: str) -> Response:
    """A file of the problem, always as a download, because its content is the package author's."""
    content = read_download(ctx.db, slug, name)
    if content is None:
        raise NotFoundError(f"There is no file {name!r} in the problem {slug!r}.")
    # A name inside a folder: a header takes the last part only.
    short = name.rpartition("/")[2]
    headers = {
        "Content-Disposition": f'attachment; filename="{short}"',
        # Should a browser show it all the same (an SVG, HTML), it runs and loads nothing.
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type="application/octet-stream", headers=headers)


def _item_fields(view: ProblemSummary | ProblemView, language: ContentLanguage) -> dict[str, Any]:
    return {
        "slug": view.slug,
        "title": language.pick(view.title) or view.slug,
        "titles": dict(view.title),
        "kind": view.kind,
        "difficulty": view.difficulty,
        "tags": list(view.tags),
        "version": view.version,
    }


def _problem_out(
    view: ProblemView,
    toolchains: list[LanguageView],
    language: ContentLanguage,
    source_limit_bytes: int,
) -> ProblemOut:
    return ProblemOut(
        **_item_fields(view, language),
        limits=LimitsOut(
            time_s=view.limits.cpu_s,
            memory_bytes=view.limits.memory_bytes,
            source_bytes=min(view.code_bytes or source_limit_bytes, source_limit_bytes),
        ),
        entry=view.entry,
        statement_html=language.pick(view.statement_html) or "",
        statements=dict(view.statement_html),
        samples=[SampleOut.model_validate(sample) for sample in view.samples],
        templates=dict(view.templates),
        languages=list(view.languages),
        toolchains=[LanguageOut.model_validate(one) for one in toolchains],
        downloads=list(view.downloads),
    )
