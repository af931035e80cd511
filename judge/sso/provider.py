"""The settings of a provider: `SHOUSI_OIDC__NAME__ISSUER` and so on."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, TypeAdapter, field_validator

from judge.listed import words_in

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
_DOMAIN = re.compile(r"[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63})+")

_URL = TypeAdapter(HttpUrl)


class Provider(BaseModel):
    """One provider. Its secret is None for a public client, which PKCE alone protects."""

    # An error about one setting must not repeat the secret beside it.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    issuer: str
    client_id: str = Field(min_length=1)
    client_secret: str | None = Field(None, min_length=1, repr=False)
    label: str = Field("", max_length=60)
    domains: str = ""

    @field_validator("issuer")
    @classmethod
    def _is_issuer(cls, value: str) -> str:
        if not is_protected(value) or "?" in value or "#" in value:
            raise ValueError(
                "an issuer is an address with https:// (http:// on this machine only), as the "
                "provider's /.well-known/openid-configuration states it"
            )
        return value

    @field_validator("domains")
    @classmethod
    def _are_domains(cls, value: str) -> str:
        for domain in words_in(value.lower()):
            if not _DOMAIN.fullmatch(domain):
                raise ValueError(f"{domain!r} is no domain of addresses; write example.org")
        return value

    @property
    def address_domains(self) -> frozenset[str]:
        """The domains whose addresses this provider may vouch for; empty means all."""
        return frozenset(words_in(self.domains.lower()))

    def speaks_for(self, address: str) -> bool:
        """Whether the provider may vouch for this address; subdomains count as other domains."""
        return not self.domains or address.rpartition("@")[2].lower() in self.address_domains


@dataclass(frozen=True, slots=True)
class Identity:
    """A person, as a provider identifies them: `issuer` and `subject` never change; `address` is
    None if the provider has not verified one. `wanted` are the person's names there, best first."""

    issuer: str
    subject: str
    address: str | None
    wanted: tuple[str, ...]


def is_protected(url: object) -> bool:
    """Whether `url` is a valid URL, and nobody can read on the way what is sent there: it is
    encrypted, or never leaves this machine."""
    try:
        # Of the texts that it refuses some would break the HTTP client, others our answer: ports
        # above 65535, and halves of characters.
        _URL.validate_python(url)
        parts = urlsplit(url) if isinstance(url, str) else None
        if parts is None or not parts.hostname or parts.username is not None:
            return False
        if parts.scheme == "https":
            return True
        return parts.scheme == "http" and (
            parts.hostname == "localhost" or ip_address(parts.hostname).is_loopback
        )
    except ValueError:
        return False
