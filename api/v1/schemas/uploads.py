"""The bodies of answers about uploads; see `api.v1.schemas.submissions`."""

from pydantic import BaseModel, Field

from api.v1.schemas.submissions import Answer, Bytes, Cursor, Id, Seconds, Time
from judge.uploads.outcome import UploadState


class UploadCreatedOut(BaseModel):
    """A stored upload. Its report will be at `Location`."""

    id: Id
    state: UploadState


class UploadItemOut(Answer):
    """An upload in the list."""

    id: Id
    state: UploadState
    problem: str | None = Field(
        description="Null until the package is read", examples=["maxsubarray"]
    )
    version: int | None = Field(description="Null unless published", examples=[2])
    dry_run: bool
    user: str = Field(examples=["ada"])
    file_name: str = Field(examples=["maxsubarray.zip"])
    size_bytes: Bytes
    created_at: Time
    finished_at: Time | None


class UploadListOut(BaseModel):
    """One page of uploads, newest first; `next` is the cursor of the next page."""

    items: list[UploadItemOut]
    next: Cursor


class ComplaintOut(BaseModel):
    """One error or warning. `file` is inside the package, and empty for the package itself."""

    file: str = Field(examples=["problem.yaml"])
    line: int | None = Field(examples=[3])
    message: str = Field(examples=["unknown key `tilte`; did you mean `title`?"])


class UploadedSubmissionOut(BaseModel):
    """One of the package's submissions: the verdicts that it may get, and the one that it got."""

    path: str = Field(examples=["submissions/wrong_answer/no_scale.py"])
    language: str = Field(examples=["pytorch"])
    expected: list[str] = Field(examples=[["WA"]])
    verdict: str | None = Field(description="Null if its language is not available here")
    ok: bool | None
    time_s: Seconds
    memory_bytes: Bytes
    killed_by: list[str] = Field(description="The tests that did not accept it")
    message: str
    diagnosis: str | None = Field(
        description="The known mistake that a user would be shown for it",
        examples=["The scale is missing."],
    )


class UploadOut(UploadItemOut):
    """An upload, and the results of its check so far."""

    errors: list[ComplaintOut]
    warnings: list[ComplaintOut]
    submissions: list[UploadedSubmissionOut]
    total_submissions: int | None = Field(
        description="How many of the package's submissions the check judges; null until the "
        "package is read, or if it can't be read",
        examples=[14],
    )
    becomes_version: int | None = Field(
        description="The version number that it would get if it were published now; null if it is "
        "refused or published already, and until the package is read",
        examples=[2],
    )
    attempt: int = Field(description="How many times the check was begun", examples=[1])
