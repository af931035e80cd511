"""Drafts: what a user was writing, kept for the next visit and for other devices."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from api import error_types as kinds
from api.auth import Reader, Submitter
from api.errors import field_problem
from api.services import PREFIX, Ctx
from api.submission_checks import check_text
from api.v1.params import problem_answers, slug
from api.v1.schemas.drafts import DraftIn, DraftOut
from judge.errors import NotFoundError
from judge.languages import LANGUAGES
from judge.submissions import drafts

router = APIRouter(prefix=f"{PREFIX}/problems/{{slug}}/drafts/{{language}}", tags=["submissions"])
Slug = Annotated[str, Depends(slug)]


async def _language(
    language: Annotated[str, Path(description="A language's id, as GET /languages lists them")],
) -> str:
    if language not in LANGUAGES:
        message = f"There is no language {language[:50]!r}."
        raise field_problem(kinds.UNKNOWN_LANGUAGE, "language", message)
    return language


Language = Annotated[str, Depends(_language)]


@router.get(
    "",
    operation_id="getDraft",
    summary="What you were writing",
    responses=problem_answers(401, 403, 404, 422, 503),
)
def get_draft(slug: Slug, language: Language, ctx: Ctx, principal: Reader) -> DraftOut:
    """Your draft for this problem in this language; 404 if none is kept."""
    found = drafts.read_drafts(ctx.db, principal.user_id, slug).get(language)
    if found is None:
        raise NotFoundError(f"You have no draft for {slug!r} in {language!r}.")
    return DraftOut.model_validate(found)


@router.put(
    "",
    operation_id="keepDraft",
    summary="Keep what you are writing",
    responses=problem_answers(401, 403, 404, 413, 415, 422, 503),
)
def keep_draft(
    slug: Slug, language: Language, body: DraftIn, ctx: Ctx, principal: Submitter
) -> DraftOut:
    """Keep a draft in place of the one that was kept before. It is not judged."""
    # A draft may be empty or half written, so that only its length is checked.
    check_text(body.source, "source", ctx.settings.source_limit_bytes)
    kept = drafts.keep_draft(ctx.db, principal.user_id, slug, language, body.source)
    return DraftOut.model_validate(kept)


@router.delete(
    "",
    operation_id="dropDraft",
    status_code=204,
    summary="Forget a draft",
    responses=problem_answers(401, 403, 404, 422, 503),
)
def drop_draft(slug: Slug, language: Language, ctx: Ctx, principal: Submitter) -> None:
    """Forget the draft; nothing happens if none is kept."""
    drafts.drop_draft(ctx.db, principal.user_id, slug, language)
