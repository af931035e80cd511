"""Teams: make, read, delete, invite, join, leave, remove, hand over. Only members and admins can
see a team."""

from typing import Annotated
from urllib.parse import quote

from fastapi import Path, Query, Request, Response

from api.auth import Member, Reader
from api.services import PREFIX, Ctx, Services
from api.v1.caching import NOT_MODIFIED, conditional
from api.v1.params import no_nul, problem_answers
from api.v1.routing import ApiRouter
from api.v1.schemas.teams import (
    ActivityOut,
    ActOut,
    InvitationIn,
    InvitationListOut,
    InvitationOut,
    InvitationPreviewOut,
    JoinIn,
    MemberListOut,
    MemberOut,
    NewInvitationOut,
    OwnerIn,
    TeamIn,
    TeamListOut,
    TeamOut,
)
from judge.accounts.users import Principal
from judge.teams import activity, invitations, membership
from judge.teams.membership import Team

router = ApiRouter(prefix=PREFIX, tags=["teams"])
Slug = Annotated[str, Path(description="The team's name in addresses")]
UserName = Annotated[str, Path(description="A member's name")]
InvitationId = Annotated[str, Path(description="The invitation's id")]

READ_ANSWERS = problem_answers(401, 403, 404, 503)
WRITE_ANSWERS = {**READ_ANSWERS, **problem_answers(409, 413, 415, 422)}


def team_of(ctx: Services, principal: Principal, slug: str) -> Team:
    """Return the team, for its members and for admins; NotFoundError (404) for everybody else."""
    return membership.find_team(
        ctx.db, no_nul(slug), principal.user_id, is_admin=principal.is_admin
    )


@router.post(
    "/teams",
    operation_id="createTeam",
    status_code=201,
    summary="Make a team",
    responses=problem_answers(401, 403, 409, 413, 415, 422, 503),
)
def create_team(body: TeamIn, ctx: Ctx, principal: Member, response: Response) -> TeamOut:
    """Make a team. You become its owner."""
    team = membership.create_team(ctx.db, principal.user_id, body.name)
    response.headers["Location"] = f"{PREFIX}/teams/{quote(team.slug)}"
    return TeamOut.model_validate(team)


@router.get(
    "/teams",
    operation_id="listTeams",
    summary="My teams",
    responses=problem_answers(401, 403, 503),
)
def list_teams(ctx: Ctx, principal: Reader) -> TeamListOut:
    """The teams that you are a member of, sorted by slug."""
    teams = membership.list_teams(ctx.db, principal.user_id)
    return TeamListOut(items=[TeamOut.model_validate(team) for team in teams])


@router.get(
    "/teams/{slug}",
    operation_id="getTeam",
    summary="One team",
    response_model=TeamOut,
    responses={**NOT_MODIFIED, **READ_ANSWERS},
)
def get_team(request: Request, slug: Slug, ctx: Ctx, principal: Reader) -> Response:
    """One team. Only its members and admins can see it."""
    return conditional(request, TeamOut.model_validate(team_of(ctx, principal, slug)), {})


@router.delete(
    "/teams/{slug}",
    operation_id="deleteTeam",
    status_code=204,
    summary="Delete a team",
    responses=READ_ANSWERS,
)
def delete_team(slug: Slug, ctx: Ctx, principal: Member) -> None:
    """Delete the team, its invitations and practice sets. Submissions stay. Only the owner may."""
    membership.delete_team(ctx.db, team_of(ctx, principal, slug), by=principal.user_id)


@router.put(
    "/teams/{slug}/owner",
    operation_id="handTeamOver",
    summary="Change owner",
    responses=WRITE_ANSWERS,
)
def hand_team_over(slug: Slug, body: OwnerIn, ctx: Ctx, principal: Member) -> TeamOut:
    """Make another member the owner; you stay a member. Only the owner may."""
    team = team_of(ctx, principal, slug)
    return TeamOut.model_validate(
        membership.hand_over(ctx.db, team, body.user, by=principal.user_id)
    )


@router.get(
    "/teams/{slug}/members",
    operation_id="listMembers",
    summary="A team's members",
    responses=READ_ANSWERS,
)
def list_members(slug: Slug, ctx: Ctx, principal: Reader) -> MemberListOut:
    """The members, in the order in which they joined."""
    members = membership.list_members(ctx.db, team_of(ctx, principal, slug))
    return MemberListOut(items=[MemberOut.model_validate(member) for member in members])


@router.get(
    "/teams/{slug}/activity",
    operation_id="listActivity",
    summary="Members' last submissions",
    responses={**READ_ANSWERS, **problem_answers(422)},
)
def list_activity(
    slug: Slug,
    ctx: Ctx,
    principal: Reader,
    limit: Annotated[int, Query(ge=1, le=50, description="The most items")] = 10,
) -> ActivityOut:
    """The members' newest submissions that have a verdict, without runs: user, problem, verdict and
    time of each."""
    team = team_of(ctx, principal, slug)
    found = activity.recent_acts(
        ctx.db, team, principal.user_id, is_admin=principal.is_admin, limit=limit
    )
    return ActivityOut(items=[ActOut.model_validate(act) for act in found])


@router.post(
    "/teams/{slug}/members",
    operation_id="joinTeam",
    status_code=201,
    summary="Join a team",
    responses={**WRITE_ANSWERS, **problem_answers(410)},
)
def join_team(slug: Slug, body: JoinIn, ctx: Ctx, principal: Member) -> TeamOut:
    """Join the team with the secret of an invitation."""
    team = invitations.join_team(ctx.db, no_nul(slug), principal.user_id, body.invite)
    return TeamOut.model_validate(team)


@router.delete(
    "/teams/{slug}/members/{user}",
    operation_id="removeMember",
    status_code=204,
    summary="Leave, or remove a member",
    responses=problem_answers(401, 403, 404, 409, 503),
)
def remove_member(slug: Slug, user: UserName, ctx: Ctx, principal: Member) -> None:
    """Leave the team, or, as its owner, remove another member. An owner must hand the team over
    before leaving it."""
    team = team_of(ctx, principal, slug)
    membership.remove_member(ctx.db, team, no_nul(user), by=principal.user_id)


@router.post(
    "/teams/{slug}/invitations",
    operation_id="createInvitation",
    status_code=201,
    summary="Make an invitation",
    responses=WRITE_ANSWERS,
)
def create_invitation(
    slug: Slug, body: InvitationIn, ctx: Ctx, principal: Member, response: Response
) -> NewInvitationOut:
    """Make an invitation: a secret with which people can join. Only this answer shows the secret.
    Only the owner may."""
    team = team_of(ctx, principal, slug)
    secret, made = invitations.invite_to_team(
        ctx.db, team, by=principal.user_id, ttl_s=body.ttl_s, max_uses=body.max_uses
    )
    response.headers["Cache-Control"] = "no-store"
    known = InvitationOut.model_validate(made).model_dump()
    link = f"/teams/{quote(team.slug)}/join?invite={secret}"
    return NewInvitationOut(**known, invite=secret, link=link)


@router.get(
    "/teams/{slug}/invitations",
    operation_id="listInvitations",
    summary="Open invitations",
    responses=READ_ANSWERS,
)
def list_invitations(slug: Slug, ctx: Ctx, principal: Reader) -> InvitationListOut:
    """The invitations that still work, without their secrets."""
    found = invitations.list_invitations(ctx.db, team_of(ctx, principal, slug))
    return InvitationListOut(items=[InvitationOut.model_validate(one) for one in found])


@router.get(
    "/teams/{slug}/invitations/preview",
    operation_id="previewInvitation",
    summary="The team of an invitation",
    responses={**READ_ANSWERS, **problem_answers(409, 410, 422)},
)
def preview_invitation(
    slug: Slug,
    ctx: Ctx,
    principal: Reader,
    response: Response,
    invite: Annotated[
        str,
        Query(
            max_length=200, description="The invitation's secret", examples=["invite_1x8Zk0-q..."]
        ),
    ],
) -> InvitationPreviewOut:
    """The team that you can join with the invitation's secret. This doesn't use up the invitation.
    If the secret is wrong or you are a member already, the error is the same as of joining."""
    # The address contains a secret.
    response.headers["Cache-Control"] = "no-store"
    seen = invitations.preview_team(ctx.db, no_nul(slug), principal.user_id, no_nul(invite))
    return InvitationPreviewOut.model_validate(seen)


@router.delete(
    "/teams/{slug}/invitations/{id}",
    operation_id="revokeInvitation",
    status_code=204,
    summary="Revoke an invitation",
    responses=READ_ANSWERS,
)
def revoke_invitation(slug: Slug, id: InvitationId, ctx: Ctx, principal: Member) -> None:
    """End an invitation: nobody can join with it any more. Only the owner may."""
    team = team_of(ctx, principal, slug)
    invitations.revoke_invitation(ctx.db, team, no_nul(id), by=principal.user_id)
