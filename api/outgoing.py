"""Send one webhook message to an address that a user named.

The user may name an address inside our network. So this code resolves the name itself, once,
checks each address that it has (`judge.webhooks.addresses`), and connects to an allowed one without
resolving the name again. Certificates are checked against the name. No redirect is followed, no
proxy is used, only the answer's status is read, and the whole attempt has a few seconds.
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
"""The time for one attempt, from the look-up of the name to the answer's status."""


class _RefusedError(ShousiError):
    """The message may not be sent to this address."""


class _CheckedBackend(httpcore.AnyIOBackend):
    """Resolves names, and connects only to addresses that the rules allow."""

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
        # UnicodeError: a part of the name is empty or has more than 63 characters.
        except (OSError, UnicodeError) as error:
            raise _RefusedError("the name of its host can't be resolved") from error
        # In the resolver's order, without duplicates.
        addresses = dict.fromkeys(ip_address(place[0]) for *_, place in found)
        allowed = [one for one in addresses if self._rules.allow(one, self._scheme)]
        if not allowed:
            # The error names no address: a user must not learn the addresses inside this network.
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
    """POST the message and return the result. Raises only if there is a fault in our code."""
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
    # Each message has a connection of its own, so that its address is checked each time.
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
    # Trusts the certificates of certifi, or those in SSL_CERT_FILE.
    return httpx.create_ssl_context()


def _told(error: Exception) -> str:
    """Return one line that tells the webhook's owner what failed."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return f"its certificate is not valid: {cause.verify_message}"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpcore.ConnectError):
        return "no connection could be made"
    return "the connection broke, or the answer was not HTTP"
