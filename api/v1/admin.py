"""For admins: users, queues, workers, invitations, withdrawn problems, and the audit log."""

from typing import Annotated, Any

from fastapi import Depends, Path, Query, Request, Response

from api.auth import Admin, NotedAdmin
from api.services import PREFIX, Ctx
from api.v1.caching import NOT_MODIFIED, check_match, conditional, etag_of
from api.v1.pagination import link_header, next_cursor
from api.v1.params import Slug, cursor, limit, no_nul, problem_answers
from api.v1.routing import ApiRouter
from api.v1.schemas.accounts import (
    AccountChangeIn,
    AccountListOut,
    AccountOut,
    ActListOut,
    ActOut,
    QueueOut,
    WorkerOut,
)
from api.v1.schemas.admin import (
    HistoryOut,
    KnownProblemListOut,
    KnownProblemOut,
    MinuteOut,
    VersionListOut,
    VersionOut,
)
from api.v1.schemas.teams import InvitationIn, InvitationListOut, InvitationOut, NewInvitationOut
from judge import audit, monitoring, queue_history
from judge.accounts import management as accounts
from judge.accounts.users import Role
from judge.problems import versions
from judge.teams import invitations

router = ApiRouter(prefix=f"{PREFIX}/admin", tags=["admin"])
UserName = Annotated[str, Path(description="A user's name")]
Cursor = Annotated[Any, Depends(cursor)]
Limit = Annotated[int, Depends(limit)]

_READ = problem_answers(401, 403, 422, 503)


@router.get("/users", operation_id="listUsers", summary="All users", responses=_READ)
def list_users(
    request: Request, response: Response, ctx: Ctx, _admin: Admin, cursor: Cursor, limit: Limit
) -> AccountListOut:
    """All users, newest first."""
    page = accounts.list_accounts(ctx.db, cursor, limit)
    following = next_cursor(request, ctx, page.next)
    response.headers.update(link_header(request, following))
    items = [AccountOut.model_validate(item) for item in page.items]
    return AccountListOut(items=items, next=following)


@router.get(
    "/users/{name}",
    operation_id="getUser",
    summary="One user",
    response_model=AccountOut,
    responses={**NOT_MODIFIED, **problem_answers(401, 403, 404, 503)},
)
def get_user(request: Request, name: UserName, ctx: Ctx, _admin: Admin) -> Response:
    """One user. Send the ETag as `If-Match` when you change the user."""
    found = accounts.find_account(ctx.db, no_nul(name))
    return conditional(request, AccountOut.model_validate(found), {})


@router.patch(
    "/users/{name}",
    operation_id="changeUser",
    summary="Change a role or an address, ban, end a ban",
    responses=problem_answers(401, 403, 404, 409, 412, 413, 415, 422, 503),
)
def change_user(
    request: Request,
    name: UserName,
    body: AccountChangeIn,
    ctx: Ctx,
    admin: NotedAdmin,
    response: Response,
) -> AccountOut:
    """Change a user's role or address, or ban the user. A ban ends the user's tokens and removes
    the user from the boards. You can't change your own account here."""
    seen = accounts.find_account(ctx.db, no_nul(name))
    # Refuse the change if the user has changed since the admin read it (`If-Match`).
    check_match(request, AccountOut.model_validate(seen))
    role = None if body.role is None else Role(body.role)
    changed = accounts.change_account(
        ctx.db, seen, by=admin.user_id, role=role, banned=body.banned, address=body.address
    )
    answer = AccountOut.model_validate(changed)
    response.headers["ETag"] = etag_of(answer)
    return answer


@router.get("/queues", operation_id="listQueues", summary="The queues", responses=_READ)
def list_queues(ctx: Ctx, _admin: Admin) -> list[QueueOut]:
    """How many judgings wait and how many run, for each queue."""
    return [QueueOut.model_validate(one) for one in monitoring.read_queues(ctx.db)]


@router.get(
    "/queues/history", operation_id="getQueueHistory", summary="The last hour", responses=_READ
)
def get_queue_history(
    ctx: Ctx,
    _admin: Admin,
    minutes: Annotated[int, Query(ge=1, le=180, description="How many, up to now")] = 60,
) -> HistoryOut:
    """How many judgings waited and how long, minute by minute. After a very busy hour, only its
    newest 50,000 judgings are counted."""
    found = queue_history.read_history(ctx.db, minutes)
    return HistoryOut(
        items=[MinuteOut.model_validate(one) for one in found.minutes],
        num_judged=found.num_judged,
        wait_p50_s=found.wait_p50_s,
        wait_p95_s=found.wait_p95_s,
        judge_errors_today=found.judge_errors_today,
    )


@router.get("/workers", operation_id="listWorkers", summary="The workers", responses=_READ)
def list_workers(
    ctx: Ctx,
    _admin: Admin,
    silent: Annotated[
        bool, Query(description="Also list workers whose last heartbeat is up to an hour old")
    ] = False,
) -> list[WorkerOut]:
    """The workers that are alive, and what each one runs."""
    found = monitoring.read_workers(ctx.db, silent=silent)
    return [WorkerOut.model_validate(one) for one in found]


@router.get("/audit", operation_id="listActs", summary="What admins did", responses=_READ)
def list_acts(
    request: Request, response: Response, ctx: Ctx, _admin: Admin, cursor: Cursor, limit: Limit
) -> ActListOut:
    """The audit log, newest first. Its entries are never changed."""
    page = audit.list_acts(ctx.db, cursor, limit)
    following = next_cursor(request, ctx, page.next)
    response.headers.update(link_header(request, following))
    return ActListOut(items=[ActOut.model_validate(one) for one in page.items], next=following)


@router.post(
    "/invitations",
    operation_id="createAccountInvitation",
    status_code=201,
    summary="Invite to make an account",
    responses=problem_answers(401, 403, 409, 413, 415, 422, 503),
)
def create_account_invitation(
    body: InvitationIn, ctx: Ctx, admin: Admin, response: Response
) -> NewInvitationOut:
    """Make an invitation, with which `POST /users` works while sign-up is closed. Only this answer
    shows its secret."""
    secret, made = invitations.invite_to_service(
        ctx.db, by=admin.user_id, ttl_s=body.ttl_s, max_uses=body.max_uses
    )
    response.headers["Cache-Control"] = "no-store"
    known = InvitationOut.model_validate(made).model_dump()
    return NewInvitationOut(**known, invite=secret, link=f"/sign-in?invite={secret}")


@router.get(
    "/invitations",
    operation_id="listAccountInvitations",
    summary="Open invitations",
    responses=_READ,
)
def list_account_invitations(ctx: Ctx, _admin: Admin) -> InvitationListOut:
    """The invitations that still work, newest first."""
    found = invitations.list_invitations(ctx.db, None)
    return InvitationListOut(items=[InvitationOut.model_validate(one) for one in found])


@router.delete(
    "/invitations/{id}",
    operation_id="revokeAccountInvitation",
    status_code=204,
    summary="Revoke an invitation",
    responses=problem_answers(401, 403, 404, 503),
)
def revoke_account_invitation(
    id: Annotated[str, Path(description="The invitation's id")], ctx: Ctx, _admin: Admin
) -> None:
    """End an invitation: nobody can sign up with it any more."""
    invitations.revoke_to_service(ctx.db, no_nul(id))


@router.get(
    "/problems",
    operation_id="listKnownProblems",
    summary="All problems, withdrawn ones too",
    responses=_READ,
)
def list_known_problems(ctx: Ctx, _admin: Admin) -> KnownProblemListOut:
    """Every problem with its newest version, whether it is offered or withdrawn."""
    found = versions.known_problems(ctx.db)
    return KnownProblemListOut(items=[KnownProblemOut.model_validate(one) for one in found])


@router.get(
    "/problems/{slug}/versions",
    operation_id="listVersions",
    summary="A problem's versions",
    responses=problem_answers(401, 403, 404, 503),
)
def list_versions(slug: Slug, ctx: Ctx, _admin: Admin) -> VersionListOut:
    """All versions that were ever published, and who published each."""
    found = versions.list_versions(ctx.db, slug)
    return VersionListOut(items=[VersionOut.model_validate(one) for one in found])


_WITHDRAWN = problem_answers(401, 403, 404, 503)


@router.put(
    "/problems/{slug}/withdrawn",
    operation_id="withdrawProblem",
    status_code=204,
    summary="Withdraw a problem",
    responses=_WITHDRAWN,
)
def withdraw_problem(slug: Slug, ctx: Ctx, admin: NotedAdmin) -> None:
    """Remove the problem from the list and the boards. Its submissions stay."""
    monitoring.withdraw_problem(ctx.db, slug, by=admin.user_id, withdrawn=True)


@router.delete(
    "/problems/{slug}/withdrawn",
    operation_id="bringProblemBack",
    status_code=204,
    summary="Bring a withdrawn problem back",
    responses=_WITHDRAWN,
)
def bring_problem_back(slug: Slug, ctx: Ctx, admin: NotedAdmin) -> None:
    """Put the problem back on the list and the boards. Earlier solutions count again."""
    monitoring.withdraw_problem(ctx.db, slug, by=admin.user_id, withdrawn=False)
