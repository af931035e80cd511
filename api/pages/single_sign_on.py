"""Signing in by a provider, in a browser: to it by a link, and back from it.

By a link and not by a form: a form that leads to another site is against the pages' policy. To
begin changes nothing here.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api.errors import ProblemError
from api.pages.account import refused_page, signed_in
from api.pages.next_page import same_site_path
from api.pages.viewer import Viewer
from api.services import Ctx
from api.single_sign_on import PATH, begin, finish, keep
from judge.errors import ShousiError

router = APIRouter(include_in_schema=False)
Provider = Annotated[str, Path(max_length=40)]


@router.get(f"{PATH}/{{provider}}")
async def go_to_provider(
    request: Request,
    ctx: Ctx,
    _viewer: Viewer,
    provider: Provider,
    next_page: Annotated[str, Query(alias="next", max_length=2000)] = "",
) -> Response:
    """Send the browser to the provider."""
    try:
        # An address of another site is dropped here already, and looked at again at the end.
        url, cookie = await begin(request, ctx, provider, same_site_path(next_page, ""))
    except (ProblemError, ShousiError) as error:
        return _without_a_copy(refused_page(request, error, "by", next_page=next_page))
    answer = _without_a_copy(RedirectResponse(url, 303))
    keep(request, answer, cookie)
    return answer


@router.get(f"{PATH}/{{provider}}/back")
async def come_back(request: Request, ctx: Ctx, viewer: Viewer, provider: Provider) -> Response:
    """Sign in whom the provider has identified."""
    try:
        user, next_page = await finish(request, ctx, provider, viewer)
    except (ProblemError, ShousiError) as error:
        answer = refused_page(request, error, "by")
    else:
        # As the form does: the session is a row.
        answer = await run_in_threadpool(signed_in, request, ctx, user, next_page)
    # A sign-in is for one time, whatever has come of it.
    keep(request, answer, "")
    return _without_a_copy(answer)


def _without_a_copy(answer: Response) -> Response:
    # Its address, or the one that it leads to, holds words of this sign-in.
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
