"""Sign in by a provider, in a browser: send the browser to it, and sign in when it comes back.

A link leads to the provider, not a form: the pages' content security policy forbids forms that go
to another site. The link's GET changes nothing in the database.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from api.errors import ProblemError
from api.pages.account import refused_page, signed_in
from api.pages.next_page import LONGEST_ADDRESS, same_site_path
from api.pages.viewer import Viewer
from api.services import Ctx
from api.single_sign_on import PATH, begin, finish, keep
from judge.errors import ShousiError

router = APIRouter(include_in_schema=False)
_LONGEST_KEPT = 2000
Provider = Annotated[str, Path(max_length=40)]


@router.get(f"{PATH}/{{provider}}")
async def go_to_provider(
    request: Request,
    ctx: Ctx,
    _viewer: Viewer,
    provider: Provider,
    next_page: Annotated[str, Query(alias="next", max_length=LONGEST_ADDRESS)] = "",
) -> Response:
    """Send the browser to the provider."""
    try:
        # An address of another site is dropped here, and checked again after the sign-in. A cookie
        # holds it until then, and browsers drop cookies that are too long.
        wanted = next_page if len(next_page) <= _LONGEST_KEPT else ""
        url, cookie = await begin(request, ctx, provider, same_site_path(wanted, ""))
    except (ProblemError, ShousiError) as error:
        return _without_a_copy(refused_page(request, error, "by", next_page=next_page))
    answer = _without_a_copy(RedirectResponse(url, 303))
    keep(request, answer, cookie)
    return answer


@router.get(f"{PATH}/{{provider}}/back")
async def come_back(request: Request, ctx: Ctx, viewer: Viewer, provider: Provider) -> Response:
    """Sign in the user whom the provider has identified."""
    try:
        user, next_page = await finish(request, ctx, provider, viewer)
    except (ProblemError, ShousiError) as error:
        answer = refused_page(request, error, "by")
    else:
        # In the thread pool, because it writes the session to the database.
        answer = await run_in_threadpool(signed_in, request, ctx, user, next_page)
    # Delete the cookie: a sign-in works only once, whether or not it succeeded.
    keep(request, answer, "")
    return _without_a_copy(answer)


def _without_a_copy(answer: Response) -> Response:
    # The answer's address, or the one it redirects to, contains secrets of this sign-in.
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
