"""No document that a provider publishes can break the process that reads it."""

import asyncio
from collections.abc import Iterator

import pytest
from joserfc import jws
from pydantic import ValidationError

from judge.errors import ForbiddenError, UnavailableError
from judge.sso.documents import Metadata, Published, read_published
from judge.sso.id_tokens import check_id_token
from judge.sso.reading import asking
from tests.support.oidc_provider import CLIENT, Provider, providing


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with providing() as started:
        yield started


def read(provider: Provider) -> Published:
    async def ask() -> Published:
        async with asking() as client:
            return await read_published(client, "Our Company", provider.settings())

    return asyncio.run(ask())


@pytest.mark.parametrize("member", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:99999/",
        "http://127.0.0.1:-1/",
        "http://127.0.0.1:x/",
        # Half of a character, which no answer of ours could contain.
        "http://127.0.0.1/\ud800",
        "https://a b.example/",
        "https://xn--/",
        "https://user:word@id.example/",
        "http://127.0.0.1.evil.example/",
    ],
)
def test_an_address_that_is_none_is_refused(provider: Provider, member: str, url: str) -> None:
    provider.configuration = {member: url}
    with pytest.raises(UnavailableError, match=f"without a usable {member}"):
        read(provider)


@pytest.mark.parametrize("member", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
def test_a_provider_elsewhere_has_no_address_on_this_machine(member: str) -> None:
    endpoints = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    told = {name: f"https://id.example.org/{name}" for name in endpoints}
    told["issuer"] = "https://id.example.org"
    assert Metadata.model_validate(told).issuer == told["issuer"]
    with pytest.raises(ValidationError, match=f"{member}\n.*not encrypted"):
        Metadata.model_validate({**told, member: "http://127.0.0.1:6379/"})


@pytest.mark.parametrize("host", ["xn--ls8h.example", "a..b.example", f"{'a' * 64}.example"])
def test_a_name_that_no_machine_has_is_not_reached(provider: Provider, host: str) -> None:
    provider.configuration = {"jwks_uri": f"https://{host}/"}
    with pytest.raises(UnavailableError, match="can't be reached"):
        read(provider)


def test_claims_that_are_nested_too_deeply_are_refused(provider: Provider) -> None:
    provider.configuration = {}
    keys = read(provider).keys
    head = {"alg": "ES256", "kid": provider.key.kid}
    token = jws.serialize_compact(head, b"[" * 10_000, provider.key)
    with pytest.raises(ForbiddenError, match="RecursionError"):
        check_id_token(
            "Our Company",
            token,
            keys,
            issuer=provider.url,
            client_id=CLIENT,
            nonce="n",
            access_token="a",
        )
