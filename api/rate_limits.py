"""Limit how often one user, or one address, may do something that is expensive for the service.

The counts are on the broker if several processes share them, else in memory. While the broker is
down, nothing is refused.
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

# Sign-ins and submissions wait for the broker: if it hangs, they must lose little time.
_TIMEOUT_S = 0.5
_QUIET_AFTER_FAILURE_S = 5.0
_KNOWN_S = 30 * 86400
"""How long an address from which a user signed in counts as known to that user."""
_PASSWORDS_AT_A_TIME = 2
"""Passwords of one address that are checked at a time: in all processes together, but at least one
in each."""
_PASSWORDS_WAITING = 8
_SWEEP_S = 60.0
"""How often expired counts in memory are deleted."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rule:
    """A limit: its name in the storage, `what` it counts (for messages), and how often that may
    happen."""

    name: str
    what: str
    limit: RateLimitItem


class AddressTurns:
    """Limits how many passwords of one address are checked at a time, and how many wait."""

    def __init__(self, at_a_time: int = _PASSWORDS_AT_A_TIME) -> None:
        self._at_a_time = at_a_time
        self._changed = threading.Condition()
        self._working: Counter[str] = Counter()
        self._waiting: Counter[str] = Counter()

    @contextmanager
    def turn(self, address: str) -> Iterator[None]:
        """Wait until it is this request's turn. Raises TooManyError if too many wait already."""
        with self._changed:
            if self._waiting[address] >= _PASSWORDS_WAITING:
                raise TooManyError(
                    "Too many sign-ins at a time from your address. Try again soon.", 1
                )
            self._waiting[address] += 1
            # One address may not use all cores for hashing passwords.
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
        # Entries of addresses that are no longer used must not fill the memory.
        if not counts[address]:
            del counts[address]


class MemoryCounts(MemoryStorage):
    """Counts in memory. The library's class starts a thread at nearly every count, to look through
    all keys for expired ones; here the thread that counts does this once a minute."""

    def __init__(self, sweep_s: float = _SWEEP_S) -> None:
        super().__init__()
        self._sweep_s = sweep_s
        self._sweep_at = time.time() + sweep_s

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Add `amount` to the count of `key`, which expires `expiry` seconds after its first one.
        Return the count."""
        now = time.time()
        if now >= self._sweep_at:
            self._sweep_at = now + self._sweep_s
            for each, expires_at in list(self.expirations.items()):
                if expires_at <= now:
                    self.clear(each)
        # `get` forgets an expired count.
        self.get(key)
        with self.locks[key]:
            self.storage[key] += amount
            count = self.storage[key]
            if count == amount:
                self.expirations[key] = now + expiry
        return count


class RateLimits:
    """The limits of all actions, as one process checks them."""

    def __init__(self, settings: Settings) -> None:
        storage = _storage(settings)
        self._storage = storage
        self._passwords = AddressTurns(
            max(1, _PASSWORDS_AT_A_TIME // (settings.api_processes or 1))
        )
        # Counting in memory takes no time; a thread of its own waits for the broker's answers.
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
        """A context in which a password is checked: only a few run at a time for one address.

        Hashing a password takes CPU time, and one address may not use all of it. Raises
        TooManyError after too many wrong passwords, or if too many requests of the address wait.
        """
        keys = self._sign_in_keys(request, name)
        key = _known_key(request, name)
        # The limit for the name, which strangers can exhaust by wrong passwords, doesn't apply to
        # an address from which the user has signed in before.
        if self._unless_away(lambda: self._storage.get(key), 0) == 0:
            # A request may contain a name of any length; the first 200 characters are enough.
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
        # The caller refuses this request anyway.
        self._count(keys, refuse=False)

    def signed_in(self, request: Request, name: str) -> None:
        """Remember the address, so that others' wrong passwords can't lock the user out there."""
        key = _known_key(request, name)
        self._unless_away(lambda: self._storage.incr(key, _KNOWN_S), 0)

    def check_password_change(self, request: Request, principal: Principal) -> None:
        """Count an attempt to change a password, successful or not. Raises TooManyError."""
        # Else somebody with a stolen session could try any number of passwords.
        self._count(self._sign_in_keys(request, principal.user.name))

    def _sign_in_keys(self, request: Request, name: str) -> list[tuple[Rule, str]]:
        address = address_of(request)
        return [
            (self._sign_in, f"{name_key(name[:200])}@{address}"),
            (self._sign_in_here, address),
        ]

    def check_sign_up(self, request: Request) -> None:
        """Count a new account before it is made. Raises TooManyError."""
        self._count([(self._sign_up, address_of(request))])

    def check_single_sign_on(self, request: Request) -> None:
        """Count a sign-in by a provider before the provider is asked. Raises TooManyError."""
        self._count([(self._single_sign_on, address_of(request))])

    def check_guest(self, request: Request) -> None:
        """Count a new guest before they are made. Raises TooManyError."""
        self._count([(self._guest, address_of(request))])

    async def check_submit(self, request: Request, principal: Principal) -> None:
        """Count a submission or run, but not an admin's. Raises TooManyError."""
        if principal.is_admin:
            return
        keys = [(self._submit, principal.user_id), (self._submit_here, address_of(request))]
        if principal.is_guest:
            keys.append((self._submit_guests, address_of(request)))
        # Counting in memory takes no time; one round trip to the broker counts many requests.
        if self._counting is None:
            self._count(keys)
        else:
            await self._counting.ask(keys)

    def check_batch(self, principal: Principal, num_sources: int) -> None:
        """Count the sources of a batch, but not an admin's. Raises TooManyError, and InvalidError
        for more sources than the limit ever allows."""
        rule = self._batch
        if principal.is_admin:
            return
        if num_sources > rule.limit.amount:
            raise InvalidError(f"At most {rule.limit.amount} sources are accepted.", "sources")
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
        """Return whether the limit allows the action once more; `count` also counts it."""
        ask = self._limiter.hit if count else self._limiter.test
        return self._unless_away(lambda: ask(rule.limit, rule.name, key), True)

    def _unless_away(self, ask: Callable[[], T], otherwise: T) -> T:
        """Return what `ask` returns, or `otherwise` while the broker is down."""
        # After a failure the broker is not asked for a while, so that not every request waits.
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
    """Return the client's address for counting; an IPv6 /64 network counts as one address."""
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
    # If there is only one process, its counts may be lost when it ends.
    if "broker_url" not in settings.model_fields_set and (settings.api_processes or 1) == 1:
        return MemoryCounts()
    url = settings.broker_url
    if url.startswith("unix://"):
        url = f"redis+{url}"
    return RedisStorage(
        url, wrap_exceptions=True, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S
    )
