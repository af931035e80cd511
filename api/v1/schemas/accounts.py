"""The bodies of sessions, profiles and admins' answers. Times are epoch seconds."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from api.v1.schemas.submissions import Answer, Id, Line, Request, State, Text, Time, UserOut
from api.v1.schemas.teams import NextCursor, OptionalTime, Slug, UserName
from judge.accounts.preferences import PageLanguage, Theme
from judge.states import Purpose
from judge.verdict import Verdict


class SessionIn(Request):
    """Name and password, or the secret of a one-time link; `guest` needs none of them."""

    name: Text | None = Field(default=None, examples=["ada"])
    password: Text | None = Field(default=None, examples=["correct horse battery"])
    link: Line | None = Field(default=None, max_length=200)
    guest: bool = Field(default=False, description="Begin without an account; see claimAccount")


class PasswordIn(Request):
    """The current password and the new one."""

    old_password: Text = Field(examples=["correct horse battery"])
    new_password: Text = Field(examples=["staple battery horse"])


class PreferencesIn(Request):
    """Your choices for the pages. A member left out stays as it is; null deletes the choice."""

    theme: Theme | None = Field(default=None, examples=["dark"])
    language: PageLanguage | None = Field(default=None, examples=["zh"])


class PreferencesOut(Answer):
    """Your choices for the pages; null if you have not chosen."""

    theme: Theme | None = Field(examples=["dark"])
    language: PageLanguage | None = Field(examples=["zh"])


class SessionOut(UserOut):
    """The user who is signed in; the session itself is in the cookie."""


class SolvedOut(Answer):
    """A solved problem."""

    slug: Slug
    time: Time
    num_judged: int = Field(
        description="Tries up to the first accepted one, without CE and JE", examples=[2]
    )
    best_s: float | None = Field(
        description="CPU seconds of the fastest accepted submission; null if none was measured",
        examples=[0.031],
    )


class TopicOut(Answer):
    """A tag, and how many of its problems are solved."""

    tag: str = Field(examples=["attention"])
    num_solved: int = Field(examples=[1])
    num_problems: int = Field(examples=[6])


class DayOut(Answer):
    """A day (UTC) on which something was submitted."""

    date: str = Field(examples=["2026-11-21"])
    num_judged: int = Field(examples=[3])
    num_accepted: int = Field(examples=[1])


class ProfileOut(Answer):
    """A user's public profile. Streaks count days in a row with an accepted submission."""

    name: UserName
    created_at: Time
    score: int = Field(examples=[6])
    rank: int | None = Field(
        description="On the board of all time; null until a problem is solved", examples=[31]
    )
    num_solved: int = Field(examples=[3])
    solved: list[SolvedOut]
    topics: list[TopicOut] = Field(description="The topic with the most solved comes first")
    current_streak: int = Field(examples=[2])
    longest_streak: int = Field(examples=[9])
    days: list[DayOut]


class ToldMistakeOut(BaseModel):
    """A known mistake that was found in your submissions to one problem. `submission` is the newest
    of these; `solved_since` says whether a later one was accepted."""

    problem: Slug
    line: str = Field(
        description="What the mistake is, in the reader's language",
        examples=["It starts from 0, so that negative numbers alone give 0."],
    )
    submission: Id
    verdict: Verdict
    submitted_at: Time
    num_told: int = Field(description="In how many submissions it was found", examples=[2])
    solved_since: bool = Field(examples=[False])


class ToldMistakeListOut(BaseModel):
    """The mistakes that were found last, newest first; without those of withdrawn problems."""

    items: list[ToldMistakeOut]


class AccountOut(Answer):
    """A user, as admins see one."""

    id: Id
    name: UserName
    role: Literal["guest", "user", "admin"]
    created_at: Time
    banned_at: OptionalTime
    address: str | None = Field(
        description="The address by which single sign-on finds the account; null if it has none",
        examples=["ada@example.org"],
    )


class AccountListOut(BaseModel):
    """A page of users, newest first."""

    items: list[AccountOut]
    next: NextCursor


class AccountChangeIn(Request):
    """What to change. Members that are left out stay as they are."""

    role: Literal["user", "admin"] | None = Field(default=None, examples=["user"])
    banned: bool | None = Field(default=None, strict=True, examples=[False])
    address: Line | None = Field(
        default=None,
        max_length=254,
        description="The address by which single sign-on finds the account; an empty text deletes "
        "it. A new address ends the account's links to providers.",
        examples=["ada@example.org"],
    )


class QueueOut(Answer):
    """A queue: how many judgings wait and run, of how many users, and how long the oldest has
    waited."""

    queue: str = Field(examples=["interactive"])
    queued: int = Field(examples=[12])
    running: int = Field(examples=[2])
    oldest_s: float | None = Field(examples=[0.8])
    users: int = Field(examples=[5])
    missing_labels: list[str] = Field(
        description="Labels that it requires and no running worker has: all its judgings wait",
        examples=[[]],
    )


class RunningOut(Answer):
    """A judging that a worker runs."""

    submission: Id
    problem: Slug
    user: UserName
    language: str = Field(examples=["python3"])
    purpose: Purpose
    attempt: int = Field(examples=[1])
    tests_done: int = Field(description="How many tests have their result", examples=[12])
    total_tests: int | None = Field(
        description="Null until the first test has its result", examples=[39]
    )
    started_at: OptionalTime


class LostOut(Answer):
    """A judging that a worker held when its heartbeats stopped."""

    submission: Id
    problem: Slug
    user: UserName
    language: str = Field(examples=["python3"])
    purpose: Purpose
    state: State = Field(description="Its state now")
    requeued_to: str | None = Field(
        description="The id of the worker that has it now, or has judged it; null while it waits, "
        "or if no attempt was left",
        examples=["host-4712-c2d3"],
    )


class WorkerOut(Answer):
    """A worker; it is alive if its last heartbeat is less than a minute old."""

    id: str = Field(examples=["host-4711-a0b1"])
    host: str = Field(examples=["host"])
    pid: int = Field(examples=[4711])
    started_at: Time
    seen_at: Time
    alive: bool
    languages: list[str] = Field(examples=[["python3", "pytorch"]])
    labels: list[str] = Field(description="SHOUSI_WORKER_LABELS", examples=[["gpu"]])
    draining_at: OptionalTime = Field(description="Since then it takes no judgings")
    drained: bool = Field(description="It takes no judgings, and has finished all of its own")
    running: list[RunningOut]
    lost: list[LostOut] = Field(
        description="If it is not alive: the judgings that it held; each is listed only at the "
        "last worker that lost it"
    )


class ActOut(Answer):
    """What an admin did."""

    id: int = Field(examples=[17])
    actor: UserName
    action: str = Field(examples=["changeUser"])
    target: str = Field(examples=["eve"])
    data: dict[str, Any] = Field(examples=[{"banned": True}])
    at: Time


class ActListOut(BaseModel):
    """A page of the audit log, newest first."""

    items: list[ActOut]
    next: NextCursor
