"""Errors as pages: what happened, what is not lost, and what to do."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope

from api import error_types as kinds
from api.errors import ProblemError
from api.pages.rendering import asks_for_part, render


def error_page(problem: ProblemError, scope: Scope) -> Response:
    """The page that answers `problem`; whoever must sign in to read a page is sent to do so."""
    request = Request(scope)
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    # Only a GET can be done again by an address: a form that was sent would be lost.
    if problem.kind is kinds.NOT_SIGNED_IN and scope["method"] == "GET":
        return RedirectResponse(f"/sign-in?next={quote(here, safe='')}", 303)
    if asks_for_part(request):
        return complaint(request, problem)
    # What was looked for, to be offered as a search.
    last_word = scope["path"].rstrip("/").rpartition("/")[2]
    answer = render(
        request,
        "error.html",
        problem.kind.status,
        status=problem.kind.status,
        title=problem.kind.title,
        detail=problem.detail,
        retry_after=problem.headers.get("Retry-After"),
        last_word=last_word[:60],
    )
    return _with_headers(answer, problem)


def complaint(request: Request, problem: ProblemError) -> Response:
    """What is wrong, as a part of the page that is open: nothing that was typed is lost."""
    answer = render(
        request,
        "complaint.html",
        problem.kind.status,
        complaint=problem.detail,
        retry_after=problem.headers.get("Retry-After"),
    )
    return _with_headers(answer, problem)


def _with_headers(answer: Response, problem: ProblemError) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    for name, value in problem.headers.items():
        answer.headers[name] = value
    return answer
