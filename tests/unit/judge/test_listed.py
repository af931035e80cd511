"""Settings that contain a list: three settings read them in the same way."""

from ipaddress import ip_network

import pytest

from judge.listed import words_in
from judge.settings import Settings
from judge.sso.provider import Provider


@pytest.mark.parametrize(
    ("listed", "words"),
    [
        ("", []),
        (" , ,", []),
        ("one", ["one"]),
        (" one ,two,, three four ", ["one", "two", "three four"]),
    ],
)
def test_words_are_between_commas(listed: str, words: list[str]) -> None:
    assert words_in(listed) == words


def test_each_setting_that_is_a_list_takes_spaces_and_empty_places() -> None:
    settings = Settings(worker_labels=" gpu ,, big", webhook_networks="10.1.0.0/16, ,10.2.0.0/16 ")
    assert settings.labels == {"gpu", "big"}
    assert settings.webhook_rules.networks == (ip_network("10.1.0.0/16"), ip_network("10.2.0.0/16"))
    provider = Provider(issuer="https://a.org", client_id="c", domains=" A.org, ,b.org")
    assert provider.address_domains == {"a.org", "b.org"}
