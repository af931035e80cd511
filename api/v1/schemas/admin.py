"""The bodies of answers about problems as admins see them."""

from pydantic import BaseModel, Field

from api.v1.schemas.submissions import Answer, Time


class KnownProblemOut(Answer):
    """A problem, offered or withdrawn, with its newest version."""

    slug: str = Field(examples=["maxsubarray"])
    title: dict[str, str] = Field(description="By language", examples=[{"en": "Maximum subarray"}])
    kind: str = Field(examples=["function"])
    version: int = Field(examples=[2])
    published_at: Time
    withdrawn_at: Time | None


class KnownProblemListOut(BaseModel):
    """All problems, by slug."""

    items: list[KnownProblemOut]


class VersionOut(Answer):
    """One version of a problem. `user` and `file_name` are empty for one that came with Shousi."""

    number: int = Field(examples=[2])
    sha256: str = Field(examples=["9f86d081884c..."])
    created_at: Time
    user: str = Field(examples=["ada"])
    file_name: str = Field(examples=["maxsubarray.zip"])


class VersionListOut(BaseModel):
    """A problem's versions, newest first."""

    items: list[VersionOut]


class MinuteOut(Answer):
    """A minute of the queues: how many judgings waited at its end, how many began in it, and how
    long those had waited (the median and the 95th percentile; null if none began)."""

    at: Time
    waiting: int = Field(examples=[3])
    started: int = Field(examples=[41])
    wait_p50_s: float | None = Field(examples=[0.05])
    wait_p95_s: float | None = Field(examples=[0.4])


class HistoryOut(BaseModel):
    """Minutes, oldest first; the last one is not over yet. The other members sum up all of them."""

    items: list[MinuteOut]
    num_judged: int = Field(description="Judgings that have ended", examples=[1284])
    wait_p50_s: float | None = Field(
        description="The median wait of the judgings that began", examples=[0.09]
    )
    wait_p95_s: float | None = Field(description="The wait's 95th percentile", examples=[0.28])
    judge_errors_today: int = Field(description="Verdicts JE since midnight (UTC)", examples=[0])
