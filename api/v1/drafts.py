"""Drafts: a user's unfinished source, stored for the next visit and for other devices.

A draft's ETag is its version: a client that sends it as `If-Match` can't overwrite a draft that
another browser has stored in the meantime.
"""

from typing import Annotated

from fastapi import Depends, Path, Request, Response

from api import error_types as kinds
from api.auth import Reader, Submitter
from api.errors import field_problem
from api.services import PREFIX, Ctx
from api.submission_checks import check_text
from api.v1.caching import check_version
from api.v1.params import Slug, problem_answers
from api.v1.routing import ApiRouter
from api.v1.schemas.drafts import DraftIn, DraftOut
from judge.errors import NotFoundError
from judge.languages import LANGUAGES
from judge.submissions import drafts
from judge.submissions.drafts import Draft

router = ApiRouter(prefix=f"{PREFIX}/problems/{{slug}}/drafts/{{language}}", tags=["submissions"])


async def _language(
    language: Annotated[str, Path(description="A language's id, as GET /languages lists them")],
) -> str:
    if language not in LANGUAGES:
        message = f"There is no language {language[:50]!r}."
        raise field_problem(kinds.UNKNOWN_LANGUAGE, "language", message)
    return language


Language = Annotated[str, Depends(_language)]


def _etag(draft: Draft) -> str:
    return f'"{draft.version}"'


def _unchanged(request: Request) -> drafts.Check:
    """Return a check that refuses a change unless the client has read the current draft."""
    return lambda kept: check_version(request, None if kept is None else _etag(kept))


Unchanged = Annotated[drafts.Check, Depends(_unchanged)]


@router.get(
    "",
    operation_id="getDraft",
    summary="Your draft",
    responses=problem_answers(401, 403, 404, 422, 503),
)
def get_draft(
    slug: Slug, language: Language, ctx: Ctx, principal: Reader, response: Response
) -> DraftOut:
    """Your draft for this problem in this language; 404 if there is none. Send its ETag as
    `If-Match` when you change it."""
    found = drafts.read_drafts(ctx.db, principal.user_id, slug).get(language)
    if found is None:
        raise NotFoundError(f"You have no draft for {slug!r} in {language!r}.")
    response.headers["ETag"] = _etag(found)
    return DraftOut.model_validate(found)


@router.put(
    "",
    operation_id="keepDraft",
    summary="Store a draft",
    responses=problem_answers(401, 403, 404, 412, 413, 415, 422, 503),
)
def keep_draft(
    slug: Slug,
    language: Language,
    body: DraftIn,
    ctx: Ctx,
    principal: Submitter,
    unchanged: Unchanged,
    response: Response,
) -> DraftOut:
    """Store a draft; it replaces the earlier one. It is not judged.

    With `If-Match`, only the draft with this ETag is replaced; with `If-None-Match: *`, the draft
    is stored only if there is none yet. Otherwise the answer is 412, and nothing changes. A text
    equal to the stored one is always accepted."""
    # A draft may be empty or half written, so that only its length is checked.
    check_text(body.source, "source", ctx.settings.source_limit_bytes)
    kept = drafts.keep_draft(ctx.db, principal.user_id, slug, language, body.source, unchanged)
    response.headers["ETag"] = _etag(kept)
    return DraftOut.model_validate(kept)


@router.delete(
    "",
    operation_id="dropDraft",
    status_code=204,
    summary="Delete a draft",
    responses=problem_answers(401, 403, 404, 412, 422, 503),
)
def drop_draft(
    slug: Slug, language: Language, ctx: Ctx, principal: Submitter, unchanged: Unchanged
) -> None:
    """Delete the draft; with `If-Match`, only if it has this ETag. If there is none, nothing
    happens."""
    drafts.drop_draft(ctx.db, principal.user_id, slug, language, unchanged)
