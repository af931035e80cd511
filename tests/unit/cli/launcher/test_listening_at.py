"""Where the launcher listens, and what it calls that address."""

import pytest

from cli.launcher.serve import host_here, service_url
from judge import listening
from judge.errors import ShousiError
from judge.settings import Settings
from tests.support.launched import free_port


@pytest.mark.parametrize(
    ("host", "here", "url"),
    [
        ("127.0.0.1", "127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "127.0.0.1", "http://127.0.0.1:8000"),
        ("::1", "::1", "http://[::1]:8000"),
        # These sockets accept no connections to IPv4 addresses.
        ("::", "::1", "http://[::1]:8000"),
    ],
)
def test_a_client_here_finds_the_service(host: str, here: str, url: str) -> None:
    settings = Settings(host=host, port=8000)
    assert (host_here(settings), service_url(settings)) == (here, url)


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host", "x" * 64])
def test_an_address_that_is_not_ours_is_named(host: str) -> None:
    port = free_port()
    with pytest.raises(ShousiError, match=f"Can't listen at {host}, port {port}: ") as caught:
        listening.listen(host, port)
    assert "look at SHOUSI_HOST and SHOUSI_PORT" in str(caught.value)
