"""Sends one message of a webhook, to an address that a stranger named.

What could be done with that is what this file is about: the name is resolved once, by us; each
address it has is looked at (`judge.webhooks.addresses`), and the connection goes to one that was
allowed, with no second look-up in between. Certificates are checked against the name. No redirect
is followed, no proxy is asked, nothing is read of an answer but its status, and all of it together
has a few seconds.
"""

import asyncio
import socket
import ssl
import time
from collections.abc import Iterable
from functools import cache
from ipaddress import ip_address
from urllib.parse import urlsplit

import httpcore
import httpx

from judge.errors import ShousiError
from judge.webhooks.addresses import Rules
from judge.webhooks.deliveries import Attempted, Claimed
from judge.webhooks.signing import signed_headers

LONGEST_S = 10.0
"""For one attempt, from the look-up of the name to the answer's status."""


class _RefusedError(ShousiError):
    """Nothing is sent there."""


class _CheckedBackend(httpcore.AnyIOBackend):
    """Connects to addresses that the rules allow, whatever a name leads to."""

    def __init__(self, rules: Rules, scheme: str) -> None:
        self._rules = rules
        self._scheme = scheme

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            found = await asyncio.get_running_loop().getaddrinfo(
                host, port, type=socket.SOCK_STREAM
            )
        except OSError as error:
            raise _RefusedError("the name of its host can't be resolved") from error
        # In the resolver's order, each once.
        addresses = dict.fromkeys(ip_address(place[0]) for *_, place in found)
        allowed = [one for one in addresses if self._rules.allow(one, self._scheme)]
        if not allowed:
            # Not which: a stranger must not learn what names lead to within this network.
            raise _RefusedError("its address is not a public one")
        for address in allowed[:-1]:
            try:
                return await super().connect_tcp(
                    str(address), port, timeout, local_address, socket_options
                )
            except httpcore.ConnectError:
                continue
        last = str(allowed[-1])
        return await super().connect_tcp(last, port, timeout, local_address, socket_options)


async def send(claimed: Claimed, rules: Rules) -> Attempted:
    """POST the message; what came of it. Never raises but for a fault of ours."""
    try:
        async with asyncio.timeout(LONGEST_S):
            status = await _post(claimed, rules)
    except TimeoutError:
        return Attempted(error=f"no answer within {LONGEST_S:.0f} seconds")
    except _RefusedError as error:
        return Attempted(error=str(error))
    except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException) as error:
        return Attempted(error=_told(error))
    if 200 <= status < 300:
        return Attempted(status)
    if 300 <= status < 400:
        return Attempted(status, f"answered {status}: redirects are not followed")
    return Attempted(status, f"answered {status}")


async def _post(claimed: Claimed, rules: Rules) -> int:
    parts = urlsplit(claimed.url)
    headers = {
        "Host": parts.netloc,
        "User-Agent": "Shousi-Webhooks/1",
        "Content-Type": "application/json",
        "Content-Length": str(len(claimed.body)),
        **signed_headers(claimed.secret, claimed.id, int(time.time()), claimed.body),
    }
    backend = _CheckedBackend(rules, parts.scheme)
    # A connection for each message, and its address looked at each time.
    pool = httpcore.AsyncConnectionPool(ssl_context=_tls(), network_backend=backend)
    async with (
        pool,
        pool.stream(
            "POST", claimed.url, headers=[*headers.items()], content=claimed.body
        ) as answer,
    ):
        return int(answer.status)


@cache
def _tls() -> ssl.SSLContext:
    # Trusts what certifi does, or SSL_CERT_FILE.
    return httpx.create_ssl_context()


def _told(error: Exception) -> str:
    """A line for the webhook's owner."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate does not hold: {cause.verify_message}"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpcore.ConnectError):
        return "no connection could be made"
    return "it broke off, or answered what is no HTTP"
