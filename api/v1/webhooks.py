"""Webhooks: send events to a user's URL; see `docs/webhooks.md`."""

from typing import Annotated, Any

from fastapi import Depends, Path, Request, Response

from api.auth import Owner, Reader, require_scope
from api.services import PREFIX, Ctx
from api.v1.pagination import link_header, next_cursor
from api.v1.params import cursor, limit, no_nul, problem_answers
from api.v1.routing import ApiRouter
from api.v1.schemas.webhooks import (
    DeliveryListOut,
    DeliveryOut,
    NewWebhookOut,
    WebhookIn,
    WebhookListOut,
    WebhookOut,
)
from judge.accounts.users import Scope
from judge.webhooks import deliveries, hooks
from judge.webhooks.addresses import checked_url
from judge.webhooks.hooks import HookPlan

router = ApiRouter(prefix=f"{PREFIX}/webhooks", tags=["webhooks"])
HookId = Annotated[str, Path(description="The webhook's id")]
DeliveryId = Annotated[str, Path(description="The message's id")]


@router.post(
    "",
    operation_id="createWebhook",
    status_code=201,
    summary="Make a webhook",
    responses=problem_answers(401, 403, 404, 409, 413, 415, 422, 503),
)
def create_webhook(
    body: WebhookIn, ctx: Ctx, principal: Owner, response: Response
) -> NewWebhookOut:
    """Send events to a URL: your own accepted submissions (`accepted`); with `team`, which you must
    own, its members' accepted submissions and changes of its board (`board`); with `problem`,
    changes of that problem's board; for admins, checked uploads (`upload`). Only this answer shows
    the secret."""
    if body.team is not None:
        require_scope(principal, Scope.TEAMS)
    url = checked_url(body.url, ctx.settings.webhook_rules)
    plan = HookPlan(url, body.events, body.team, body.problem)
    secret, made = hooks.create_hook(ctx.db, principal.user_id, plan, is_admin=principal.is_admin)
    response.headers["Location"] = f"{PREFIX}/webhooks/{made.id}"
    response.headers["Cache-Control"] = "no-store"
    return NewWebhookOut(**WebhookOut.model_validate(made).model_dump(), secret=secret)


@router.get(
    "",
    operation_id="listWebhooks",
    summary="My webhooks",
    responses=problem_answers(401, 403, 503),
)
def list_webhooks(ctx: Ctx, principal: Reader) -> WebhookListOut:
    """Your webhooks, oldest first, without their secrets."""
    found = hooks.list_hooks(ctx.db, principal.user_id)
    return WebhookListOut(items=[WebhookOut.model_validate(one) for one in found])


@router.get(
    "/{id}",
    operation_id="getWebhook",
    summary="One webhook",
    responses=problem_answers(401, 403, 404, 503),
)
def get_webhook(id: HookId, ctx: Ctx, principal: Reader) -> WebhookOut:
    """One of your webhooks."""
    return WebhookOut.model_validate(hooks.find_hook(ctx.db, principal.user_id, no_nul(id)))


@router.delete(
    "/{id}",
    operation_id="deleteWebhook",
    status_code=204,
    summary="Delete a webhook",
    responses=problem_answers(401, 403, 404, 503),
)
def delete_webhook(id: HookId, ctx: Ctx, principal: Owner) -> None:
    """Delete a webhook. Messages that still wait are not sent any more."""
    hooks.delete_hook(ctx.db, principal.user_id, no_nul(id))


@router.post(
    "/{id}/test",
    operation_id="testWebhook",
    status_code=202,
    summary="Test a webhook",
    responses=problem_answers(401, 403, 404, 409, 503),
)
def send_test(id: HookId, ctx: Ctx, principal: Owner) -> DeliveryOut:
    """Send a message of type `test`, signed like all others; the deliveries show its result. Only
    one test message may wait at a time."""
    made = deliveries.send_test(ctx.db, principal.user_id, no_nul(id))
    return DeliveryOut.model_validate(made)


@router.get(
    "/{id}/deliveries",
    operation_id="listDeliveries",
    summary="A webhook's messages",
    responses=problem_answers(401, 403, 404, 422, 503),
)
def list_deliveries(
    request: Request,
    id: HookId,
    ctx: Ctx,
    principal: Reader,
    response: Response,
    cursor: Annotated[Any, Depends(cursor)],
    limit: Annotated[int, Depends(limit)],
) -> DeliveryListOut:
    """A webhook's messages, newest first, with the result of each one's last attempt. A message is
    deleted a week after it was delivered or set aside."""
    found, following = deliveries.list_deliveries(
        ctx.db, principal.user_id, no_nul(id), cursor, limit
    )
    sealed = next_cursor(request, ctx, following)
    response.headers.update(link_header(request, sealed))
    items = [DeliveryOut.model_validate(one) for one in found]
    return DeliveryListOut(items=items, next=sealed)


@router.post(
    "/{id}/deliveries/{delivery}/resend",
    operation_id="resendDelivery",
    status_code=202,
    summary="Send a message again",
    responses=problem_answers(401, 403, 404, 409, 503),
)
def resend_delivery(id: HookId, delivery: DeliveryId, ctx: Ctx, principal: Owner) -> DeliveryOut:
    """Send a message again that was set aside: it keeps its id, is due now, and has as many
    attempts as a new one."""
    waiting = deliveries.send_again(ctx.db, principal.user_id, no_nul(id), no_nul(delivery))
    return DeliveryOut.model_validate(waiting)
