"""How often one user, or one address, may do what costs us something.

Counts are kept on the broker where several processes share one, else in memory. While the broker is
away nothing is refused.
"""

import ipaddress
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import structlog
from fastapi import Request
from limits import RateLimitItem, parse
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from api.batching import Batcher
from judge.accounts.usernames import name_key
from judge.accounts.users import Principal
from judge.errors import InvalidError, TooManyError
from judge.settings import Settings

log = structlog.get_logger(__name__)

# Sign-in and submissions wait for this: a broker that hangs must cost them little.
_TIMEOUT_S = 0.5
_QUIET_AFTER_FAILURE_S = 5.0
_KNOWN_S = 30 * 86400
"""How long an address from which a user signed in counts as known to that user."""
_PASSWORDS_AT_A_TIME = 2
"""Of one address, in all processes together, but at least one in each."""
_PASSWORDS_WAITING = 8

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rule:
    """What is limited: its name in the storage and to people, and how often it may happen."""

    name: str
    what: str
    limit: RateLimitItem


class AddressTurns:
    """Checks few passwords of one address at a time, and lets few of them wait."""

    def __init__(self, at_a_time: int = _PASSWORDS_AT_A_TIME) -> None:
        self._at_a_time = at_a_time
        self._changed = threading.Condition()
        self._working: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()

    @contextmanager
    def turn(self, address: str) -> Iterator[None]:
        """Wait until it is this request's turn. Raises TooManyError where too many wait."""
        with self._changed:
            if self._waiting[address] >= _PASSWORDS_WAITING:
                raise TooManyError(
                    "Too many sign-ins at a time from your address. Try again soon.", 1
                )
            self._waiting[address] += 1
            # Few hashes of one address at a time: others find a core free.
            self._changed.wait_for(lambda: self._working[address] < self._at_a_time)
            self._give_back(self._waiting, address)
            self._working[address] += 1
        try:
            yield
        finally:
            with self._changed:
                self._give_back(self._working, address)
                self._changed.notify_all()

    @staticmethod
    def _give_back(counts: Counter[str], address: str) -> None:
        counts[address] -= 1
        # Addresses that nobody comes from any more must not pile up.
        if not counts[address]:
            del counts[address]


class RateLimits:
    """The counts, as one process sees them."""

    def __init__(self, settings: Settings) -> None:
        storage = _storage(settings)
        self._storage = storage
        self._passwords = AddressTurns(
            max(1, _PASSWORDS_AT_A_TIME // (settings.api_processes or 1))
        )
        # What is counted in memory takes no time; the broker's answers are waited for elsewhere.
        in_memory = isinstance(storage, MemoryStorage)
        self._counting = None if in_memory else Batcher("limits", self._count_all)
        self._limiter = SlidingWindowCounterRateLimiter(storage)
        self._quiet_until = 0.0
        self._lock = threading.Lock()
        self._sign_in = Rule("in", "wrong passwords", parse(settings.limit_sign_in))
        self._sign_in_name = Rule(
            "in-name", "wrong passwords for this name", parse(settings.limit_sign_in_name)
        )
        self._sign_in_here = Rule(
            "in-at", "wrong passwords from your address", parse(settings.limit_sign_in_address)
        )
        self._sign_up = Rule("up", "new accounts from your address", parse(settings.limit_sign_up))
        self._single_sign_on = Rule(
            "sso", "sign-ins from your address", parse(settings.limit_single_sign_on)
        )
        self._guest = Rule("guest", "new guests from your address", parse(settings.limit_guests))
        self._submit_guests = Rule(
            "submit-guest",
            "submissions without an account from your address",
            parse(settings.limit_submit_guests),
        )
        self._submit = Rule("submit", "submissions of yours", parse(settings.limit_submit))
        self._batch = Rule("batch", "sources in batches of yours", parse(settings.limit_batch))
        self._submit_here = Rule(
            "submit-at", "submissions from your address", parse(settings.limit_submit_address)
        )

    @contextmanager
    def signing_in(self, request: Request, name: str) -> Iterator[None]:
        """A context for checking a password: at most so many at a time for one address.

        Hashing a password takes CPU time, and one address may not use all of it. Raises
        TooManyError after too many wrong passwords, or where too many of the address wait already.
        """
        keys = self._sign_in_keys(request, name)
        key = _known_key(request, name)
        # Who has signed in from here before is not locked out by strangers who guess the name.
        if self._unless_away(lambda: self._storage.get(key), 0) == 0:
            # Names of any length may be tried; the first 200 characters tell them apart.
            keys.append((self._sign_in_name, name_key(name[:200])))
        for rule, used_by in keys:
            if not self._ask(rule, used_by, count=False):
                raise self._too_many(rule, used_by)
        with self._passwords.turn(address_of(request)):
            yield

    def failed_sign_in(self, request: Request, name: str) -> None:
        """Count a wrong password; right ones don't count."""
        keys = self._sign_in_keys(request, name)
        keys.append((self._sign_in_name, name_key(name[:200])))
        # The answer is a refusal anyway, so that the count refuses nothing more.
        self._count(keys, refuse=False)

    def signed_in(self, request: Request, name: str) -> None:
        """Remember the address: strangers who guess can't lock this user out there."""
        key = _known_key(request, name)
        self._unless_away(lambda: self._storage.incr(key, _KNOWN_S), 0)

    def check_password_change(self, request: Request, principal: Principal) -> None:
        """Count one change of a password, right or wrong. Raises TooManyError."""
        # Also a right one counts: else a thief of a session could try passwords without bound.
        self._count(self._sign_in_keys(request, principal.user.name))

    def _sign_in_keys(self, request: Request, name: str) -> list[tuple[Rule, str]]:
        address = address_of(request)
        return [
            (self._sign_in, f"{name_key(name[:200])}@{address}"),
            (self._sign_in_here, address),
        ]

    def check_sign_up(self, request: Request) -> None:
        """Count an account before it is made. Raises TooManyError."""
        self._count([(self._sign_up, address_of(request))])

    def check_single_sign_on(self, request: Request) -> None:
        """Count somebody who comes from a provider, which is asked then. Raises TooManyError."""
        self._count([(self._single_sign_on, address_of(request))])

    def check_guest(self, request: Request) -> None:
        """Count a guest who is about to be made. Raises TooManyError."""
        self._count([(self._guest, address_of(request))])

    async def check_submit(self, request: Request, principal: Principal) -> None:
        """Count a submission or run; an admin's don't count. Raises TooManyError."""
        if principal.is_admin:
            return
        keys = [(self._submit, principal.user_id), (self._submit_here, address_of(request))]
        if principal.is_guest:
            keys.append((self._submit_guests, address_of(request)))
        # In memory it takes no time; a round trip to the broker is made for many at once.
        if self._counting is None:
            self._count(keys)
        else:
            await self._counting.ask(keys)

    def check_batch(self, principal: Principal, num_sources: int) -> None:
        """Count the sources of a batch; an admin's don't count. Raises TooManyError, and
        InvalidError for more than are ever taken in the time."""
        rule = self._batch
        if principal.is_admin:
            return
        if num_sources > rule.limit.amount:
            raise InvalidError(
                f"{rule.limit.amount} sources are the most that is taken.", "sources"
            )
        user_id = principal.user_id
        if not self._unless_away(
            lambda: self._limiter.hit(rule.limit, rule.name, user_id, cost=num_sources), True
        ):
            raise self._too_many(rule, user_id)

    def close(self) -> None:
        """Close the connection to the broker."""
        if self._counting is not None:
            self._counting.close()

    def _count(self, keys: Iterable[tuple[Rule, str]], *, refuse: bool = True) -> None:
        for rule, key in keys:
            if not self._ask(rule, key, count=True) and refuse:
                raise self._too_many(rule, key)

    def _count_all(self, asked: Sequence[Iterable[tuple[Rule, str]]]) -> list[TooManyError | None]:
        refusals: list[TooManyError | None] = []
        for keys in asked:
            try:
                self._count(keys)
            except TooManyError as error:
                refusals.append(error)
            else:
                refusals.append(None)
        return refusals

    def _ask(self, rule: Rule, key: str, *, count: bool) -> bool:
        """Whether it may happen once more."""
        ask = self._limiter.hit if count else self._limiter.test
        return self._unless_away(lambda: ask(rule.limit, rule.name, key), True)

    def _unless_away(self, ask: Callable[[], T], otherwise: T) -> T:
        """What `ask` returns; `otherwise` while the broker is away."""
        # After a failure the broker is left alone for a while: not every request waits for it.
        if time.monotonic() < self._quiet_until:
            return otherwise
        try:
            return ask()
        except StorageError as error:
            with self._lock:
                self._quiet_until = time.monotonic() + _QUIET_AFTER_FAILURE_S
            log.warning("rate limits are off", error=str(error))
            return otherwise

    def _too_many(self, rule: Rule, key: str) -> TooManyError:
        try:
            reset_at = self._limiter.get_window_stats(rule.limit, rule.name, key).reset_time
        except StorageError:
            reset_at = time.time()
        wait_s = max(1, math.ceil(reset_at - time.time()))
        return TooManyError(f"Too many {rule.what}; try again in {wait_s} seconds.", wait_s)


def _known_key(request: Request, name: str) -> str:
    return f"known/{name_key(name[:200])}/{address_of(request)}"


def address_of(request: Request) -> str:
    """Whose address it is: an IPv6 network of 64 bits counts as one."""
    host = request.client.host if request.client else "unknown"
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        # Providers give each customer at least a /64.
        return str(ipaddress.ip_network((int(address), 64), strict=False))
    return host


def _storage(settings: Settings) -> MemoryStorage | RedisStorage:
    # What the only process counts may end with it.
    if "broker_url" not in settings.model_fields_set and (settings.api_processes or 1) == 1:
        return MemoryStorage()
    url = settings.broker_url
    if url.startswith("unix://"):
        url = f"redis+{url}"
    return RedisStorage(
        url, wrap_exceptions=True, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S
    )
