"""What a client prefers, by the weights that it gives."""

import pytest

from api.accepting import weights


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("", {}),
        ("gzip, br", {"gzip": 1, "br": 1}),
        ("GZIP;q=0, *;q=0.5", {"gzip": 0, "*": 0.5}),
        ("gzip ; Q = 0.25,,;q=1", {"gzip": 0.25}),
        ("gzip;q=high, br;q=", {}),
        ("br;level=3", {"br": 1}),
        ("a," * 1000, {"a": 1}),
    ],
)
def test_a_header_is_read(header: str, found: dict[str, float]) -> None:
    assert weights(header) == found
