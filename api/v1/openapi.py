"""Complete the OpenAPI document: our errors, and an example for every body."""

from typing import Any

from fastapi import FastAPI

from api.v1.schemas.submissions import Problem

Json = dict[str, Any]

DESCRIPTION = """
An online judge for the code that ML interviews ask for.

**Tokens.** `POST /api/v1/users` makes an account, `POST /api/v1/tokens` a token; then send
`Authorization: Bearer TOKEN`.

**Judging.** A submission is answered with 202 and a `Location`. Follow it with
`GET /api/v1/submissions/{id}?wait=30`, or live with `/events`.

**Many at once.** `POST /api/v1/runs:batch` accepts up to 100 sources from a program and streams
each result as it comes, with the source's index; `GET /api/v1/batches/{id}` shows them again.

**Errors** are always `application/problem+json` (RFC 9457). `type` is one of those that
`GET /api/v1/errors` lists, relative to the service, and never changes its meaning; `errors` names
the wrong fields. After 503, send the same request again when `Retry-After` seconds have passed.

**Lists** come in pages: `next` is the cursor of the next page, also in the `Link` header.
""".strip()

TAGS = [
    {"name": "problems", "description": "Problems, their files and solutions"},
    {"name": "submissions", "description": "Submissions, runs and their results"},
    {"name": "boards", "description": "Who solved what"},
    {"name": "teams", "description": "People who practise together"},
    {"name": "interviews", "description": "Timed mock interviews and their reports"},
    {"name": "accounts", "description": "Users and their tokens"},
    {"name": "webhooks", "description": "Send messages to an address when events happen"},
    {"name": "languages", "description": "The programming languages"},
    {"name": "admin", "description": "For admins' tokens with the scope `admin`"},
    {"name": "errors", "description": "What an error's `type` means"},
    {"name": "health", "description": "For monitoring the service"},
]

_REF = "#/components/schemas/"
_OF_TYPE = {"string": "text", "integer": 1, "number": 1.0, "boolean": True, "null": None}


class DocumentedApp(FastAPI):
    """A FastAPI app whose OpenAPI document has our errors in place of the framework's 422."""

    def openapi(self) -> Json:
        """Return the OpenAPI document, which is made once."""
        if self.openapi_schema is None:
            _complete(super().openapi())
        assert self.openapi_schema is not None
        return self.openapi_schema


def _complete(document: Json) -> None:
    schemas = document["components"]["schemas"]
    # Remove the framework's own error bodies, which no route of ours sends.
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = Problem.model_json_schema(ref_template=_REF + "{model}")
    # The schema's nested models become components, like those of the routes.
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem
    for path in document["paths"].values():
        if "post" in path:
            _add_idempotency(path["post"])
        for operation in path.values():
            if "requestBody" in operation:
                _add_answer(operation, "400", "The body can't be read, e.g. is not JSON")
                _add_answer(operation, "408", "The body came too slowly")
            _add_headers(operation)
            # The framework declares its own 422 wherever there is a parameter, but the answer
            # is ours.
            answer = operation["responses"].get("422", {})
            content = answer.get("content", {})
            if "application/json" in content:
                content["application/problem+json"] = {"schema": {"$ref": _REF + "Problem"}}
                del content["application/json"]
                answer["description"] = "Some fields are wrong"
            bodies = (operation.get("requestBody", {}), *operation["responses"].values())
            for media in (one for body in bodies for one in body.get("content", {}).values()):
                if "schema" in media and "example" not in media:
                    media["example"] = example_of(media["schema"], schemas)


def _add_idempotency(operation: Json) -> None:
    """Describe the header that `api.middleware.idempotency` reads from every POST."""
    parameters = operation.setdefault("parameters", [])
    if all(one["name"].lower() != "idempotency-key" for one in parameters):
        parameters.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "Any text that the client chooses: the same key with the same body "
                "gets the same answer, and nothing is done twice.",
                "schema": {"type": "string", "minLength": 1, "maxLength": 255},
            }
        )
        _add_answer(operation, "409", "Conflict with what is stored")
        _add_answer(operation, "422", "Some fields are wrong")


_CONDITIONS = {
    "304": {"If-None-Match": "ETags that you have: 304 if one of them is the current one"},
    "412": {
        "If-Match": "The ETag of what you have read: 412 if it has changed since",
        "If-None-Match": "`*`: 412 if there is one already",
    },
}


def _add_headers(operation: Json) -> None:
    """Describe the headers that conditional requests and later tries need."""
    answers = operation["responses"]
    for status, headers in _CONDITIONS.items():
        if status in answers:
            operation.setdefault("parameters", []).extend(
                {
                    "name": name,
                    "in": "header",
                    "required": False,
                    "description": description,
                    "schema": {"type": "string"},
                }
                for name, description in headers.items()
            )
            if "200" in answers:
                etag = {"description": "The version's tag", "schema": {"type": "string"}}
                answers["200"].setdefault("headers", {})["ETag"] = etag
    for status in {"429", "503"} & set(answers):
        # The answers are shared by operations, so that this one gets a copy.
        after = {"description": "Seconds to wait", "schema": {"type": "integer"}}
        answers[status] = {**answers[status], "headers": {"Retry-After": after}}


def _add_answer(operation: Json, status: str, description: str) -> None:
    content = {"application/problem+json": {"schema": {"$ref": _REF + "Problem"}}}
    operation["responses"].setdefault(status, {"description": description, "content": content})


def example_of(schema: Json, schemas: Json) -> Any:
    """Return a value that `schema` allows: its own example, else one made of its members'."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].removeprefix(_REF)], schemas)
    if "examples" in schema:
        return schema["examples"][0]
    for given in ("const", "default"):
        if given in schema:
            return schema[given]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        # An optional value's first form is not null.
        return example_of(schema["anyOf"][0], schemas)
    match schema.get("type"):
        case "array":
            return [example_of(schema["items"], schemas)]
        case "object" if "properties" in schema:
            return {name: example_of(one, schemas) for name, one in schema["properties"].items()}
        case "object":
            # Nearly all mappings with free keys are texts by language.
            return {"en": example_of(schema["additionalProperties"], schemas)}
        case str(kind):
            return _OF_TYPE[kind]
        case _:
            return None
