"""The addresses that webhooks may go to: public ones, and those that the settings add.

A user who names an address makes this service send requests there. So webhooks must not reach what
only this service can: its own machine, its network, and the addresses at which clouds give secrets
to their machines.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from pydantic import HttpUrl, TypeAdapter, ValidationError

from judge.errors import InvalidError
from judge.listed import words_in

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LONGEST_URL = 500
# All addresses for public use (RFC 4291), without those that contain an IPv4 address and lead to it
# (6to4 and Teredo, which `is_global` allows in some releases of Python).
_PUBLIC_V6 = IPv6Network("2000::/3")
_TUNNELS = (IPv6Network("2002::/16"), IPv6Network("2001::/23"))
# Reserved for protocols; some of these `is_global` refuses only in newer releases. Clouds use some
# of them too.
_SPECIAL_V4 = (IPv4Network("192.0.0.0/24"), IPv4Network("192.88.99.0/24"))
# Azure's service that gives machines information about themselves has a public address.
_METADATA = frozenset({IPv4Address("168.63.129.16")})
_URL = TypeAdapter(HttpUrl)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings allow besides public addresses: `networks`, and with `loopback` this
    machine, for which http is enough."""

    networks: tuple[Network, ...] = ()
    loopback: bool = False

    def allow(self, address: Address, scheme: str) -> bool:
        """Whether a message may be sent to this address."""
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if address.is_loopback:
            return self.loopback
        if scheme != "https":
            return False
        return is_public(address) or any(address in one for one in self.networks)


def is_public(address: Address) -> bool:
    """Whether it is a public address on the internet, of a single machine."""
    if address.is_multicast or not address.is_global:
        return False
    if isinstance(address, IPv4Address):
        return address not in _METADATA and not any(address in one for one in _SPECIAL_V4)
    return address in _PUBLIC_V6 and not any(address in one for one in _TUNNELS)


def parse_networks(listed: str) -> tuple[Network, ...]:
    """The networks in a comma-separated list. Raises ValueError if one is invalid."""
    return tuple(ip_network(word) for word in words_in(listed))


def checked_url(text: str, rules: Rules) -> str:
    """Return the URL as it is stored: with the host's name in ASCII. Raises InvalidError.

    The address behind a name is checked when something is sent; here only what can be checked
    without asking a name server.
    """
    if len(text) > LONGEST_URL:
        raise InvalidError(f"A URL has at most {LONGEST_URL} characters.", "url")
    try:
        url = _URL.validate_python(text)
    except ValidationError as error:
        raise InvalidError("That is not a URL: write https://HOST/PATH.", "url") from error
    if url.username or url.password or url.fragment:
        raise InvalidError("The URL must have no user, no password and no fragment.", "url")
    try:
        address = ip_address((url.host or "").strip("[]"))
    except ValueError:
        # A name: its address is looked up only when a message is sent.
        may_be_http = rules.loopback and url.host == "localhost"
    else:
        may_be_http = rules.loopback and address.is_loopback
        if not rules.allow(address, "https"):
            raise InvalidError("That is not a public address: webhooks can't be sent there.", "url")
    if url.scheme != "https" and not may_be_http:
        raise InvalidError("The URL must begin with https://.", "url")
    return str(url)
