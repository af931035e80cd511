"""Routes that explain the `type` of an error answer."""

from api.error_types import ERROR_TYPES, ErrorType
from api.services import PREFIX
from api.v1.params import problem_answers
from api.v1.routing import ApiRouter
from api.v1.schemas.submissions import ErrorTypeOut
from judge.errors import NotFoundError

router = ApiRouter(prefix=PREFIX)


def _out(kind: ErrorType) -> ErrorTypeOut:
    return ErrorTypeOut(type=kind.uri, title=kind.title, status=kind.status, advice=kind.advice)


@router.get("/errors", operation_id="listErrorTypes", tags=["errors"], summary="All error types")
async def list_error_types() -> list[ErrorTypeOut]:
    """Every `type` that an error answer can have. Their names and statuses never change."""
    return [_out(kind) for kind in ERROR_TYPES.values()]


@router.get(
    "/errors/{name}",
    operation_id="getErrorType",
    tags=["errors"],
    summary="One error type",
    responses=problem_answers(404),
)
async def get_error_type(name: str) -> ErrorTypeOut:
    """What an error's `type` means, and what to do about it."""
    kind = ERROR_TYPES.get(name)
    if kind is None:
        raise NotFoundError("There is no such error type; GET /api/v1/errors lists them.")
    return _out(kind)
