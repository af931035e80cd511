"""Errors as pages: what happened, what is not lost, and what to do."""

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
    """The page that answers `problem`; whoever must sign in to read a page is sent to do so."""
    request = Request(scope)
    if asks_for_part(request):
        return complaint(request, problem)
    # Only a GET can be done again by an address: a form that was sent would be lost.
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
        # The framework's own words for an address that is none of ours say nothing more.
        detail="" if problem.detail == f"There is nothing at {path}." else problem.detail,
        retry_after=problem.headers.get("Retry-After"),
        limit_bytes=problem.extra.get("limit_bytes"),
        unread=_unread(problem),
        # What was looked for, to be offered as a search: a problem or a word, and no id.
        last_word=_last_word(path),
        of_team=bool(_TEAM.fullmatch(path)),
        here_is_form=request.method != "GET",
    )
    return with_headers(answer, problem)


def complaint(request: Request, problem: ProblemError, back: str = "") -> Response:
    """What is wrong, as a part of the page that is open: nothing that was typed is lost.

    `back` is the page to come to after signing in, or to open again; by default the open one.
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
    """The fields that the framework refuses: an error of ours has its sentence as the detail."""
    return [one for one in problem.errors if one["message"] != problem.detail]


def _last_word(path: str) -> str:
    folder, _, word = path.rstrip("/").rpartition("/")
    return word[:60] if folder in ("", "/problems") else ""


def with_headers(answer: Response, problem: ProblemError) -> Response:
    """The answer to what was refused, with the headers that belong to that."""
    answer.headers["Cache-Control"] = "no-store"
    for name, value in problem.headers.items():
        answer.headers[name] = value
    return answer
