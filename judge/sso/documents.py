"""A provider's published documents: its endpoints, and the keys that it signs with.

Both are kept for an hour. While the provider can't be reached, the kept ones are used.
"""

import asyncio
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey
from pydantic import BaseModel, ValidationError, ValidationInfo, field_validator

from judge.errors import UnavailableError
from judge.sso.provider import Provider, is_protected
from judge.sso.reading import read_json

KEPT_S = 3600.0
UNKNOWN_KEY_S = 60.0
"""The least time between two reads for unknown keys, because anybody may send one."""
ASKED_AGAIN_S = 5.0
"""After a failure, requests within this time get the same error and need not wait in turn."""
_MOST_KEYS = 50

PublicKey = RSAKey | ECKey | OKPKey


class Metadata(BaseModel):
    """The members of a provider's configuration (OpenID Connect Discovery 1.0, section 3) that are
    needed."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False

    @field_validator("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
    @classmethod
    def _is_protected(cls, value: str | None, info: ValidationInfo) -> str | None:
        # Our secret and users' tokens are sent there. A provider elsewhere has no address on this
        # machine: it must not make us ask what only this machine can reach.
        is_here = str(info.data.get("issuer")).startswith("http:")
        if value is not None and not (is_protected(value) and (is_here or _is_https(value))):
            raise ValueError("not encrypted")
        return value


def _is_https(url: str) -> bool:
    return urlsplit(url).scheme == "https"


@dataclass(frozen=True, slots=True)
class Published:
    """What was read, and when by the monotonic clock."""

    metadata: Metadata
    keys: tuple[PublicKey, ...]
    read_at: float


async def read_published(client: httpx.AsyncClient, who: str, provider: Provider) -> Published:
    """Read both documents. Raises UnavailableError, which says what is wrong with them."""
    where = provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
    _, configuration = await read_json(client, who, "GET", where)
    if configuration.get("issuer") != provider.issuer:
        raise UnavailableError(
            f"{who} calls itself another issuer than the settings do; ask an admin of this service."
        )
    try:
        metadata = Metadata.model_validate(configuration)
    except ValidationError as error:
        wrong = ".".join(map(str, error.errors(include_url=False)[0]["loc"]))
        raise UnavailableError(
            f"{who} publishes a configuration without a usable {wrong}; ask an admin of it."
        ) from error
    _, key_set = await read_json(client, who, "GET", metadata.jwks_uri)
    keys = _public_keys(key_set)
    if not keys:
        raise UnavailableError(f"{who} publishes no key that signs; ask an admin of it.")
    return Published(metadata, keys, time.monotonic())


def _public_keys(key_set: dict[str, Any]) -> tuple[PublicKey, ...]:
    """The keys that check signatures. Symmetric keys are left out: anyone who can read such a key
    could sign with it."""
    listed = key_set.get("keys")
    found: list[PublicKey] = []
    for one in listed[:_MOST_KEYS] if isinstance(listed, list) else ():
        if not isinstance(one, dict) or one.get("use", "sig") != "sig":
            continue
        try:
            key = JWKRegistry.import_key(one)
        # Providers list keys of kinds that we don't know beside those that we do.
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        if isinstance(key, RSAKey | ECKey | OKPKey):
            found.append(key)
    return tuple(found)


class Documents:
    """One provider's documents, kept by one process."""

    def __init__(self, who: str, provider: Provider) -> None:
        self._who = who
        self._provider = provider
        self._published: Published | None = None
        self._failure: tuple[float, str] | None = None
        # Of several requests at once, one asks the provider and the others wait.
        self._asking = asyncio.Lock()

    async def get(self, client: httpx.AsyncClient, older_than_s: float = KEPT_S) -> Published:
        """The published documents, read again if the kept ones are older. Raises UnavailableError
        if none are kept and none can be read."""
        async with self._asking:
            kept = self._published
            if kept is not None and time.monotonic() - kept.read_at < older_than_s:
                return kept
            if self._failure is not None:
                failed_at, why = self._failure
                if kept is None and time.monotonic() - failed_at < ASKED_AGAIN_S:
                    raise UnavailableError(why)
            try:
                self._published = await read_published(client, self._who, self._provider)
            except UnavailableError as error:
                self._failure = (time.monotonic(), str(error))
                if kept is None:
                    raise
                # The provider is not asked again for each sign-in in the meantime.
                self._published = Published(kept.metadata, kept.keys, time.monotonic())
            return self._published
