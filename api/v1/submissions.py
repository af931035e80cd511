"""Routes to send, read, wait for, list and rejudge submissions and runs."""

import time
from functools import partial
from typing import Annotated

from fastapi import Depends, Query, Request
from starlette.responses import Response

from api.access import listable_user, visible_standing, visible_submission
from api.auth import Admin, Reader, Submitter
from api.content_language import VARY, ContentLanguage, InLanguage
from api.services import PREFIX, Ctx, Services
from api.sse import LOOK_AGAIN_S
from api.submitting import submit
from api.v1.caching import NOT_MODIFIED, conditional_json
from api.v1.pagination import link_header, next_cursor
from api.v1.params import (
    LONGEST_WAIT_S,
    IdempotencyKey,
    Slug,
    SubmissionId,
    cursor,
    limit,
    no_nul,
    problem_answers,
)
from api.v1.routing import ApiRouter
from api.v1.schemas.submissions import (
    CreatedOut,
    RejudgedOut,
    RunIn,
    SubmissionIn,
    SubmissionListOut,
    SubmissionOut,
)
from api.v1.serializers import submission_item_out, submission_out
from judge import queue
from judge.accounts.users import Principal
from judge.reproduction.script import reproduction
from judge.states import Purpose
from judge.submissions import lifecycle as submissions
from judge.submissions import rejudges
from judge.submissions.lifecycle import PublicState, Requeued, Submitted
from judge.verdict import Verdict

router = ApiRouter(prefix=PREFIX)

_CREATE_ANSWERS = problem_answers(401, 403, 404, 413, 415, 422, 429, 503)


@router.post(
    "/problems/{slug}/submissions",
    operation_id="createSubmission",
    tags=["submissions"],
    status_code=202,
    summary="Submit a solution",
    # 409: the problem is a task of the user's interview, whose round doesn't run.
    responses={**_CREATE_ANSWERS, **problem_answers(409)},
)
async def create_submission(
    request: Request,
    slug: Slug,
    body: SubmissionIn,
    ctx: Ctx,
    principal: Submitter,
    response: Response,
    key: IdempotencyKey = None,
) -> CreatedOut:
    """Submit a solution. It is stored and queued; the verdict will be at `Location`."""
    submitted = await submit(
        request,
        ctx,
        principal,
        slug,
        language=body.language,
        source=body.source,
        purpose=Purpose.SUBMISSION,
        key=key,
    )
    return _created(submitted, response)


@router.post(
    "/problems/{slug}/runs",
    operation_id="createRun",
    tags=["submissions"],
    status_code=202,
    summary="Run a program",
    responses=_CREATE_ANSWERS,
)
async def create_run(
    request: Request,
    slug: Slug,
    body: RunIn,
    ctx: Ctx,
    principal: Submitter,
    response: Response,
    key: IdempotencyKey = None,
) -> CreatedOut:
    """Run a program on the samples or on `input`. A run counts on no board."""
    submitted = await submit(
        request,
        ctx,
        principal,
        slug,
        language=body.language,
        source=body.source,
        own_input=body.input,
        purpose=Purpose.RUN,
        key=key,
    )
    return _created(submitted, response)


def _created(submitted: Submitted, response: Response) -> CreatedOut:
    response.headers["Location"] = f"{PREFIX}/submissions/{submitted.id}"
    # A repeated request gets the answer of the first one, even if the submission is done by now.
    return CreatedOut(id=submitted.id, state="queued")


@router.get(
    "/submissions/{id}/reproduction",
    operation_id="getReproduction",
    tags=["submissions"],
    summary="A failing sample as a script",
    response_class=Response,
    responses={
        200: {"content": {"text/x-python": {"example": "# maxsubarray, version 1, ..."}}},
        **problem_answers(401, 403, 404, 422, 503),
    },
)
def get_reproduction(
    id: SubmissionId,
    ctx: Ctx,
    principal: Reader,
    test: Annotated[
        str | None,
        Query(max_length=200, description="A sample's name; by default the first that failed"),
    ] = None,
) -> Response:
    """A Python script, needing only torch, that reproduces how a sample or a run failed: it builds
    the inputs and weights, calls the submission and prints what differs. 404 if there is no such
    sample, or if the submission is a whole program, which no Python driver calls."""
    view = visible_submission(ctx.db, principal, id)
    made = reproduction(ctx.db, view, None if test is None else no_nul(test))
    headers = {
        "Content-Disposition": f'attachment; filename="{made.file_name}"',
        "X-Content-Type-Options": "nosniff",
    }
    return Response(made.text, media_type="text/x-python", headers=headers)


@router.get(
    "/submissions/{id}",
    operation_id="getSubmission",
    tags=["submissions"],
    summary="One submission or run",
    response_model=SubmissionOut,
    responses={**NOT_MODIFIED, **problem_answers(401, 403, 404, 422, 503)},
)
async def get_submission(
    request: Request,
    id: SubmissionId,
    ctx: Ctx,
    principal: Reader,
    language: InLanguage,
    wait: Annotated[
        float,
        Query(
            ge=0,
            allow_inf_nan=False,
            description=f"Wait at most so many seconds (up to {LONGEST_WAIT_S:.0f}) until it is "
            "done; then answer with the results so far",
        ),
    ] = 0,
) -> Response:
    """A submission's state, verdict and test results so far. Its author and admins may see it, and
    so may team mates if both have solved the problem."""
    until = time.monotonic() + min(wait, LONGEST_WAIT_S)
    hinted = False
    # Subscribe first, so that no event between reading and waiting is missed.
    with ctx.subscriptions.listen(id, only_done=True) as listener:
        while True:
            left = until - time.monotonic()
            is_last = left <= 0 or ctx.subscriptions.closing
            body = await ctx.calls.look(
                partial(_look, ctx, principal, id, language, hinted=hinted, is_last=is_last)
            )
            if body is not None:
                return conditional_json(request, body, VARY)
            # A lost hint delays the answer by at most LOOK_AGAIN_S.
            hinted = await listener.wait(min(left, LOOK_AGAIN_S))


def _look(
    ctx: Services,
    principal: Principal,
    id: str,
    language: ContentLanguage,
    *,
    hinted: bool,
    is_last: bool,
) -> bytes | None:
    """Return the answer as JSON; None while the submission is not done, unless this `is_last`."""
    # Without a hint, the submission is usually not done yet, or its answer is in the cache.
    if not hinted:
        standing = visible_standing(ctx.db, principal, id)
        if standing.state is PublicState.DONE:
            rendered = ctx.rendered.get((id, standing.edition, language))
            if rendered is not None:
                return rendered
        elif not is_last:
            return None
    view = visible_submission(ctx.db, principal, id)
    if view.state is not PublicState.DONE and not is_last:
        return None
    body = submission_out(view, language).model_dump_json().encode()
    if view.state is PublicState.DONE:
        ctx.rendered.put((id, view.edition, language), body)
    return body


@router.get(
    "/submissions",
    operation_id="listSubmissions",
    tags=["submissions"],
    summary="My submissions",
    responses=problem_answers(401, 403, 422, 503),
)
def list_submissions(
    request: Request,
    response: Response,
    ctx: Ctx,
    principal: Reader,
    reader: InLanguage,
    cursor: Annotated[str | None, Depends(cursor)],
    limit: Annotated[int, Depends(limit)],
    problem: Annotated[str | None, Query(description="Only to this problem (slug)")] = None,
    user: Annotated[str | None, Query(description="Only by this user (name)")] = None,
    verdict: Annotated[Verdict | None, Query(description="Only with this verdict")] = None,
    language: Annotated[str | None, Query(description="Only in this language (id)")] = None,
    after: Annotated[
        float | None,
        Query(ge=0, le=1e11, allow_inf_nan=False, description="Only sent after this epoch second"),
    ] = None,
) -> SubmissionListOut:
    """Submissions, newest first, without runs. You see your own and those of team mates to problems
    that you have both solved; admins see all."""
    whose, solved_by = listable_user(ctx.db, principal, None if user is None else no_nul(user))
    page = submissions.list_submissions(
        ctx.db,
        user_id=whose,
        solved_by=solved_by,
        slug=None if problem is None else no_nul(problem),
        verdict=verdict,
        language=None if language is None else no_nul(language),
        after=after,
        cursor=cursor,
        limit=limit,
    )
    following = next_cursor(request, ctx, page.next)
    response.headers.update(link_header(request, following))
    items = [submission_item_out(item, reader) for item in page.items]
    return SubmissionListOut(items=items, next=following)


@router.post(
    "/submissions/{id}/rejudge",
    operation_id="rejudgeSubmission",
    tags=["admin"],
    status_code=202,
    summary="Judge a submission again",
    responses=problem_answers(401, 403, 404, 422, 503),
)
def rejudge_submission(
    id: SubmissionId, ctx: Ctx, _admin: Admin, response: Response
) -> RejudgedOut:
    """Judge a submission again, by the problem's newest version. If it is still being judged,
    nothing changes."""
    _enqueue(ctx, [submissions.rejudge(ctx.db, id)])
    response.headers["Location"] = f"/api/v1/submissions/{id}"
    return RejudgedOut(queued=1)


@router.post(
    "/problems/{slug}/rejudge",
    operation_id="rejudgeProblem",
    tags=["admin"],
    status_code=202,
    summary="Judge all submissions of a problem again",
    responses=problem_answers(401, 403, 404, 503),
)
def rejudge_problem(
    slug: Slug,
    ctx: Ctx,
    admin: Admin,
    response: Response,
    preview: Annotated[
        bool,
        Query(description="The new verdicts count only after `POST /rejudges/{id}/apply`"),
    ] = False,
) -> RejudgedOut:
    """Judge all finished submissions of a problem again, by its newest version. They are judged
    when no user's submission waits."""
    if preview:
        id_, requeued = rejudges.begin(ctx.db, slug, admin.user_id)
        response.headers["Location"] = f"/api/v1/rejudges/{id_}"
    else:
        requeued = submissions.rejudge_problem(ctx.db, slug)
        response.headers["Location"] = f"/api/v1/submissions?problem={slug}"
    _enqueue(ctx, requeued)
    return RejudgedOut(queued=len(requeued))


def _enqueue(ctx: Services, requeued: list[Requeued]) -> None:
    # If the broker is down, the reconciler sends the messages later.
    queue.enqueue_all(
        ctx.settings, [(one.judging_id, one.purpose, one.requires) for one in requeued]
    )
