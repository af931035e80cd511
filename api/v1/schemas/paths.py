"""The bodies of learning paths."""

from pydantic import BaseModel, Field

from api.v1.schemas.teams import Slug
from judge.problems.progress import ProblemState


class StepOut(BaseModel):
    """A problem of a path. `after` are the path's problems that it builds on."""

    slug: Slug
    title: str = Field(examples=["Maximum subarray"])
    kind: str = Field(examples=["torch"])
    difficulty: str = Field(examples=["medium"])
    after: list[str] = Field(examples=[["multiheadattention"]])
    state: ProblemState
    is_next: bool = Field(description="Whether it is the first one that you have not solved")


class PathOut(BaseModel):
    """The problems with one tag, in their order."""

    tag: str = Field(examples=["attention"])
    num_solved: int = Field(examples=[1])
    problems: list[StepOut]


class PathListOut(BaseModel):
    """All paths, the longest first."""

    items: list[PathOut]
    next: None = None
