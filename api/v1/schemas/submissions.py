"""The bodies of requests and answers, with the examples that the OpenAPI document shows.

A request with an unknown member is refused: a misspelt `langauge` is an error, not a default.
Times are epoch seconds; `time_s` and `memory_bytes` are what the submission itself used.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from judge.accounts.users import Scope
from judge.differences import Reason, facts_of
from judge.states import Purpose
from judge.verdict import Verdict


def _is_text(text: str) -> str:
    # JSON can contain half of a surrogate pair, which UTF-8 can't encode.
    try:
        text.encode()
    except UnicodeEncodeError:
        message = "It contains half a character (a lone surrogate)"
        raise PydanticCustomError("surrogate", message) from None
    return text


def _no_nul(text: str) -> str:
    # PostgreSQL stores no NUL in text.
    if "\0" in text:
        raise PydanticCustomError("no_nul", "It must not contain a NUL character")
    return text


Text = Annotated[str, StringConstraints(strict=True), AfterValidator(_is_text)]
Line = Annotated[Text, AfterValidator(_no_nul)]

Id = Annotated[str, Field(examples=["01a1ffc9-ba14-7806-896e-3f2e15723ab3"])]
Time = Annotated[float, Field(examples=[1790000000.0])]
Seconds = Annotated[float, Field(examples=[0.031])]
Bytes = Annotated[int, Field(examples=[1482752])]
Cursor = Annotated[str | None, Field(examples=["01a1ffc9-ba14-7806-896e-3f2e15723ab3"])]


class Request(BaseModel):
    """A request's body: unknown members are refused."""

    model_config = ConfigDict(extra="forbid")


class Answer(BaseModel):
    """An answer's body, made from the judge's own frozen views."""

    model_config = ConfigDict(from_attributes=True)


class FieldError(BaseModel):
    """One wrong field of a request."""

    field: str
    message: str


class Problem(BaseModel):
    """An error (RFC 9457). `type` is stable; `detail` says what is wrong and what to do."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "/api/v1/errors/unknown-language",
                    "title": "No such language",
                    "status": 422,
                    "detail": "There is no language 'cobol'. Available: cpp, python3, pytorch.",
                    "instance": "/api/v1/problems/maxsubarray/submissions",
                    "errors": [{"field": "language", "message": "There is no language 'cobol'."}],
                }
            ]
        }
    )

    type: str
    title: str
    status: int
    detail: str
    instance: str
    errors: list[FieldError] = []


class ErrorTypeOut(Answer):
    """What an error's `type` means."""

    type: str = Field(examples=["/api/v1/errors/unknown-language"])
    title: str = Field(examples=["No such language"])
    status: int = Field(examples=[422])
    advice: str = Field(examples=["Use an id that GET /api/v1/languages lists as available."])


class SignUpIn(Request):
    """A new account. `invite` is an admin's invitation, needed while sign-up is closed."""

    name: Text = Field(examples=["ada"])
    password: Text = Field(examples=["correct horse battery"])
    invite: Line | None = Field(default=None, max_length=200)


class UserOut(Answer):
    """A user, as they see themselves."""

    id: Id
    name: str = Field(examples=["ada"])
    role: str = Field(examples=["user"])
    created_at: Time


class MeOut(UserOut):
    """The user whose token was sent, and what that token may do."""

    scopes: list[str] = Field(examples=[["read", "submit"]])


class TokenIn(Request):
    """A request for a token. By default the token may do all that the user may, for 30 days."""

    name: Text = Field(examples=["ada"])
    password: Text = Field(examples=["correct horse battery"])
    label: Line = Field(default="", max_length=100, examples=["laptop"])
    ttl_s: float | None = Field(default=None, gt=0, le=366 * 86400, examples=[86400])
    scopes: list[Literal["read", "submit", "teams", "account", "admin"]] | None = Field(
        default=None, min_length=1, max_length=len(Scope), examples=[["read", "submit"]]
    )


class TokenOut(Answer):
    """A token in a list: without its secret, which is shown only once, when it is made."""

    id: Id
    kind: Literal["bearer", "session"] = Field(examples=["bearer"])
    label: str = Field(examples=["laptop"])
    scopes: list[str] = Field(examples=[["read", "submit"]])
    created_at: Time
    expires_at: Time | None
    last_used_at: Time | None = Field(description="Exact to ten minutes; null until it is used")


class NewTokenOut(TokenOut):
    """A new token. `token` is shown only in this answer; the server stores a hash of it."""

    token: str = Field(examples=["shousi_1x8Zk0-q..."])


class TokenListOut(BaseModel):
    """The valid tokens, newest first."""

    items: list[TokenOut]
    next: None = None


class SubmissionIn(Request):
    """A solution to judge on all tests."""

    language: Text = Field(examples=["python3"])
    source: Text = Field(examples=["def max_subarray(nums):\n    return max(nums)\n"])


class RunIn(SubmissionIn):
    """A program to run on `input`, or without it on the samples."""

    input: Text | None = Field(default=None, examples=["3\n1 -2 3\n"])


State = Literal["queued", "judging", "done"]


class CreatedOut(BaseModel):
    """A stored submission or run. Its result will be at `Location`."""

    id: Id
    state: State


_MEMBERS_BY_REASON: dict[str, Any] = {str(reason): sorted(facts_of(reason)) for reason in Reason}


class DifferenceOut(BaseModel):
    """What went wrong, as data. `reason` decides which other members are possible (see
    `x-reasons`). Some may be left out to reveal nothing, e.g. a place or a size in a hidden test.
    """

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "x-reasons": _MEMBERS_BY_REASON,
            "examples": [
                {
                    "reason": "values_differ",
                    "name": "out",
                    "wrong": 3,
                    "size": 24,
                    "index": [1, 2],
                    "error": 0.5,
                    "relative": 0.25,
                    "allowed": 0.0002,
                    "share": 1,
                    "power": 3,
                }
            ],
        },
    )

    reason: Reason


class TestOut(Answer):
    """One test's result. `input`, `expected`, `output` and `stderr` are shown only for samples and
    runs. Time and memory of hidden tests are rounded up: each power of ten has ten steps."""

    name: str = Field(examples=["1"])
    sample: bool
    verdict: Verdict
    time_s: Seconds
    memory_bytes: Bytes
    message: str = Field(description="In the reader's language", examples=[""])
    difference: DifferenceOut | None = Field(
        default=None, description="What `message` says, as data; null in results of old versions"
    )
    hint: str | None = Field(description="In the reader's language", examples=[None])
    input: str | None = Field(default=None, examples=["3\n1 -2 3\n"])
    expected: str | None = Field(default=None, examples=["3\n"])
    output: str | None = Field(default=None, examples=["3\n"])
    stderr: str | None = Field(default=None, examples=[""])
    score: float | None = Field(default=None, examples=[None])


class SubmissionItemOut(Answer):
    """A submission in a list."""

    id: Id
    problem: str = Field(examples=["maxsubarray"])
    version: int = Field(description="The problem's version that judged it", examples=[1])
    user: str = Field(examples=["ada"])
    language: str = Field(examples=["python3"])
    state: State = Field(examples=["done"])
    verdict: Verdict | None
    score: float | None = Field(examples=[100.0])
    time_s: Seconds | None
    memory_bytes: Bytes | None
    created_at: Time
    message: str = Field(
        description="What happened, in the reader's language",
        examples=["secret/03-long: More than 2 s of CPU time."],
    )
    diagnosis: str | None = Field(
        description="The known mistake that it behaves like, in the reader's language",
        examples=["The scale 1/sqrt(d) is missing."],
    )


class CompileErrorOut(Answer):
    """A compiler's error. Lines and columns count from 1; some compilers give no column."""

    file: str = Field(examples=["main.cpp"])
    line: int = Field(examples=[13])
    column: int | None = Field(examples=[47])
    message: str = Field(examples=["expected ';' before '}' token"])


class SubmissionListOut(BaseModel):
    """One page of submissions, newest first; `next` is the cursor of the next page."""

    items: list[SubmissionItemOut]
    next: Cursor


class SubmissionOut(SubmissionItemOut):
    """A submission and the results of its judging so far."""

    purpose: Purpose
    source: str = Field(examples=["def max_subarray(nums):\n    return max(nums)\n"])
    compile_output: str = Field(examples=[""])
    compile_errors: list[CompileErrorOut] = Field(
        description="If the verdict is CE: the errors in `compile_output` as data; at most 50, and "
        "empty if it names no place in the source"
    )
    difference: DifferenceOut | None = Field(
        description="What `message` says, as data, with `test`, the test's name", examples=[None]
    )
    tests: list[TestOut]
    total_tests: int | None = Field(description="Null until the first is judged", examples=[9])
    attempt: int = Field(description="How many times judging was begun", examples=[1])
    queue_position: int | None = Field(
        description="How many submissions are judged before it; null once its judging has begun"
    )
    paused: bool = Field(description="It waits because an admin has paused judging")
    sealed_until: Time | None = Field(
        description="The end of the interview's round in which it was sent. Until then you see "
        "only whether all hidden tests pass: the verdict is AC, or WA for any failure"
    )
    missing_labels: list[str] = Field(
        description="Labels that the problem requires and no running worker has: the submission "
        "waits for a worker that has them",
        examples=[[]],
    )
    started_at: Time | None = Field(description="When the last attempt began")
    finished_at: Time | None


class RejudgedOut(BaseModel):
    """How many judgings were queued."""

    queued: int = Field(examples=[1])


class HealthOut(BaseModel):
    """The answer of a process that is alive."""

    status: Literal["ok"] = "ok"


class PartOut(BaseModel):
    """One part that the service depends on."""

    up: bool
    detail: str = Field(examples=["2 workers alive"])


class ReadyOut(BaseModel):
    """Whether submissions can be judged now, part by part."""

    ready: bool
    parts: dict[str, PartOut] = Field(examples=[{"database": {"up": True, "detail": "answers"}}])
