"""The HTTP process.

Endpoints are plain functions in the thread pool, over one synchronous data layer; only waiting
(long polls, event streams) is async. Each app has its own settings, database, subscription and
metrics in `app.state.services`: nothing is global, and two apps can live in one process.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import cast

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from api.batched_calls import BatchedCalls
from api.cursors import Cursors
from api.errors import install_error_handlers
from api.middleware.body_limit import BodyLimit
from api.middleware.faults import CatchFaults
from api.middleware.idempotency import Idempotency
from api.middleware.request_metrics import CountRequests, HttpMetrics
from api.pages import account
from api.rate_limits import RateLimits
from api.services import PREFIX, Services
from api.subscriptions import Subscriptions
from api.v1 import (
    admin,
    boards,
    errors,
    events,
    health,
    languages,
    practice,
    problems,
    rejudges,
    session,
    submissions,
    teams,
    uploads,
    users,
)
from api.v1.openapi import DESCRIPTION, TAGS, DocumentedApp
from judge.accounts.secrets import signing_key
from judge.accounts.users import ensure_admin
from judge.db.migrate import upgrade
from judge.db.session import Database
from judge.events import Publisher
from judge.settings import Settings, get_settings

_PARTS = (
    *(users, session, account, problems, submissions, events),
    *(boards, teams, practice, uploads, rejudges, admin, languages, errors),
)
MULTIPART_BYTES = 4096
"""What a form adds to the one file in it."""
_Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(settings: Settings | None = None) -> FastAPI:
    """The whole API; `settings` are the environment's unless given."""
    chosen = settings or get_settings()
    metrics = HttpMetrics()
    app = DocumentedApp(
        title="Shousi",
        version="1",
        description=DESCRIPTION,
        openapi_url=f"{PREFIX}/openapi.json",
        openapi_tags=TAGS,
        # The framework's pages load their scripts from a foreign host.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(chosen, metrics),
    )
    # The last middleware added sees a request first.
    app.add_middleware(Idempotency, services=lambda: cast(Services, app.state.services))
    longer = {("POST", uploads.PATH): chosen.upload_limit_bytes + MULTIPART_BYTES}
    app.add_middleware(BodyLimit, limit_bytes=body_limit_bytes(chosen), longer=longer)
    install_error_handlers(app)
    app.add_middleware(CatchFaults)
    app.add_middleware(CountRequests, metrics=metrics)
    for part in _PARTS:
        app.include_router(part.router)
    app.include_router(health.router, prefix=PREFIX)
    # Again, where probes and scrapers look by habit.
    app.include_router(health.router, include_in_schema=False)
    return app


def body_limit_bytes(settings: Settings) -> int:
    """The longest body: a source and an own input, each with every character escaped (\\u00XX)."""
    return 2 * 6 * settings.source_limit_bytes + 65536


def _lifespan(settings: Settings, metrics: HttpMetrics) -> _Lifespan:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        publisher = Publisher(settings.broker_url)
        db = Database(settings.database_url, announce=publisher)
        subscriptions = Subscriptions(settings.broker_url)
        await run_in_threadpool(_prepare, db, settings)
        limits = RateLimits(settings)
        cursors = Cursors(await run_in_threadpool(signing_key, db, "cursors"))
        calls = BatchedCalls(db, settings)
        app.state.services = Services(settings, db, calls, subscriptions, metrics, cursors, limits)
        hearing = asyncio.create_task(subscriptions.run())
        try:
            yield
        finally:
            subscriptions.close()
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
            await run_in_threadpool(calls.close)
            await run_in_threadpool(limits.close)
            publisher.close()
            db.close()

    return lifespan


def _prepare(db: Database, settings: Settings) -> None:
    upgrade(db)
    if settings.admin_password:
        ensure_admin(db, settings.admin_password)
