"""The per-process singletons, made when the process starts and passed to each request."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from api.batched_calls import BatchedCalls
from api.content_language import ContentLanguage
from api.cursors import Cursors
from api.error_types import API_PATH
from api.middleware.request_metrics import HttpMetrics
from api.rate_limits import RateLimits
from api.subscriptions import Subscriptions
from judge.bounded_cache import BoundedCache
from judge.db.session import Database
from judge.problems.counts import ProblemCounts
from judge.settings import Settings
from judge.sso.relying_party import RelyingParty

PREFIX = API_PATH


@dataclass(frozen=True, slots=True)
class Services:
    """Per-process singletons."""

    settings: Settings
    db: Database
    calls: BatchedCalls
    subscriptions: Subscriptions
    metrics: HttpMetrics
    cursors: Cursors
    limits: RateLimits
    problem_counts: ProblemCounts
    rendered: BoundedCache[tuple[str, tuple[str, ...], ContentLanguage], bytes]
    """Finished submissions as JSON, by id, edition and language."""
    form_key: bytes
    """The key of the forms' CSRF tokens (`api.form_tokens`)."""
    parties: Mapping[str, RelyingParty]
    """The providers of single sign-on, by their name in the settings."""
    sso_key: bytes
    """The key from which state, nonce and verifier of such a sign-in are derived
    (`api.single_sign_on`)."""


async def services(request: Request) -> Services:
    """Return the app's services; async, so that it needs no thread."""
    return cast(Services, request.app.state.services)


Ctx = Annotated[Services, Depends(services)]
