"""The page of a withdrawn problem, on which users still find their drafts and submissions."""

from collections.abc import Mapping, Sequence

from starlette.requests import Request
from starlette.responses import Response

from api.pages.paging import LINES_A_PAGE
from api.pages.preferences import reader_of
from api.pages.rendering import render
from api.services import Services
from judge.accounts.users import Principal
from judge.errors import NotFoundError
from judge.problems.versions import find_withdrawn
from judge.submissions.drafts import Draft, read_drafts
from judge.submissions.lifecycle import list_submissions
from judge.submissions.views import SubmissionSummary


def withdrawn_page(
    request: Request, ctx: Services, viewer: Principal | None, slug: str, unsent: str = ""
) -> Response:
    """Draw the page at the address of a withdrawn problem: a 404 with the reader's own drafts and
    submissions, and with `unsent`, the source of a form that was sent too late.

    Raises NotFoundError if there never was such a problem.
    """
    known = find_withdrawn(ctx.db, slug)
    if known is None:
        raise NotFoundError(f"There is no problem {slug!r}.")
    drafts: Mapping[str, Draft] = {}
    submissions: Sequence[SubmissionSummary] = ()
    if viewer is not None:
        drafts = read_drafts(ctx.db, viewer.user_id, slug)
        found = list_submissions(ctx.db, user_id=viewer.user_id, slug=slug, limit=LINES_A_PAGE)
        submissions = found.items
    texts = {language: draft.source for language, draft in drafts.items()}
    return render(
        request,
        "withdrawn.html",
        404,
        title=reader_of(request).pick(known.title) or slug,
        slug=slug,
        unsent=unsent,
        # A draft that equals `unsent` is not shown twice.
        drafts={language: text for language, text in texts.items() if text != unsent},
        submissions=submissions,
    )
