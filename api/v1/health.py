"""Routes for monitoring: whether the service is alive, whether it can judge, and its metrics."""

import ipaddress
import secrets
from contextlib import suppress

from fastapi import APIRouter, Request
from redis.exceptions import RedisError
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response

from api import error_types as kinds
from api.auth import authenticate, bearer_token
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
# These headers show that a request came through a proxy. Then its client may be on another machine,
# even if the proxy is on this one.
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"


@router.get("/healthz", operation_id="getHealth", summary="Whether the process answers")
async def get_health() -> HealthOut:
    """200 as long as the process answers. Nothing else is checked."""
    return HealthOut()


@router.get(
    "/readyz",
    operation_id="getReadiness",
    summary="Whether submissions can be judged",
    responses=problem_answers(503),
)
def get_readiness(ctx: Ctx) -> ReadyOut:
    """200 if the database, the broker and a worker are up; else 503, and `parts` says which of
    them are down. `labels` says whether submissions wait for labels that no running worker has; the
    others are judged. `judging` says whether an admin has paused it: new submissions wait then."""
    parts = {"database": _database(ctx), "broker": _broker(ctx.settings.broker_url)}
    # Workers are rows in the database: without it their state is unknown.
    parts["worker"] = (
        _worker(ctx) if parts["database"].up else _down("Unknown without the database")
    )
    down = [name for name, part in parts.items() if not part.up]
    # If no worker has some label, only the submissions that need it wait: the service is ready.
    if not down:
        parts["labels"] = _labels(ctx)
        parts["judging"] = PartOut(up=True, detail="not paused")
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
    working = [each for each in alive if not each.is_drained]
    if not working:
        return _down("Every worker is drained; submissions wait until one takes work")
    # Workers run, but no language works: their sandboxes could not be started.
    if not any(any(each.languages.values()) for each in working):
        return _down("No worker's sandbox works; submissions wait until one does")
    drained = f", {len(alive) - len(working)} drained" if len(working) < len(alive) else ""
    return PartOut(up=True, detail=f"{len(alive)} alive{drained}")


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
    """Requests by route, the queues, verdicts and failures of the last minutes, and running
    workers, in Prometheus' text format.

    Allowed with an admin's token or the token of the setting `SHOUSI_METRICS_TOKEN`; and without
    one from this machine, if the service listens only on this machine and is behind no proxy.
    """
    await _check_metrics_reader(request, ctx)
    return await run_in_threadpool(_metrics, ctx)


async def _check_metrics_reader(request: Request, ctx: Services) -> None:
    given = bearer_token(request)
    wanted = ctx.settings.metrics_token
    # In constant time, as for every secret.
    if wanted and secrets.compare_digest(given.encode(), wanted.encode()):
        return
    forwarded = any(name in request.headers for name in _FORWARDED)
    # Server and client are on this machine, without a proxy: only its own users can connect.
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
    # While the database is down, the answer still has the metrics of requests.
    with suppress(UnavailableError):
        measures = read_measures(ctx.db)
    return Response(ctx.metrics.text() + service_metrics(measures), media_type=PROMETHEUS)
