"""The bodies of drafts."""

from pydantic import Field

from api.v1.schemas.submissions import Answer, Request, Text, Time

_SOURCE = "def max_subarray(nums):\n    best ="


class DraftIn(Request):
    """The draft to store; it may be empty."""

    source: Text = Field(examples=[_SOURCE])


class DraftOut(Answer):
    """The stored draft, and when it was stored."""

    problem: str = Field(examples=["maxsubarray"])
    language: str = Field(examples=["python3"])
    source: str = Field(examples=[_SOURCE])
    updated_at: Time
