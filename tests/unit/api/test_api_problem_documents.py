"""From errors to problem documents."""

import pytest

from api import error_types as kinds
from api.errors import ProblemError, field_problem, problem_document, problem_of
from judge.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    ShousiError,
    UnavailableError,
)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFoundError("x"), 404),
        (ConflictError("x"), 409),
        (InvalidError("x"), 422),
        (InvalidError("x", "field"), 422),
        (UnavailableError("x"), 503),
        (ShousiError("x"), 500),
    ],
)
def test_the_judges_errors_have_a_status_each(error: ShousiError, status: int) -> None:
    assert problem_of(error).kind.status == status


def test_an_error_of_a_field_names_it() -> None:
    document = problem_document(problem_of(InvalidError("It is empty.", "name")), "/users")
    assert document == {
        "type": "/api/v1/errors/invalid",
        "title": "Some fields are wrong",
        "status": 422,
        "detail": "It is empty.",
        "instance": "/users",
        "errors": [{"field": "name", "message": "It is empty."}],
    }


def test_only_what_may_pass_is_to_be_tried_again() -> None:
    assert int(problem_of(UnavailableError("x")).headers["Retry-After"]) > 0
    assert "Retry-After" not in problem_of(NotFoundError("x")).headers


def test_an_unforeseen_error_says_nothing() -> None:
    assert "secret" not in problem_of(ShousiError("secret")).detail


def test_further_members_stand_beside_the_standard_ones() -> None:
    problem = ProblemError(kinds.TOO_LARGE, "Too much.", extra={"limit_bytes": 5})
    assert problem_document(problem, "/")["limit_bytes"] == 5
    assert problem_document(field_problem(kinds.INVALID, "a", "b"), "/")["errors"] == [
        {"field": "a", "message": "b"}
    ]


def test_types_have_unique_names_and_statuses_of_errors() -> None:
    declared = [one for one in vars(kinds).values() if isinstance(one, kinds.ErrorType)]
    assert sorted(kinds.ERROR_TYPES) == sorted(one.name for one in declared)
    assert all(400 <= one.status < 600 and one.title and one.advice for one in declared)
