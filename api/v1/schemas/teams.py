"""The bodies of teams, practice sets and activity. Times are epoch seconds."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from api.v1.schemas.submissions import Answer, Id, Line, Request, Time
from judge.verdict import Verdict

TeamRole = Literal["owner", "member", "admin"]
UserName = Annotated[str, Field(examples=["ada"])]
Slug = Annotated[str, Field(examples=["maxsubarray"])]
# 1e11 is a time in the year 5138.
Date = Annotated[float | None, Field(ge=0, le=1e11, allow_inf_nan=False, examples=[1790000000.0])]
OptionalTime = Annotated[float | None, Field(examples=[1790000000.0])]
NextCursor = Annotated[str | None, Field(examples=["8kq0…"])]


class TeamIn(Request):
    """A new team's name. The rules are those of user names, but single spaces are allowed."""

    name: Line = Field(examples=["Tuesday group"])


class TeamOut(Answer):
    """A team, and your role in it."""

    slug: str = Field(examples=["tuesday-group"])
    name: str = Field(examples=["Tuesday group"])
    owner: UserName
    role: TeamRole
    num_members: int = Field(description="Including the owner", examples=[6])
    created_at: Time


class TeamListOut(BaseModel):
    """The teams that you are a member of."""

    items: list[TeamOut]
    next: None = None


class MemberOut(Answer):
    """A member of a team."""

    user: UserName
    role: TeamRole
    joined_at: Time
    num_solved: int = Field(description="All problems that they have solved", examples=[7])
    last_active_at: OptionalTime = Field(
        description="The time of the last submission; null if there is none"
    )


class MemberListOut(BaseModel):
    """A team's members, in the order in which they joined."""

    items: list[MemberOut]
    next: None = None


class ActOut(Answer):
    """A member's submission that has a verdict. `submission` is null if you may not open it,
    because it is another member's, to a problem that you haven't both solved."""

    submission: Id | None
    user: UserName
    problem: Slug
    verdict: Verdict = Field(examples=["AC"])
    created_at: Time = Field(description="When it was submitted")


class ActivityOut(BaseModel):
    """The members' last submissions, newest first."""

    items: list[ActOut]
    next: None = None


class JoinIn(Request):
    """The secret of an invitation."""

    invite: Line = Field(max_length=200, examples=["invite_1x8Zk0-q..."])


class OwnerIn(Request):
    """The new owner, who must be a member of the team."""

    user: Line = Field(examples=["ada"])


class InvitationIn(Request):
    """How long an invitation works, and for how many people."""

    ttl_s: float = Field(default=7 * 86400.0, gt=0, le=90 * 86400, examples=[86400])
    max_uses: int = Field(default=1, ge=1, le=200, strict=True, examples=[1])


class InvitationOut(Answer):
    """An invitation, without its secret."""

    id: Id
    created_by: UserName
    created_at: Time
    expires_at: Time
    max_uses: int = Field(examples=[1])
    uses: int = Field(examples=[0])


class NewInvitationOut(InvitationOut):
    """A new invitation: its secret, shown only in this answer, and a link to pass on."""

    invite: str = Field(examples=["invite_1x8Zk0-q..."])
    link: str = Field(examples=["/teams/tuesday-group/join?invite=invite_1x8Zk0-q..."])


class InvitationPreviewOut(Answer):
    """The team that you can join, and until when the invitation works."""

    slug: str = Field(examples=["tuesday-group"])
    name: str = Field(examples=["Tuesday group"])
    owner: UserName
    num_members: int = Field(examples=[6])
    created_by: UserName = Field(description="Who invites you")
    expires_at: Time


class InvitationListOut(BaseModel):
    """The invitations that still work, newest first."""

    items: list[InvitationOut]
    next: None = None


class PracticeIn(Request):
    """A practice set: problems in order, and two dates. A null date sets no bound."""

    name: Line = Field(min_length=1, max_length=100, examples=["Attention week"])
    problems: list[Line] = Field(min_length=1, max_length=50, examples=[["maxsubarray"]])
    starts_at: Date = None
    ends_at: Date = None


class PracticeOut(Answer):
    """A practice set."""

    id: Id
    name: str = Field(examples=["Attention week"])
    problems: list[Slug]
    starts_at: OptionalTime
    ends_at: OptionalTime
    created_at: Time


class PracticeListOut(BaseModel):
    """A team's practice sets, newest first."""

    items: list[PracticeOut]
    next: None = None
