"""The addresses to which webhooks may be sent."""

from ipaddress import ip_address

import pytest

from judge.errors import InvalidError, ShousiError
from judge.settings import Settings, get_settings
from judge.webhooks.addresses import Rules, checked_url, parse_networks

# Addresses of this machine, of its private networks and of clouds' metadata services, in all
# spellings.
REFUSED = (
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1"),
    *("192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "168.63.129.16"),
    *("192.0.0.192", "198.18.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1"),
    *("255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1"),
    *("fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1"),
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2001::1"),
    *("2001:db8::1", "100::1"),
)
PUBLIC = ("1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "::ffff:1.1.1.1")


@pytest.mark.parametrize("address", REFUSED)
def test_what_only_this_service_reaches_is_refused(address: str) -> None:
    assert not Rules().allow(ip_address(address), "https")


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_reached_over_https_alone(address: str) -> None:
    assert Rules().allow(ip_address(address), "https")
    assert not Rules(loopback=True).allow(ip_address(address), "http")


def test_named_networks_and_nothing_beside_them_are_added() -> None:
    rules = Settings(webhook_networks="10.1.0.0/16, fd12::/32").webhook_rules
    allowed = [each for each in REFUSED if rules.allow(ip_address(each), "https")]
    assert allowed == []
    for address in ("10.1.2.3", "::ffff:10.1.2.3", "fd12::1"):
        assert rules.allow(ip_address(address), "https")
        assert not rules.allow(ip_address(address), "http")


def test_a_network_that_names_loopback_does_not_let_it_in() -> None:
    rules = Rules(parse_networks("0.0.0.0/0, ::/0"))
    assert not rules.allow(ip_address("127.0.0.1"), "https")
    assert not rules.allow(ip_address("::1"), "https")


def test_a_network_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOUSI_WEBHOOK_NETWORKS", "10.1.0.0/16,office")
    with pytest.raises(ShousiError, match=r"SHOUSI_WEBHOOK_NETWORKS.*office"):
        get_settings.__wrapped__()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://example.org/", "must begin with https"),
        ("ftp://example.org/", "not a URL"),
        ("https://", "not a URL"),
        ("example.org", "not a URL"),
        ("https://user@example.org/", "no user"),
        ("https://user:word@example.org/", "no password"),
        ("https://example.org/#part", "no fragment"),
        ("https://127.0.0.1/", "not a public address"),
        ("https://2130706433/", "not a public address"),
        ("https://0x7f.1/", "not a public address"),
        ("https://[::ffff:169.254.169.254]/", "not a public address"),
        ("https://10.0.0.1:8443/", "not a public address"),
        ("http://localhost/", "must begin with https"),
        ("https://example.org/" + "a" * 500, "at most 500"),
    ],
)
def test_a_url_that_can_not_be_is_told_why(url: str, why: str) -> None:
    with pytest.raises(InvalidError, match=why) as caught:
        checked_url(url, Rules())
    assert caught.value.field == "url"


def test_a_url_is_kept_in_ascii() -> None:
    assert (
        checked_url("https://例え.org/钩?a=1", Rules()) == "https://xn--r8jz45g.org/%E9%92%A9?a=1"
    )


def test_http_will_do_on_this_machine_where_the_settings_say_so() -> None:
    rules = Rules(loopback=True)
    for url in ("http://127.0.0.1:8080/a", "http://localhost:8080/a", "http://[::1]:8080/a"):
        assert checked_url(url, rules) == url
    with pytest.raises(InvalidError, match="must begin with https"):
        checked_url("http://example.org/", rules)
