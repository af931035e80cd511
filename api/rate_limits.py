"""How often one user, or one address, may do what costs us something.

Counts live on the broker when there is one that several processes share, else in memory. They
are a fence, not a lock: while the broker is away nothing is refused.
"""

import ipaddress
import math
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import structlog
from fastapi import Request
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from api.batching import Batcher
from judge.accounts.usernames import name_key
from judge.accounts.users import Principal
from judge.errors import TooManyError
from judge.settings import Settings

log = structlog.get_logger(__name__)

_TIMEOUT_S = 0.5
_QUIET_AFTER_FAILURE_S = 5.0


@dataclass(frozen=True, slots=True)
class Rule:
    """What is limited: its name in the storage and to people, and how often it may happen."""

    name: str
    what: str
    limit: RateLimitItem


class RateLimits:
    """One process's view of the counts."""

    def __init__(self, settings: Settings) -> None:
        storage = _storage(settings)
        # What is counted in memory takes no time; the broker's answers are waited for elsewhere.
        in_memory = isinstance(storage, MemoryStorage)
        self._counting = None if in_memory else Batcher("limits", self._count_all)
        self._limiter = SlidingWindowCounterRateLimiter(storage)
        self._quiet_until = 0.0
        self._lock = threading.Lock()
        self._sign_in = Rule("in", "wrong passwords", parse(settings.limit_sign_in))
        self._sign_in_here = Rule(
            "in-at", "wrong passwords from your address", parse(settings.limit_sign_in_address)
        )
        self._sign_up = Rule("up", "new accounts from your address", parse(settings.limit_sign_up))
        self._submit = Rule("submit", "submissions of yours", parse(settings.limit_submit))
        self._submit_here = Rule(
            "submit-at", "submissions from your address", parse(settings.limit_submit_address)
        )

    def check_sign_in(self, request: Request, name: str) -> None:
        """Before a password is looked at. Raises TooManyError."""
        self._refuse_if_used_up(self._sign_in_keys(request, name))

    def failed_sign_in(self, request: Request, name: str) -> None:
        """Only wrong passwords count."""
        self._count(self._sign_in_keys(request, name), refuse=False)

    def _sign_in_keys(self, request: Request, name: str) -> list[tuple[Rule, str]]:
        return [(self._sign_in, name_key(name[:200])), (self._sign_in_here, address_of(request))]

    def check_sign_up(self, request: Request) -> None:
        """Count an account that is about to be made. Raises TooManyError."""
        self._count([(self._sign_up, address_of(request))])

    async def check_submit(self, request: Request, principal: Principal) -> None:
        """Count a submission or run; an admin's don't count. Raises TooManyError."""
        if principal.is_admin:
            return
        keys = [(self._submit, principal.user_id), (self._submit_here, address_of(request))]
        if self._counting is None:
            self._count(keys)
        else:
            await self._counting.ask(keys)

    def close(self) -> None:
        """End what counts on the broker."""
        if self._counting is not None:
            self._counting.close()

    def _refuse_if_used_up(self, keys: Iterable[tuple[Rule, str]]) -> None:
        for rule, key in keys:
            if not self._ask(rule, key, count=False):
                raise self._too_many(rule, key)

    def _count(self, keys: Iterable[tuple[Rule, str]], *, refuse: bool = True) -> None:
        for rule, key in keys:
            if not self._ask(rule, key, count=True) and refuse:
                raise self._too_many(rule, key)

    def _count_all(self, asked: Sequence[Iterable[tuple[Rule, str]]]) -> list[TooManyError | None]:
        return [self._refusal(keys) for keys in asked]

    def _refusal(self, keys: Iterable[tuple[Rule, str]]) -> TooManyError | None:
        try:
            self._count(keys)
        except TooManyError as error:
            return error
        return None

    def _ask(self, rule: Rule, key: str, *, count: bool) -> bool:
        """Whether it may happen (again)."""
        if time.monotonic() < self._quiet_until:
            return True
        try:
            ask = self._limiter.hit if count else self._limiter.test
            return ask(rule.limit, rule.name, key)
        except StorageError as error:
            with self._lock:
                self._quiet_until = time.monotonic() + _QUIET_AFTER_FAILURE_S
            log.warning("rate limits are off", error=str(error))
            return True

    def _too_many(self, rule: Rule, key: str) -> TooManyError:
        try:
            reset_at = self._limiter.get_window_stats(rule.limit, rule.name, key).reset_time
        except StorageError:
            reset_at = time.time()
        wait_s = max(1, math.ceil(reset_at - time.time()))
        return TooManyError(f"Too many {rule.what}; again in {wait_s} seconds.", wait_s)


def address_of(request: Request) -> str:
    """Whose address it is: an IPv6 network of 64 bits counts as one."""
    host = request.client.host if request.client else "unknown"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((int(address), 64), strict=False))
    return host


def _storage(settings: Settings) -> MemoryStorage | RedisStorage:
    # The embedded service is one API process; what it counts may end with it.
    if "broker_url" not in settings.model_fields_set:
        return MemoryStorage()
    url = settings.broker_url
    if url.startswith("unix://"):
        url = f"redis+{url}"
    return RedisStorage(
        url, wrap_exceptions=True, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S
    )
