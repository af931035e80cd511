"""Public routes about problems: list, statement, runtimes, reference solutions, files."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from starlette.responses import Response

from api.access import visible_submission
from api.auth import MaybeReader, Reader
from api.content_language import ContentLanguage, InLanguage
from api.services import PREFIX, Ctx, Services
from api.v1.caching import NOT_MODIFIED, conditional
from api.v1.pagination import link_header, next_cursor
from api.v1.params import Slug, cursor, limit, no_nul, problem_answers
from api.v1.routing import ApiRouter
from api.v1.schemas.problems import (
    LanguageOut,
    LimitsOut,
    OptionOut,
    ProblemItemOut,
    ProblemListOut,
    ProblemOut,
    QuestionOut,
    ReferenceListOut,
    ReferenceOut,
    RuntimesOut,
    SampleOut,
    SolutionOut,
)
from judge import workers
from judge.accounts.users import Principal
from judge.boards.runtimes import read_runtimes
from judge.errors import ForbiddenError, InterviewError, NotFoundError
from judge.interviews.admission import task_now
from judge.job import Kind
from judge.problems.counts import Counts
from judge.problems.progress import ProblemState, Progress, read_progress
from judge.problems.quizzes import QuestionView
from judge.problems.reference import read_references
from judge.problems.views import (
    ProblemFilter,
    ProblemSummary,
    ProblemView,
    list_problems,
    read_download,
    read_problem,
    split_background,
)

router = ApiRouter(prefix=PREFIX)
# The answers also contain the reader's own progress.
_VARY = {"Vary": "Accept-Language, Authorization, Cookie"}


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
    reader: MaybeReader,
    q: Annotated[
        str, Query(max_length=200, description="Part of a title, of a tag or of the slug")
    ] = "",
    difficulty: Annotated[
        str, Query(max_length=200, description="Only problems of this difficulty")
    ] = "",
    kind: Annotated[str, Query(max_length=200, description="Only problems of this kind")] = "",
    tag: Annotated[str, Query(max_length=200, description="Only problems with this tag")] = "",
    state: Annotated[
        ProblemState | None,
        Query(description="Only problems with this progress of yours; for visitors all are new"),
    ] = None,
) -> Response:
    """The problems that pass all filters, sorted by slug. If you have an answer already, send its
    ETag as `If-None-Match`. A token is not needed; with one you see your progress."""
    wanted = ProblemFilter(q, difficulty, kind, tag, state or "")
    progress = _progress(ctx, reader)
    counts = ctx.problem_counts.read()
    page = list_problems(ctx.db, cursor, limit, wanted, progress)
    items = [
        ProblemItemOut(**_item_fields(item, language, counts, progress)) for item in page.items
    ]
    following = next_cursor(request, ctx, page.next)
    answer = ProblemListOut(items=items, next=following, total=page.total)
    return conditional(request, answer, {**_VARY, **link_header(request, following)})


@router.get(
    "/problems/{slug}",
    operation_id="getProblem",
    tags=["problems"],
    summary="One problem",
    response_model=ProblemOut,
    responses={**NOT_MODIFIED, **problem_answers(404, 503)},
)
def get_problem(
    request: Request,
    ctx: Ctx,
    slug: Slug,
    language: InLanguage,
    reader: MaybeReader,
) -> Response:
    """A problem's newest version: statement, limits, samples, templates, languages. A token is not
    needed; with one you see your progress."""
    view = _found(ctx, slug)
    toolchains = [one for one in workers.languages(ctx.db) if one.id in view.languages]
    source_limit_bytes = ctx.settings.source_limit_bytes
    statements = dict(view.statement_html)
    progress = _progress(ctx, reader)
    solved = progress.get(view.id, Progress()).state == ProblemState.SOLVED
    if solved and view.questions and reader is not None:
        now = task_now(ctx.db, reader.user_id, view.id)
        solved = now is None or not now.asks
    if view.questions and not solved:
        # A quiz's background explains its answers, as its solutions do.
        statements = {tag: split_background(html)[0] for tag, html in statements.items()}
    statement_html = language.pick(statements) or ""
    answer = ProblemOut(
        **_item_fields(view, language, ctx.problem_counts.read(), progress),
        limits=LimitsOut(
            time_s=view.limits.cpu_s,
            memory_bytes=view.limits.memory_bytes,
            source_bytes=min(view.code_bytes or source_limit_bytes, source_limit_bytes),
        ),
        entry=view.entry,
        statement_html=statement_html,
        statements=statements,
        background_html=split_background(statement_html)[1],
        num_tests=view.num_tests,
        num_mistakes=view.num_mistakes,
        samples=[SampleOut.model_validate(sample) for sample in view.samples],
        templates=dict(view.templates),
        languages=list(view.languages),
        toolchains=[LanguageOut.model_validate(one) for one in toolchains],
        questions=[_question(one, solved=solved) for one in view.questions],
        downloads=list(view.downloads),
    )
    return conditional(request, answer, _VARY)


@router.get(
    "/problems/{slug}/runtimes",
    operation_id="getRuntimes",
    tags=["boards"],
    summary="How fast a problem's solutions are",
    response_model=RuntimesOut,
    responses={**NOT_MODIFIED, **problem_answers(401, 403, 404, 422, 503)},
)
def get_runtimes(
    request: Request,
    ctx: Ctx,
    slug: Slug,
    principal: Reader,
    submission: Annotated[
        str | None,
        Query(max_length=100, description="The id of an accepted submission that you may see"),
    ] = None,
) -> Response:
    """A histogram of the solvers' CPU times, and how fast a submission is among them."""
    if submission is not None:
        # Raises NotFoundError (404) if the reader may not see it.
        submission = visible_submission(ctx.db, principal, no_nul(submission)).id
    runtimes = read_runtimes(ctx.db, slug, submission)
    return conditional(request, RuntimesOut.model_validate(runtimes), {})


@router.get(
    "/problems/{slug}/solutions",
    operation_id="listReferenceSolutions",
    tags=["problems"],
    summary="The reference solutions, once you have solved it",
    responses=problem_answers(401, 403, 404, 409, 503),
)
def get_references(ctx: Ctx, slug: Slug, principal: Reader) -> ReferenceListOut:
    """The package's model solutions, or another accepted one if it names none. 403 until a
    submission of yours is accepted; 409 while the problem is a task of your running interview. A
    quiz has none: each question's `solution` explains its answer."""
    view = _found(ctx, slug)
    if view.kind is Kind.QUIZ:
        raise NotFoundError(
            f"{slug} is a quiz: GET /api/v1/problems/{slug} explains each answer once you have "
            "solved it."
        )
    now = task_now(ctx.db, principal.user_id, view.id)
    if now is not None and now.asks:
        raise InterviewError(
            f"{slug} is a task of your interview. Its reference solution can be read when its "
            "round is over."
        )
    if _progress(ctx, principal).get(view.id, Progress()).state != ProblemState.SOLVED:
        raise ForbiddenError(
            f"Solve {slug} first: its reference solution is shown once a submission of yours is "
            "accepted."
        )
    found = read_references(ctx.db, slug)
    return ReferenceListOut(items=[ReferenceOut.model_validate(one) for one in found])


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
def get_problem_file(ctx: Ctx, slug: Slug, name: str) -> Response:
    """A file of the problem. It is always a download, because the package's author may have put
    anything into it."""
    content = read_download(ctx.db, slug, name)
    if content is None:
        raise NotFoundError(f"There is no file {name!r} in the problem {slug!r}.")
    # A name may contain folders; the header gets only its last part.
    short = name.rpartition("/")[2]
    headers = {
        "Content-Disposition": f'attachment; filename="{short}"',
        # If a browser shows the file anyway (an SVG, HTML), it can't run scripts or load anything.
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type="application/octet-stream", headers=headers)


def _found(ctx: Services, slug: str) -> ProblemView:
    view = read_problem(ctx.db, slug)
    if view is None:
        raise NotFoundError(f"There is no problem {slug!r}; GET /api/v1/problems lists them.")
    return view


def _progress(ctx: Services, reader: Principal | None) -> Mapping[str, Progress]:
    return {} if reader is None else read_progress(ctx.db, reader.user_id)


def _question(view: QuestionView, *, solved: bool) -> QuestionOut:
    question = view.question
    options = [
        OptionOut(id=id, text=dict(text), html=dict(view.option_html[id]))
        for id, text in question.options.items()
    ]
    return QuestionOut(
        id=question.id,
        type=question.type,
        text=dict(question.text),
        html=dict(view.html),
        options=options,
        unit=dict(question.unit),
        tolerance=view.tolerance,
        solution=SolutionOut.model_validate(view.solution) if solved else None,
    )


def _item_fields(
    view: ProblemSummary | ProblemView,
    language: ContentLanguage,
    counts: Mapping[str, Counts],
    progress: Mapping[str, Progress],
) -> dict[str, Any]:
    count = counts.get(view.id, Counts())
    mine = progress.get(view.id, Progress())
    return {
        "slug": view.slug,
        "title": language.pick(view.title) or view.slug,
        "titles": dict(view.title),
        "kind": view.kind,
        "difficulty": view.difficulty,
        "tags": list(view.tags),
        "version": view.version,
        "num_solvers": count.num_solvers,
        "num_judged": count.num_judged,
        "num_accepted": count.num_accepted,
        "my_verdict": mine.verdict,
        "my_best_s": mine.best_s,
    }
