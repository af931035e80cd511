"""A stream ends when the token ends with which it was opened."""

from collections.abc import Callable

import pytest

from tests.integration.api.service import SOURCE, Account, Service, SseEvent, read_stream
from tests.integration.api.test_api_boards import team_of


def revoke(_service: Service, account: Account, _boss: Account) -> None:
    (token,) = account.http.get("/tokens").json()["items"]
    assert account.http.delete(f"/tokens/{token['id']}").status_code == 204


def ban(_service: Service, account: Account, boss: Account) -> None:
    answer = boss.http.patch(f"/admin/users/{account.name}", json={"banned": True})
    assert answer.status_code == 200


End = Callable[[Service, Account, Account], None]


@pytest.mark.parametrize("end", [revoke, ban])
@pytest.mark.parametrize("stream", ["events", "leaderboard/events"])
def test_a_stream_ends_with_its_token(
    service: Service, ada: Account, eve: Account, boss: Account, stream: str, end: End
) -> None:
    slug = team_of(ada, eve)
    with eve.http.stream("GET", f"/teams/{slug}/{stream}") as answer:
        told = (one for one in read_stream(answer) if isinstance(one, SseEvent))
        assert next(told).kind == "snapshot"
        end(service, eve, boss)
        service.judge(ada.submitted())
        assert list(told) == []


def test_a_submissions_stream_ends_with_its_token(
    service: Service, eve: Account, boss: Account
) -> None:
    sent = eve.submitted()
    with eve.http.stream("GET", f"/submissions/{sent}/events") as answer:
        told = (one for one in read_stream(answer) if isinstance(one, SseEvent))
        assert [next(told).kind, next(told).kind] == ["snapshot", "queued"]
        revoke(service, eve, boss)
        service.judge(sent)
        assert list(told) == []


def test_a_batchs_stream_ends_with_its_token(service: Service, eve: Account, boss: Account) -> None:
    body = {"problem": "maxsubarray", "sources": [{"language": "python3", "source": SOURCE}]}
    with eve.http.stream("POST", "/runs:batch", json=body) as answer:
        told = (one for one in read_stream(answer) if isinstance(one, SseEvent))
        begun = next(told)
        assert begun.kind == "snapshot"
        revoke(service, eve, boss)
        service.judge(begun.data["items"][0]["submission"])
        assert list(told) == []
