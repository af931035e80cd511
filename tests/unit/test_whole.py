"""The tests that a quick `make test` leaves out exist."""

from pathlib import Path

import pytest

from tests.support.whole import LONG, THINNED

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize("long", [*LONG, *THINNED])
def test_what_is_left_out_exists(long: str) -> None:
    file, _, test = long.partition("::")
    name, _, _ = test.partition("[")
    assert name in (TESTS / file).read_text()
