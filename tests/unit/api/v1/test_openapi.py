"""Examples made from schemas."""

from typing import Any

import pytest

from api.v1.openapi import example_of

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
