"""Every error is answered in one place, the framework's own included: below the API's prefix as
`application/problem+json` (RFC 9457), elsewhere as a page if the client accepts HTML.

The exception decides the error type: `ProblemError` names it, each of the judge's errors has one,
and any other exception is a 500 that shows no internals (the log has the traceback).
No answer repeats the body that was sent: it may hold a password.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from api import error_types as kinds
from api.allowed_methods import allowed_methods
from api.error_types import API_PATH, ErrorType
from api.field_errors import field_message
from judge.errors import (
    ConflictError,
    ForbiddenError,
    GoneError,
    InterviewError,
    InvalidError,
    NotFoundError,
    ShousiError,
    TooManyError,
    UnavailableError,
)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2
MAX_FIELD_ERRORS = 20
MAX_FIELD_NAME = 100

FieldErrors = Sequence[Mapping[str, str]]
ErrorPage = Callable[["ProblemError", Scope], Response]
"""Draws the page that shows an error; `api.main` sets it as `app.state.error_page`."""


class ProblemError(Exception):
    """Raised to answer with an error. `extra` are further members of the problem document."""

    def __init__(
        self,
        kind: ErrorType,
        detail: str,
        *,
        errors: FieldErrors = (),
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}
        self.extra = extra or {}


def field_problem(kind: ErrorType, field: str, message: str) -> ProblemError:
    """An error in one field of the request; `field` is its name as the sender wrote it."""
    return ProblemError(kind, message, errors=[{"field": field, "message": message}])


def problem_document(problem: ProblemError, instance: str) -> dict[str, Any]:
    """The problem document (RFC 9457, section 3.1) that answers `problem`."""
    kind = problem.kind
    document: dict[str, Any] = {
        "type": kind.uri,
        "title": kind.title,
        "status": kind.status,
        "detail": problem.detail,
        "instance": instance,
    }
    if problem.errors:
        document["errors"] = [dict(error) for error in problem.errors]
    return {**document, **problem.extra}


def error_response(problem: ProblemError, scope: Scope) -> Response:
    """The HTTP answer for `problem` to the request with this ASGI scope."""
    headers = Headers(scope=scope)
    # A client that doesn't ask for HTML gets the document; below the API's prefix all clients get
    # it. htmx doesn't ask for HTML, but puts the page's HTML into the open page.
    is_for_page = "text/html" in headers.get("accept", "") or "hx-request" in headers
    if is_for_page and not scope["path"].startswith(f"{API_PATH}/"):
        page: ErrorPage = scope["app"].state.error_page
        return page(problem, scope)
    return JSONResponse(
        # A URI reference, so that it is encoded again.
        problem_document(problem, quote(scope["path"], safe="/:@!$&'()*+,;=~")),
        status_code=problem.kind.status,
        headers={"Cache-Control": "no-store", **problem.headers},
        media_type=MEDIA_TYPE,
    )


def problem_of(error: ShousiError) -> ProblemError:
    """Return the HTTP error for one of the judge's own errors."""
    detail = str(error)
    match error:
        case NotFoundError():
            return ProblemError(kinds.NOT_FOUND, detail)
        case ConflictError():
            return ProblemError(kinds.CONFLICT, detail)
        case InterviewError():
            return ProblemError(kinds.INTERVIEW, detail)
        case InvalidError(field=None):
            return ProblemError(kinds.INVALID, detail)
        case InvalidError(field=str(field)):
            return field_problem(kinds.INVALID, field, detail)
        case ForbiddenError():
            return ProblemError(kinds.FORBIDDEN, detail)
        case GoneError():
            return ProblemError(kinds.GONE, detail)
        case TooManyError(retry_after_s=seconds):
            retry = {"Retry-After": str(math.ceil(seconds))}
            return ProblemError(kinds.TOO_MANY, detail, headers=retry)
        case UnavailableError():
            retry = {"Retry-After": str(RETRY_AFTER_S)}
            return ProblemError(kinds.UNAVAILABLE, detail, headers=retry)
        case _:
            return ProblemError(kinds.INTERNAL, kinds.INTERNAL.advice)


_BY_STATUS = {
    400: kinds.BAD_REQUEST,
    401: kinds.NOT_SIGNED_IN,
    403: kinds.FORBIDDEN,
    404: kinds.NOT_FOUND,
    405: kinds.METHOD_NOT_ALLOWED,
    413: kinds.TOO_LARGE,
    415: kinds.UNSUPPORTED_MEDIA_TYPE,
    422: kinds.INVALID,
    503: kinds.UNAVAILABLE,
}


def _of_http(error: HTTPException, request: Request) -> ProblemError:
    """Convert the framework's errors: unknown paths, wrong methods, bodies that can't be parsed."""
    kind = _BY_STATUS.get(error.status_code)
    # A status that has no error type of ours is passed on as it is.
    if kind is None:
        name = f"http-{error.status_code}"
        kind = ErrorType(name, error.status_code, str(error.detail), str(error.detail))
    detail = f"{kind.title}: {kind.advice}"
    # The error's cause is the parser's exception: it tells why the JSON can't be read.
    match error.__cause__:
        case UnicodeDecodeError() as cause:
            kind, detail = kinds.MALFORMED_BODY, f"Byte {cause.start} of the body is not UTF-8."
        case RecursionError():
            kind, detail = kinds.MALFORMED_BODY, "The JSON is nested too deep."
        case ValueError():
            kind, detail = kinds.MALFORMED_BODY, "The JSON holds a number that is too long."
        case _:
            pass
    if kind is kinds.NOT_FOUND:
        detail = f"There is nothing at {request.url.path}."
    headers = error.headers
    if kind is kinds.METHOD_NOT_ALLOWED:
        headers = {"Allow": ", ".join(allowed_methods(request.app.routes, request.scope))}
    return ProblemError(kind, detail, headers=headers)


def _of_validation(error: RequestValidationError, request: Request) -> ProblemError:
    """Convert the framework's 422: JSON that can't be parsed is a 400, a wrong media type a 415."""
    found = error.errors()
    first = found[0]
    # The framework's name for a body that is not JSON.
    if first["type"] == "json_invalid":
        detail = f"The body is not JSON: {first['ctx']['error']} at character {first['loc'][-1]}."
        return ProblemError(kinds.MALFORMED_BODY, detail)
    # The framework leaves a body as bytes if its media type is not JSON.
    if tuple(first["loc"]) == ("body",) and isinstance(error.body, bytes):
        sent = request.headers.get("content-type", "none")
        detail = f"Send `Content-Type: application/json`; it was {sent[:100]!r}."
        return ProblemError(kinds.UNSUPPORTED_MEDIA_TYPE, detail)
    errors = []
    for one in found[:MAX_FIELD_ERRORS]:
        # `("body", "tests", 0, "name")` -> `tests.0.name`; the whole body is `body`.
        name = ".".join(str(part) for part in one["loc"][1:]) or str(one["loc"][0])
        # The name of an unknown field may be any text.
        field = name[:MAX_FIELD_NAME].encode(errors="replace").decode()
        message = field_message(one["type"], one.get("ctx", {}), str(one["msg"]))
        errors.append({"field": field, "message": message})
    detail = "; ".join(f"{one['field']}: {one['message']}" for one in errors[:3])
    return ProblemError(kinds.INVALID, detail, errors=errors)


async def _handle(request: Request, error: Exception) -> Response:
    match error:
        case ProblemError():
            problem = error
        case ShousiError():
            problem = problem_of(error)
        case RequestValidationError():
            problem = _of_validation(error, request)
        case HTTPException():
            problem = _of_http(error, request)
        case _:
            # Any other exception: `CatchFaults` logs it and answers with a 500.
            raise error
    return error_response(problem, request.scope)


def install_error_handlers(app: FastAPI) -> None:
    """Make every error of `app` answer with a problem document."""
    for kind in (ProblemError, ShousiError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, _handle)
