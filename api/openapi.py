"""What the OpenAPI document says beyond the routes."""

from typing import Any

from fastapi import FastAPI

from api.schemas import Problem

DESCRIPTION = """
An online judge for the code that ML interviews ask for.

**Tokens.** `POST /api/v1/users` makes an account, `POST /api/v1/tokens` a token; then send
`Authorization: Bearer TOKEN`.

**Judging.** A submission is answered with 202 and a `Location`. Follow it with
`GET /api/v1/submissions/{id}?wait=30`, or live with `/events`.

**Errors** are `application/problem+json` (RFC 9457), whatever went wrong. `type` is one of
`GET /api/v1/errors`, relative to the service, and never changes its meaning; `errors` names the
wrong fields. After 503, send the same request again when `Retry-After` seconds have passed.

**Lists** come in pages: `next` is the cursor of the following one, also in the `Link` header.
""".strip()

TAGS = [
    {"name": "problems", "description": "What there is to solve"},
    {"name": "submissions", "description": "Handing in and what came of it"},
    {"name": "accounts", "description": "Users and their tokens"},
    {"name": "languages", "description": "What can be judged"},
    {"name": "admin", "description": "For admins' tokens with the scope `admin`"},
    {"name": "errors", "description": "What an error's `type` means"},
    {"name": "health", "description": "For whoever watches the service"},
]


class DocumentedApp(FastAPI):
    """A FastAPI app whose document has our errors in place of the framework's own 422."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, made once."""
        if self.openapi_schema is None:
            _complete(super().openapi())
        assert self.openapi_schema is not None
        return self.openapi_schema


def _complete(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    # The framework declares its own 422 wherever there is a parameter; ours is what is sent.
    for path in document["paths"].values():
        for operation in path.values():
            _replace_validation_error(operation["responses"])


def _replace_validation_error(responses: dict[str, Any]) -> None:
    content = responses.get("422", {}).get("content", {})
    if "application/json" in content:
        del content["application/json"]
        content["application/problem+json"] = {"schema": {"$ref": "#/components/schemas/Problem"}}
        responses["422"]["description"] = "Some fields are wrong"
