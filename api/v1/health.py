"""For monitoring: is the service alive, can it judge, how much has it done."""

import ipaddress
import secrets
from contextlib import suppress

from fastapi import APIRouter, Request
from redis.exceptions import RedisError
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from api import error_types as kinds
from api.auth import authenticate
from api.errors import ProblemError
from api.rate_limits import address_of
from api.service_metrics import service_metrics
from api.services import Ctx, Services
from api.v1.params import problem_answers
from api.v1.schemas.submissions import HealthOut, PartOut, ReadyOut
from judge import broker, operating, workers
from judge.errors import UnavailableError
from judge.measures import read_measures
from judge.monitoring import ping, read_queues

router = APIRouter(tags=["health"])

BROKER_TIMEOUT_S = 1.0
# A request that came through a proxy is not from this machine, though the proxy is.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/healthz", operation_id="getHealth", summary="Does the process answer")
async def get_health() -> HealthOut:
    """200 as long as the process answers. Nothing else is checked."""
    return HealthOut()


@router.get(
    "/readyz",
    operation_id="getReadiness",
    summary="Can submissions be judged",
    responses=problem_answers(503),
)
def get_readiness(ctx: Ctx) -> ReadyOut:
    """200 when the database, the broker and a worker are up; else 503, and `parts` says which of
    them is not. `labels` says whether something waits that no living worker has the labels for;
    the rest is judged. `judging` says whether an admin has paused it: what is sent waits then."""
    parts = {"database": _database(ctx), "broker": _broker(ctx.settings.broker_url)}
    # Workers are rows: without the database nothing is known of them.
    parts["worker"] = _worker(ctx) if parts["database"].up else _down("The database knows")
    down = [name for name, part in parts.items() if not part.up]
    # What lacks a worker waits, but the service goes on judging the rest: it is ready.
    if not down:
        parts["labels"] = _labels(ctx)
        parts["judging"] = PartOut(up=True, detail="goes on")
        if pause := operating.read_pause(ctx.db):
            why = f": {pause.reason}" if pause.reason else ""
            parts["judging"] = _down(f"Paused by {pause.by}{why}")
    if down:
        detail = "; ".join(f"{name}: {parts[name].detail}" for name in down)
        extra = {"parts": {name: part.model_dump() for name, part in parts.items()}}
        raise ProblemError(kinds.NOT_READY, detail, headers={"Retry-After": "2"}, extra=extra)
    return ReadyOut(ready=True, parts=parts)


def _down(detail: str) -> PartOut:
    return PartOut(up=False, detail=detail)


def _database(ctx: Services) -> PartOut:
    try:
        ping(ctx.db)
    except UnavailableError as error:
        return _down(str(error))
    return PartOut(up=True, detail="answers")


def _broker(url: str) -> PartOut:
    try:
        with broker.connect(url, BROKER_TIMEOUT_S) as client:
            client.ping()
    except (RedisError, OSError):
        return _down("The broker does not answer; submissions wait until it does")
    return PartOut(up=True, detail="answers")


def _worker(ctx: Services) -> PartOut:
    alive = workers.alive(ctx.db)
    if not alive:
        return _down("No worker is alive; submissions wait until one is")
    # Alive, but no language works: a sandbox that could not be started.
    if not any(any(each.languages.values()) for each in alive):
        return _down("The worker's sandbox is not there; submissions wait until it is")
    return PartOut(up=True, detail=f"{len(alive)} alive")


def _labels(ctx: Services) -> PartOut:
    stuck = [queue for queue in read_queues(ctx.db) if queue.missing_labels and queue.queued]
    if not stuck:
        return PartOut(up=True, detail="nothing waits for a label")
    return _down(
        "; ".join(
            f"{queue.queued} in {queue.queue} until a worker has {', '.join(queue.missing_labels)}"
            for queue in stuck
        )
    )


@router.get(
    "/metrics",
    operation_id="getMetrics",
    summary="Counters for Prometheus",
    response_class=PlainTextResponse,
    responses=problem_answers(401, 403),
)
async def get_metrics(request: Request, ctx: Ctx) -> Response:
    """Requests by route, the queues, verdicts and failures of the last minutes, workers alive; as
    Prometheus' text.

    For an admin's token, the token of the setting `SHOUSI_METRICS_TOKEN`, or whoever asks from
    this machine a service that listens on this machine only and is behind no proxy.
    """
    await _check_metrics_reader(request, ctx)
    return await run_in_threadpool(_metrics, ctx)


async def _check_metrics_reader(request: Request, ctx: Services) -> None:
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    wanted = ctx.settings.metrics_token
    # In constant time, as for every secret.
    if wanted and secrets.compare_digest(given.encode(), wanted.encode()):
        return
    forwarded = any(name in request.headers for name in _FORWARDED)
    # Both ends on this machine, and no proxy in front: only its own people can ask.
    is_local = _is_loopback(ctx.settings.host) and _is_loopback(address_of(request))
    if is_local and not forwarded and not ctx.settings.trusted_proxies:
        return
    principal = await authenticate(request, ctx)
    if not principal.is_admin:
        raise ProblemError(kinds.FORBIDDEN, "The metrics are for admins of this service.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _metrics(ctx: Services) -> Response:
    measures = None
    # A scrape still tells of the requests while the database is away.
    with suppress(UnavailableError):
        measures = read_measures(ctx.db)
    return Response(ctx.metrics.text() + service_metrics(measures), media_type=PROMETHEUS)
