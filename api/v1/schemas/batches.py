"""The bodies of batches."""

from pydantic import BaseModel, Field

from api.v1.schemas.submissions import Answer, Bytes, Id, Line, Request, Seconds, State, Text, Time
from judge.verdict import Verdict

MOST_SOURCES = 100


class SourceIn(Request):
    """One program."""

    language: Text = Field(examples=["python3"])
    source: Text = Field(examples=["def max_subarray(nums):\n    return max(nums)\n"])


class BatchIn(Request):
    """Programs to judge, each on all tests of one problem."""

    problem: Line = Field(description="Its slug", examples=["maxsubarray"])
    sources: list[SourceIn] = Field(min_length=1, max_length=MOST_SOURCES)


class BatchItemOut(Answer):
    """The result of one source so far. `index` is its place in the request, from 0; `submission` is
    the id with which `GET /submissions/{id}` shows each test."""

    index: int = Field(examples=[0])
    submission: Id
    language: str = Field(examples=["python3"])
    state: State = Field(examples=["done"])
    verdict: Verdict | None
    score: float | None = Field(examples=[100.0])
    time_s: Seconds | None
    memory_bytes: Bytes | None
    message: str = Field(
        description="What happened, in the reader's language",
        examples=["secret/03-long: More than 2 s of CPU time."],
    )
    diagnosis: str | None = Field(
        description="The known mistake that it behaves like, in the reader's language",
        examples=["The scale 1/sqrt(d) is missing."],
    )


class BatchOut(Answer):
    """A batch. `items` are in the order of the request; deleted submissions are left out."""

    id: Id
    problem: str = Field(examples=["maxsubarray"])
    created_at: Time
    total: int = Field(examples=[1])
    num_done: int = Field(description="How many have their verdicts", examples=[1])
    items: list[BatchItemOut]


class BatchDoneOut(BaseModel):
    """The end of a batch's stream: how many submissions got each verdict."""

    total: int = Field(examples=[1])
    verdicts: dict[Verdict, int] = Field(examples=[{"AC": 1}])
