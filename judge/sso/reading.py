"""Asks a provider for one JSON object, with limits on time and size."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import httpx

from judge.errors import UnavailableError

WAIT_S = 5.0
"""The time limit of a whole answer, because a slow provider may send a byte now and then."""
MOST_BYTES = 1 << 18


@cache
def _certificates() -> ssl.SSLContext:
    """The machine's certificates, so that a company's own authority is accepted. Read once: that
    takes longer than everything else here."""
    return ssl.create_default_context()


@asynccontextmanager
async def asking() -> AsyncIterator[httpx.AsyncClient]:
    """A client that follows no redirects: an answer from elsewhere is not the provider's."""
    async with httpx.AsyncClient(
        verify=_certificates(),
        timeout=WAIT_S,
        follow_redirects=False,
        headers={"Accept": "application/json", "Accept-Encoding": "identity"},
    ) as client:
        yield client


async def read_json(
    client: httpx.AsyncClient, who: str, method: str, url: str, **request: Any
) -> tuple[int, dict[str, Any]]:
    """The answer's status and JSON object. `who` is the provider's name in errors.

    Raises UnavailableError if no answer comes in time, or if the answer is not a JSON object.
    """
    try:
        async with asyncio.timeout(WAIT_S), client.stream(method, url, **request) as answer:
            body = bytearray()
            # Raw bytes: unpacked, an answer may be far larger than what was sent.
            async for part in answer.aiter_raw():
                body += part
                if len(body) > MOST_BYTES:
                    raise UnavailableError(f"{who} sent more than it may; ask an admin of it.")
    except TimeoutError as error:
        raise _away(who, "it was too slow") from error
    # ValueError: a host's name that is not one, which only the look-up notices.
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise _away(who, type(error).__name__) from error
    try:
        found = json.loads(body)
    # JSON that is nested too deeply is refused too.
    except (ValueError, RecursionError) as error:
        raise _away(who, f"status {answer.status_code}, no JSON") from error
    if not isinstance(found, dict):
        raise _away(who, f"status {answer.status_code}, no JSON object")
    return answer.status_code, found


def _away(who: str, why: str) -> UnavailableError:
    return UnavailableError(f"{who} can't be reached ({why}). Try again soon.")
