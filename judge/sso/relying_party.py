"""The two steps of a sign-in by a provider: sending the browser there, and reading its answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from judge.errors import ForbiddenError, UnavailableError
from judge.sso.documents import UNKNOWN_KEY_S, Documents, Metadata, Published
from judge.sso.id_tokens import UnknownKeyError, check_id_token, refused
from judge.sso.provider import Identity, Provider
from judge.sso.reading import read_json

SCOPE = "openid email profile"
# RFC 6749, section 5.2: the characters of an error. It must be short, because it is shown.
_ERROR_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz_ ")


@dataclass(frozen=True, slots=True)
class Words:
    """The random values of one sign-in, which nobody but this service can make."""

    state: str
    nonce: str
    verifier: str
    """PKCE's secret: without it, a stolen code can't be exchanged for tokens."""


class RelyingParty:
    """This service, as one provider sees it."""

    def __init__(self, name: str, provider: Provider) -> None:
        self.name = name
        self.provider = provider
        self.label = provider.label or name
        self._documents = Documents(self.label, provider)

    async def authorization_url(
        self, client: httpx.AsyncClient, words: Words, redirect_uri: str
    ) -> str:
        """The URL to which a browser is sent to sign in. Raises UnavailableError."""
        metadata = (await self._documents.get(client)).metadata
        url: str = prepare_grant_uri(
            metadata.authorization_endpoint,
            self.provider.client_id,
            "code",
            redirect_uri=redirect_uri,
            scope=SCOPE,
            state=words.state,
            nonce=words.nonce,
            code_challenge=create_s256_code_challenge(words.verifier),  # type: ignore[no-untyped-call]
            code_challenge_method="S256",
        )
        return url

    async def identify(
        self,
        client: httpx.AsyncClient,
        words: Words,
        redirect_uri: str,
        answer: Mapping[str, str],
    ) -> Identity:
        """The person who comes back with `answer`, the query whose state is checked already.

        Raises ForbiddenError if the provider refused or its answer can't be accepted,
        UnavailableError if it can't be reached.
        """
        published = await self._documents.get(client)
        metadata = published.metadata
        # RFC 9207: an answer from another provider must not count as this one's.
        said_by = answer.get("iss")
        if said_by is None and metadata.authorization_response_iss_parameter_supported:
            raise refused(self.label, "iss of the answer")
        if said_by is not None and said_by != self.provider.issuer:
            raise refused(self.label, "iss of the answer")
        code = answer.get("code", "")
        if "error" in answer or not code:
            raise self._no_sign_in(_error_code(answer.get("error", "no code")))
        tokens = await self._trade(client, metadata, code, words.verifier, redirect_uri)
        claims = await self._check(client, published, tokens, words.nonce)
        if "email" not in claims and metadata.userinfo_endpoint is not None:
            claims |= await self._user_info(client, metadata.userinfo_endpoint, tokens, claims)
        return self._identity(claims)

    def _no_sign_in(self, why: str) -> ForbiddenError:
        return ForbiddenError(f"{self.label} did not sign you in ({why}). Try again.")

    async def _trade(
        self, client: httpx.AsyncClient, metadata: Metadata, code: str, verifier: str, back: str
    ) -> dict[str, str]:
        provider = self.provider
        body = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "code_verifier": verifier,
        }
        request: dict[str, Any] = {}
        secret = provider.client_secret
        if secret is None:
            body["client_id"] = provider.client_id
        elif "client_secret_basic" in metadata.token_endpoint_auth_methods_supported:
            # RFC 6749, section 2.3.1: both are encoded as a form's values are.
            request["auth"] = (quote(provider.client_id, safe=""), quote(secret, safe=""))
        else:
            body |= {"client_id": provider.client_id, "client_secret": secret}
        status, answer = await read_json(
            client, self.label, "POST", metadata.token_endpoint, data=body, **request
        )
        if status != 200:
            why = _error_code(answer.get("error"))
            if why == "invalid_grant":
                raise self._no_sign_in(why)
            raise UnavailableError(
                f"{self.label} did not take this service's request ({status}, {why}); tell an "
                "admin of this service."
            )
        tokens = {key: answer.get(key) for key in ("id_token", "access_token")}
        for key, value in tokens.items():
            if not isinstance(value, str) or not value.isascii():
                raise refused(self.label, f"no {key}")
        return {key: str(value) for key, value in tokens.items()}

    async def _check(
        self, client: httpx.AsyncClient, published: Published, tokens: dict[str, str], nonce: str
    ) -> dict[str, Any]:
        for last in (False, True):
            try:
                return check_id_token(
                    self.label,
                    tokens["id_token"],
                    published.keys,
                    issuer=self.provider.issuer,
                    client_id=self.provider.client_id,
                    nonce=nonce,
                    access_token=tokens["access_token"],
                )
            except UnknownKeyError as error:
                if last:
                    raise refused(self.label, "unknown key") from error
                # Providers change their keys: it may be signed with a new one.
                published = await self._documents.get(client, UNKNOWN_KEY_S)
        raise AssertionError("the second try returns or raises")

    async def _user_info(
        self, client: httpx.AsyncClient, url: str, tokens: dict[str, str], claims: dict[str, Any]
    ) -> dict[str, Any]:
        """The provider's information on the user; many providers put little into the token."""
        headers = {"Authorization": f"Bearer {tokens['access_token']}"}
        status, info = await read_json(client, self.label, "GET", url, headers=headers)
        if status != 200:
            raise UnavailableError(
                f"{self.label} did not tell who you are (status {status}). Try again soon."
            )
        # Core 1.0, section 5.3.2: an answer about somebody else must not be used.
        if info.get("sub") != claims["sub"]:
            raise refused(self.label, "sub of the user's information")
        named = ("email", "email_verified", "preferred_username", "nickname", "name")
        return {key: info[key] for key in named if key in info}

    def _identity(self, claims: dict[str, Any]) -> Identity:
        address = claims.get("email")
        # Some providers write `true` as a text.
        verified = claims.get("email_verified") in (True, "true")
        wanted = (claims.get(key) for key in ("preferred_username", "nickname", "name"))
        return Identity(
            self.provider.issuer,
            claims["sub"],
            address if verified and isinstance(address, str) else None,
            tuple(one for one in wanted if isinstance(one, str)),
        )


def _error_code(said: object) -> str:
    """A provider's error code in a form that may be shown: anybody could put a sentence there."""
    if isinstance(said, str) and 0 < len(said) <= 40 and set(said) <= _ERROR_CHARACTERS:
        return said
    return "unknown error"
