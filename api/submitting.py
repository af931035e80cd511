"""Accept a submission, a run or a batch: check it, store it, enqueue it."""

from collections.abc import Sequence

import structlog
from fastapi import Request
from starlette.concurrency import run_in_threadpool

from api import error_types as kinds
from api.batched_calls import LanguageUnavailableError
from api.errors import field_problem
from api.services import Services
from api.sessions import check_guests_open
from api.submission_checks import (
    check_batch,
    check_source,
    check_text,
    language_problem,
    refused_sources,
)
from judge.accounts.users import Principal
from judge.errors import ConflictError, InvalidError, TooLongError
from judge.languages import LANGUAGES
from judge.queue import enqueue_all
from judge.states import Purpose
from judge.submissions.batches import RefusedSourcesError, Source, send_batch
from judge.submissions.lifecycle import Submittal, Submitted

log = structlog.get_logger(__name__)


async def submit(
    request: Request,
    ctx: Services,
    principal: Principal,
    slug: str,
    *,
    language: str,
    source: str,
    purpose: Purpose,
    own_input: str | None = None,
    key: str | None = None,
) -> Submitted:
    """Store what `principal` sends for the problem `slug`, and enqueue it.

    `own_input` replaces the samples of a run; `key` is the request's idempotency key. If it raises,
    nothing is stored: ProblemError for a wrong field, or a guest where none are allowed any more;
    NotFoundError for an unknown problem; TooManyError if the user sends too much or too much of
    theirs waits; UnavailableError if the database is down.
    """
    # Counted before any check, because refused requests cost something, too.
    await ctx.limits.check_submit(request, principal)
    if principal.is_guest:
        check_guests_open(ctx)
    limit_bytes = ctx.settings.source_limit_bytes
    check_source(source, limit_bytes)
    if own_input is not None:
        check_text(own_input, "input", limit_bytes)
    if language not in LANGUAGES:
        raise await run_in_threadpool(language_problem, ctx, slug, kinds.UNKNOWN_LANGUAGE, language)
    submittal = Submittal(
        user_id=principal.user_id,
        slug=slug,
        language=language,
        source=source,
        purpose=purpose,
        own_input=own_input,
        idempotency_key=key,
        # Admins may send a whole package's submissions at once.
        max_pending=None if principal.is_admin else ctx.settings.max_pending,
    )
    try:
        sent = await ctx.calls.submit(submittal)
    except ConflictError as error:
        raise field_problem(
            kinds.IDEMPOTENCY_KEY_REUSED, "Idempotency-Key", kinds.IDEMPOTENCY_KEY_REUSED.advice
        ) from error
    except TooLongError as error:
        raise field_problem(kinds.SOURCE_TOO_LARGE, "source", str(error)) from error
    except LanguageUnavailableError as error:
        refusal = kinds.LANGUAGE_UNAVAILABLE
        raise await run_in_threadpool(language_problem, ctx, slug, refusal, language) from error
    except InvalidError as error:
        if error.field != "language":
            raise
        refusal = kinds.LANGUAGE_NOT_FOR_PROBLEM
        raise await run_in_threadpool(language_problem, ctx, slug, refusal, language) from error
    # The worker's log lines have the same ids.
    log.info("accepted", submission_id=sent.id, judging_id=sent.judging_id)
    return sent


async def submit_batch(
    ctx: Services,
    principal: Principal,
    slug: str,
    sources: Sequence[Source],
    *,
    key: str | None,
) -> str:
    """Store the sources that `principal` sends for the problem `slug` as a batch, and enqueue them.
    Return the batch's id.

    If it raises, nothing is stored: ProblemError names each refused source by its index; the other
    errors are those of `submit`.
    """
    return await run_in_threadpool(_submit_batch, ctx, principal, slug, sources, key)


def _submit_batch(
    ctx: Services, principal: Principal, slug: str, sources: Sequence[Source], key: str | None
) -> str:
    settings = ctx.settings
    ctx.limits.check_batch(principal, len(sources))
    check_batch(ctx, slug, sources)
    try:
        batch_id, made = send_batch(
            ctx.db,
            principal.user_id,
            slug,
            sources,
            key=key,
            max_pending=None if principal.is_admin else settings.max_pending_batch,
        )
    except ConflictError as error:
        raise field_problem(
            kinds.IDEMPOTENCY_KEY_REUSED, "Idempotency-Key", kinds.IDEMPOTENCY_KEY_REUSED.advice
        ) from error
    except RefusedSourcesError as refused:
        raise refused_sources(ctx, slug, sources, refused) from refused
    # Sent after the commit. If the broker is down, nothing is lost: the reconciler finds the rows.
    if made:
        enqueue_all(settings, [(one.judging_id, one.purpose, one.requires) for one in made])
    log.info("accepted", batch_id=batch_id, sources=len(sources))
    return batch_id
