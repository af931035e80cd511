"""ETags, and how requests' headers are compared with them."""

import pytest
from fastapi import Request

from api.v1.caching import conditional
from api.v1.schemas.submissions import HealthOut

FIRST = conditional(Request({"type": "http", "headers": []}), HealthOut(), {})
ETAG = FIRST.headers["ETag"]


def _asked(*if_none_match: str) -> int:
    headers = [(b"if-none-match", value.encode()) for value in if_none_match]
    answer = conditional(Request({"type": "http", "headers": headers}), HealthOut(), {"Link": "x"})
    assert (answer.headers["ETag"], answer.headers["Link"]) == (ETAG, "x")
    return answer.status_code


def test_the_first_answer_is_whole() -> None:
    assert (FIRST.status_code, FIRST.body) == (200, b'{"status":"ok"}')


@pytest.mark.parametrize("value", [ETAG, f"W/{ETAG}", f'"a" , {ETAG}', "*"])
def test_a_tag_that_matches(value: str) -> None:
    assert _asked(value) == 304


@pytest.mark.parametrize("value", ["", '"a"', ETAG.strip('"'), ETAG[:-2] + '"'])
def test_a_tag_that_does_not(value: str) -> None:
    assert _asked(value) == 200


def test_tags_may_come_in_several_headers() -> None:
    assert _asked('"a"', ETAG) == 304
