"""How a board is followed over a server's restart."""

from collections.abc import Iterator
from typing import Any

import pytest

from cli import boards
from cli.client import ApiError

Json = dict[str, Any]


class Restarting:
    """A client of a server that gives these answers, and streams that end after these boards."""

    def __init__(self, answers: list[Json | ApiError], streams: list[list[Json]]) -> None:
        self._answers, self._streams = iter(answers), iter(streams)

    def call(self, _method: str, _path: str, **_options: Any) -> Json:
        answer = next(self._answers)
        if isinstance(answer, ApiError):
            raise answer
        return answer

    def stream(self, _path: str, **_options: Any) -> Iterator[tuple[str, Json]]:
        return (("moved", board) for board in next(self._streams))


def test_a_server_that_comes_back_is_followed_on_and_its_absence_told_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(boards, "_AGAIN_S", 0)
    one, two, three = ({"rows": [number]} for number in (1, 2, 3))
    away = [ApiError("no answer"), ApiError("503: The database is away", 503)]
    client: Any = Restarting(
        [one, *away, two, *away, ApiError("404: There is no such team", 404)],
        [[one, two], [], [], [three], [], []],
    )
    found = boards.followed(client, "/leaderboard", "/leaderboard/events", {})
    assert [next(found)["rows"][0] for _ in range(5)] == [1, 1, 2, 2, 3]
    with pytest.raises(ApiError, match="404"):
        next(found)
    assert capsys.readouterr().err.splitlines() == ["error no answer"] * 2
