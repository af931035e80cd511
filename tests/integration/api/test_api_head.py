"""HEAD is answered as GET, without the body: monitors and link checkers send it."""

import httpx
import pytest

from tests.integration.api.service import Account, Service


def headers(answer: httpx.Response) -> dict[str, str]:
    """Return the headers that GET and HEAD share; the date and the transfer encoding may differ."""
    own = ("date", "transfer-encoding")
    return {name: value for name, value in answer.headers.items() if name not in own}


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/problems",
        "/api/v1/problems/maxsubarray",
        "/api/v1/problems/no-such",
        "/api/v1/users/me",
        "/api/v1/openapi.json",
        "/healthz",
        "/problems",
        "/problems/maxsubarray",
        "/no-such-page",
    ],
)
def test_head_has_the_headers_of_get(service: Service, path: str) -> None:
    service.root.get(path)  # a page's first answer also sets a cookie
    get, head = service.root.get(path), service.root.head(path)
    assert get.content
    assert not head.content
    assert head.status_code == get.status_code
    assert headers(head) == headers(get)


def test_head_is_conditional_too(service: Service) -> None:
    etag = service.http.get("/problems").headers["ETag"]
    answer = service.http.head("/problems", headers={"If-None-Match": etag})
    assert (answer.status_code, answer.headers["ETag"]) == (304, etag)


def test_head_of_a_stream_ends(service: Service, ada: Account) -> None:
    waits = f"/submissions/{ada.submitted()}/events"
    for answer in (service.http.head("/leaderboard/events"), ada.http.head(waits)):
        assert answer.status_code == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
    # The connection is free for the next request.
    assert ada.http.get("/users/me").status_code == 200


def test_head_needs_what_get_needs(service: Service, ada: Account) -> None:
    # Without the cookies that other tests have got.
    assert httpx.head(f"{service.http.base_url}users/me").status_code == 401
    assert ada.http.head("/users/me").status_code == 200
    assert ada.http.head("/admin/users").status_code == 403
    # GET is not allowed there.
    assert ada.http.head("/runs:batch").status_code == 405
