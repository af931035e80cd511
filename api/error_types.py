"""The catalogue of error types: stable names that a program may rely on.

A type's URI is `/api/v1/errors/NAME`, relative to the service, and answers with its explanation.
Titles and details are for people and may change; names and statuses may not.
"""

from dataclasses import dataclass

API_PATH = "/api/v1"
ERROR_PATH = f"{API_PATH}/errors"


@dataclass(frozen=True, slots=True)
class ErrorType:
    """One kind of error answer: what it is called, its HTTP status, and what to do about it."""

    name: str
    status: int
    title: str
    advice: str

    @property
    def uri(self) -> str:
        return f"{ERROR_PATH}/{self.name}"


BAD_REQUEST = ErrorType(
    "bad-request", 400, "Bad request", "Correct the request as the detail says."
)
MALFORMED_BODY = ErrorType(
    "malformed-body", 400, "The body is not JSON", "Send one JSON object, encoded as UTF-8."
)
NOT_SIGNED_IN = ErrorType(
    "not-signed-in",
    401,
    "Not signed in",
    "Send `Authorization: Bearer TOKEN`; POST /api/v1/tokens gives a token.",
)
FORBIDDEN = ErrorType(
    "forbidden", 403, "Not allowed", "Ask someone whose role allows it, or use another token."
)
SIGN_UP_CLOSED = ErrorType(
    "sign-up-closed", 403, "Sign-up is closed", "Ask an admin of this service for an account."
)
NOT_FOUND = ErrorType(
    "not-found",
    404,
    "Not found",
    "Check the address. It may also be something that you are not allowed to see.",
)
METHOD_NOT_ALLOWED = ErrorType(
    "method-not-allowed", 405, "Method not allowed", "Use a method that the Allow header lists."
)
CONFLICT = ErrorType(
    "conflict", 409, "Conflict with what is stored", "Read the present state, then decide."
)
INTERVIEW = ErrorType(
    "interview",
    409,
    "The interview doesn't allow it now",
    "The detail says when it does; GET /api/v1/sittings tells which round runs, and until when.",
)
GONE = ErrorType("gone", 410, "Expired or already used", "Ask for a new one.")
CHANGED = ErrorType(
    "changed",
    412,
    "It has changed since you read it",
    "Read it again and decide again; `If-Match` is the ETag of what you have read.",
)
TOO_MANY = ErrorType(
    "too-many", 429, "Too many requests", "Send the same request again after Retry-After."
)
TOO_SLOW = ErrorType(
    "too-slow", 408, "The request came too slowly", "Send it again over a better connection."
)
TOO_LARGE = ErrorType(
    "too-large", 413, "The body is too large", "Send less; `limit_bytes` is the limit."
)
UNSUPPORTED_MEDIA_TYPE = ErrorType(
    "unsupported-media-type",
    415,
    "Unsupported media type",
    "Send JSON with `Content-Type: application/json`.",
)
INVALID = ErrorType(
    "invalid", 422, "Some fields are wrong", "Correct the fields that `errors` lists."
)
UNKNOWN_LANGUAGE = ErrorType(
    "unknown-language",
    422,
    "No such language",
    "Use an id that GET /api/v1/languages lists as available.",
)
LANGUAGE_UNAVAILABLE = ErrorType(
    "language-unavailable",
    422,
    "The language is not installed here",
    "Use an id that GET /api/v1/languages lists as available.",
)
LANGUAGE_NOT_FOR_PROBLEM = ErrorType(
    "language-not-for-problem",
    422,
    "The problem does not take this language",
    "Use one of the problem's `languages`.",
)
SOURCE_TOO_LARGE = ErrorType(
    "source-too-large", 422, "The source is too large", "Send less; the detail states the limit."
)
IDEMPOTENCY_KEY_REUSED = ErrorType(
    "idempotency-key-reused",
    422,
    "The idempotency key was used for something else",
    "Use a new key for a new request; the same key only with the same body.",
)
INTERNAL = ErrorType(
    "internal",
    500,
    "Internal error",
    "Try again. If the error stays, tell the people who run this service.",
)
UNAVAILABLE = ErrorType(
    "unavailable", 503, "Not available now", "Send the same request again after Retry-After."
)
NOT_READY = ErrorType(
    "not-ready", 503, "Not ready", "Wait until the parts that `parts` names are up."
)

ERROR_TYPES = {
    kind.name: kind
    for kind in (
        *(BAD_REQUEST, MALFORMED_BODY, NOT_SIGNED_IN, FORBIDDEN, SIGN_UP_CLOSED, NOT_FOUND),
        *(
            METHOD_NOT_ALLOWED,
            CONFLICT,
            INTERVIEW,
            GONE,
            CHANGED,
            TOO_MANY,
            TOO_SLOW,
            TOO_LARGE,
            UNSUPPORTED_MEDIA_TYPE,
            INVALID,
        ),
        *(UNKNOWN_LANGUAGE, LANGUAGE_UNAVAILABLE, LANGUAGE_NOT_FOR_PROBLEM, SOURCE_TOO_LARGE),
        *(IDEMPOTENCY_KEY_REUSED, INTERNAL, UNAVAILABLE, NOT_READY),
    )
}
