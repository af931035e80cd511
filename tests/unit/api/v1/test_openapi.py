"""Examples made from schemas."""

from typing import Any

import pytest

from api.main import create_app
from api.v1.openapi import example_of
from judge.settings import Settings

SCHEMAS = {
    "Pet": {
        "type": "object",
        "properties": {
            "name": {"type": "string", "examples": ["Rex"]},
            "kind": {"enum": ["dog", "cat"]},
            "age": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        },
    }
}


@pytest.mark.parametrize(
    ("schema", "example"),
    [
        ({"type": "string"}, "text"),
        ({"type": "null"}, None),
        ({"type": "integer", "examples": [7]}, 7),
        ({"type": "integer", "default": 3}, 3),
        ({"const": "ok"}, "ok"),
        ({"type": "array", "items": {"type": "boolean"}}, [True]),
        ({"type": "object", "additionalProperties": {"type": "number"}}, {"en": 1.0}),
        ({"$ref": "#/components/schemas/Pet"}, {"name": "Rex", "kind": "dog", "age": 1}),
        ({}, None),
    ],
)
def test_an_example_is_made_of_what_the_schema_says(schema: dict[str, Any], example: Any) -> None:
    assert example_of(schema, SCHEMAS) == example


@pytest.fixture(scope="module")
def operations() -> dict[str, dict[str, Any]]:
    paths = create_app(Settings()).openapi()["paths"]
    return {one["operationId"]: one for path in paths.values() for one in path.values()}


def headers(operation: dict[str, Any]) -> set[str]:
    given = operation.get("parameters", [])
    return {one["name"].lower() for one in given if one["in"] == "header"}


def test_conditions_are_described_with_their_answers(operations: dict[str, Any]) -> None:
    for name, one in operations.items():
        answers = one["responses"]
        assert ("304" in answers) <= ("if-none-match" in headers(one)), name
        assert ("412" in answers) == ("if-match" in headers(one)), name
        if "304" in answers:
            assert "ETag" in answers["200"]["headers"], name
    assert "if-match" in headers(operations["changeUser"])


def test_waits_are_described(operations: dict[str, Any]) -> None:
    for name, one in operations.items():
        for status in {"429", "503"} & set(one["responses"]):
            assert "Retry-After" in one["responses"][status]["headers"], name


def test_a_body_may_be_refused_as_a_body(operations: dict[str, Any]) -> None:
    for name, one in operations.items():
        assert ("requestBody" in one) <= ({"400", "408", "413"} <= set(one["responses"])), name
