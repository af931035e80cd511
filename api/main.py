"""Build the HTTP process's app.

Endpoints are plain functions in the thread pool, over one synchronous data layer; only waiting
(long polls, event streams) is async. Each app has its own settings, database, subscription and
metrics in `app.state.services`: nothing is global, and two apps can live in one process.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from typing import cast

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from api.batched_calls import BatchedCalls
from api.cursors import Cursors
from api.errors import install_error_handlers
from api.middleware.body_limit import IN_FLIGHT_BYTES, BodyLimit
from api.middleware.faults import CatchFaults
from api.middleware.head import HeadAsGet
from api.middleware.idempotency import Idempotency
from api.middleware.plain_cookies import PlainCookies
from api.middleware.request_metrics import CountRequests, HttpMetrics
from api.middleware.token_first import TokenFirst
from api.pages import (
    account,
    home,
    preferences,
    profiles,
    single_sign_on,
    split,
    static_files,
    team_page,
    tokens,
)
from api.pages import boards as board_pages
from api.pages import interviews as interview_pages
from api.pages import problems as problem_pages
from api.pages import submissions as submission_pages
from api.pages import submitting as submit_pages
from api.pages import teams as team_pages
from api.pages.admin import people as admin_people
from api.pages.admin import problems as admin_problems
from api.pages.admin import queues as admin_queues
from api.pages.admin import uploads as admin_uploads
from api.pages.error_pages import error_page
from api.rate_limits import RateLimits
from api.services import PREFIX, Services
from api.subscriptions import Subscriptions
from api.v1 import (
    admin,
    batches,
    boards,
    drafts,
    errors,
    events,
    health,
    interviews,
    languages,
    operating,
    paths,
    practice,
    problems,
    rejudges,
    session,
    submissions,
    team_events,
    teams,
    uploads,
    users,
    webhooks,
)
from api.v1.openapi import DESCRIPTION, TAGS, DocumentedApp
from api.v1.schemas.batches import MOST_SOURCES
from api.webhook_sender import send_webhooks
from judge.accounts.secrets import signing_key
from judge.accounts.users import ensure_admin
from judge.bounded_cache import BoundedCache
from judge.db.migrate import upgrade
from judge.db.session import Database
from judge.events import Publisher
from judge.problems.counts import ProblemCounts
from judge.settings import Settings, get_settings
from judge.sso.relying_party import RelyingParty

_PARTS = (
    # A request's path is searched in this order: the most used routes come first.
    *(submissions, events, problems, users, session, drafts, batches),
    *(boards, teams, team_events, practice, interviews, paths, uploads, rejudges, admin, operating),
    *(webhooks, languages, errors),
)
_PAGES = (
    *(static_files, home, problem_pages, submit_pages, submission_pages, board_pages),
    *(
        team_pages,
        team_page,
        interview_pages,
        profiles,
        account,
        single_sign_on,
        tokens,
        preferences,
        split,
    ),
    *(admin_people, admin_problems, admin_queues, admin_uploads),
)
OTHER_BODY_BYTES = 16384
"""The limit of a body without a source: enough for a practice set of 100 problems."""
_UPLOADS = {("POST", uploads.PATH), ("POST", admin_uploads.PATH)}
MULTIPART_BYTES = 4096
"""The bytes that a multipart form adds to the one file in it."""
_RENDERED_BYTES = 8 << 20
"""The size of the cache that holds finished submissions as JSON."""
_Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the app with the API and the pages; `settings` default to the environment's."""
    chosen = settings or get_settings()
    metrics = HttpMetrics()
    app = DocumentedApp(
        title="Shousi",
        version="1",
        description=DESCRIPTION,
        openapi_url=f"{PREFIX}/openapi.json",
        openapi_tags=TAGS,
        # The framework's documentation pages load their scripts from another host.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan(chosen, metrics),
    )
    # The last middleware added sees a request first.
    services = partial(_services_of, app)
    app.add_middleware(Idempotency, services=services)
    app.add_middleware(TokenFirst, services=services)
    app.add_middleware(
        BodyLimit,
        limit_of=partial(body_limit, chosen),
        in_flight_bytes=in_flight_bytes(chosen),
        is_kept=_is_kept,
    )
    install_error_handlers(app)
    app.add_middleware(PlainCookies)
    app.add_middleware(CatchFaults)
    app.add_middleware(CountRequests, metrics=metrics)
    app.add_middleware(HeadAsGet)
    for part in (*_PARTS, *_PAGES):
        app.include_router(part.router)
    app.state.error_page = error_page
    app.include_router(health.router, prefix=PREFIX)
    # Also without the prefix, where probes and scrapers look by default.
    app.include_router(health.router, include_in_schema=False)
    return app


def body_limit(settings: Settings, method: str, path: str) -> int:
    """Return how many bytes the body of a request to `path` may have."""
    if (method, path) in _UPLOADS:
        return settings.upload_limit_bytes + MULTIPART_BYTES
    if path == batches.PATH:
        # JSON may escape every character, and adds some more around each source.
        return 6 * settings.batch_limit_bytes + MOST_SOURCES * 1024 + OTHER_BODY_BYTES
    if path.endswith(("/submissions", "/runs")) or "/drafts/" in path:
        # A source and the user's own input; JSON may escape every character of them (\\u00XX).
        return 2 * 6 * settings.source_limit_bytes + OTHER_BODY_BYTES
    return OTHER_BODY_BYTES


def in_flight_bytes(settings: Settings) -> int:
    """Return how many bytes all bodies in this process's memory may have together: its share of
    what all processes may keep, but enough for one body of any allowed size."""
    longest = max(body_limit(settings, "POST", path) for path in (batches.PATH, "/submissions"))
    # The launcher sets how many processes there are.
    return max(longest, IN_FLIGHT_BYTES // (settings.api_processes or 1))


def _is_kept(method: str, path: str) -> bool:
    """Whether the body is kept in memory: an upload's is written to a temporary file."""
    return (method, path) not in _UPLOADS


def _services_of(app: FastAPI) -> Services:
    return cast(Services, app.state.services)


def _lifespan(settings: Settings, metrics: HttpMetrics) -> _Lifespan:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        publisher = Publisher(settings.broker_url)
        db = Database(settings.database_url, announce=publisher, alike=settings.api_processes or 1)
        subscriptions = Subscriptions(settings.broker_url)
        await run_in_threadpool(_prepare, db, settings)
        limits = RateLimits(settings)
        cursors = Cursors(await run_in_threadpool(signing_key, db, "cursors"))
        calls = BatchedCalls(db, settings)
        app.state.services = Services(
            settings,
            db,
            calls,
            subscriptions,
            metrics,
            cursors,
            limits,
            ProblemCounts(db),
            BoundedCache(_RENDERED_BYTES, len),
            form_key=await run_in_threadpool(signing_key, db, "forms"),
            parties={name: RelyingParty(name, one) for name, one in settings.oidc.items()},
            sso_key=await run_in_threadpool(signing_key, db, "single sign-on"),
        )
        tasks = (
            asyncio.create_task(subscriptions.run()),
            asyncio.create_task(send_webhooks(db, settings, subscriptions)),
        )
        try:
            yield
        finally:
            # This wakes all waiting requests, while the database can still be read.
            subscriptions.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            # Before the database is closed: submissions that wait are still stored.
            await run_in_threadpool(calls.close)
            await run_in_threadpool(limits.close)
            publisher.close()
            db.close()

    return lifespan


def _prepare(db: Database, settings: Settings) -> None:
    upgrade(db)
    # This has an effect at the first start only: later the admin may have a new password.
    if settings.admin_password:
        ensure_admin(db, settings.admin_password)
