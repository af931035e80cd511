"""Error pages: they say what happened, that typed text is not lost, and what to do."""

import re
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from api import error_types as kinds
from api.errors import FieldErrors, ProblemError
from api.pages.next_page import path_in, same_site_path
from api.pages.rendering import asks_for_part, render

_TEAM = re.compile(r"/teams/[^/]+")


def error_page(problem: ProblemError, scope: Scope) -> Response:
    """Answer `problem` with a page; if the reader must sign in first, redirect to that page."""
    request = Request(scope)
    if asks_for_part(request):
        return complaint(request, problem)
    # Only for a GET: the redirect would lose a form that was sent.
    if problem.kind is kinds.NOT_SIGNED_IN and scope["method"] == "GET":
        here = path_in(str(request.url))
        return RedirectResponse(f"/sign-in?next={quote(here, safe='')}", 303)
    path = request.url.path
    answer = render(
        request,
        "error.html",
        problem.kind.status,
        status=problem.kind.status,
        title=problem.kind.title,
        # This detail of an unknown address says no more than the title.
        detail="" if problem.detail == f"There is nothing at {path}." else problem.detail,
        retry_after=problem.headers.get("Retry-After"),
        limit_bytes=problem.extra.get("limit_bytes"),
        unread=_unread(problem),
        # The page offers a search for the address's last part, if that is no id.
        last_word=_last_word(path),
        of_team=bool(_TEAM.fullmatch(path)),
        here_is_form=request.method != "GET",
    )
    return with_headers(answer, problem)


def complaint(request: Request, problem: ProblemError, back: str = "") -> Response:
    """Draw the error as a part of the page that is open, so that no typed text is lost.

    `back` is the page to go to after signing in, or to open again; by default the open one.
    """
    must_sign_in = problem.kind is kinds.NOT_SIGNED_IN
    if must_sign_in and not back:
        back = same_site_path(path_in(request.headers.get("hx-current-url", "")))
    answer = render(
        request,
        "complaint.html",
        problem.kind.status,
        complaint=problem.detail,
        unread=_unread(problem),
        retry_after=problem.headers.get("Retry-After"),
        limit_bytes=problem.extra.get("limit_bytes"),
        was_sent=request.method == "POST",
        signs_in=must_sign_in,
        back=back,
    )
    return with_headers(answer, problem)


def _unread(problem: ProblemError) -> FieldErrors:
    """Return the field errors that the detail doesn't already show. Our own errors have their only
    field's message as the detail; the framework's have more."""
    return [one for one in problem.errors if one["message"] != problem.detail]


def _last_word(path: str) -> str:
    folder, _, word = path.rstrip("/").rpartition("/")
    return word[:60] if folder in ("", "/problems") else ""


def with_headers(answer: Response, problem: ProblemError) -> Response:
    """Add the headers of a refusal to the answer."""
    answer.headers["Cache-Control"] = "no-store"
    for name, value in problem.headers.items():
        answer.headers[name] = value
    return answer
