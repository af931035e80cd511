"""`shousi board --follow`, against a real API."""

import json
import signal
from itertools import takewhile

import pytest

from tests.integration.api.service import Account, Service
from tests.integration.api.terminal import Terminal


def test_a_board_is_shown_again_whenever_it_changes_until_ctrl_c(
    service: Service, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal(service, ada, monkeypatch)
    slug = terminal.told("team", "create", f"Live {ada.name}")["slug"]
    plan = terminal.told("team", "practise", slug, "Week 1", "maxsubarray")["id"]
    words = ("board", "--team", slug, "--set", plan, "--follow", "--json")
    with terminal.begun(*words) as following:
        assert following.stdout is not None
        assert following.stderr is not None
        boards = map(json.loads, following.stdout)
        assert next(boards)["rows"][0]["problems"][0]["num_pending"] == 0
        service.judge(ada.submitted())
        # A board on which the submission still waits may be shown before.
        before = list(takewhile(lambda board: board["rows"][0]["score"] == 0, boards))
        assert all(board["rows"][0]["problems"][0]["num_pending"] == 1 for board in before)
        following.send_signal(signal.SIGINT)
        assert following.stderr.read() == ""
        assert following.wait() == 0


def test_who_is_removed_from_a_team_is_told_so(
    service: Service, ada: Account, eve: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, hers = (Terminal(service, who, monkeypatch) for who in (ada, eve))
    slug = mine.told("team", "create", f"Leaving {ada.name}")["slug"]
    hers.said("team", "join", slug, mine.told("team", "invite", slug)["invite"])
    with hers.begun("board", "--team", slug, "--follow") as following:
        assert following.stdout is not None
        assert following.stderr is not None
        assert any(eve.name in line for line in following.stdout)
        mine.said("team", "remove", slug, eve.name)
        (line,) = following.stderr.read().splitlines()
        assert line.startswith("error 404: ")
        assert following.wait() == 2


def test_what_can_t_be_followed_is_refused(
    service: Service, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal(service, ada, monkeypatch)
    refused = terminal.run("board", "--problem", "maxsubarray", "--follow")
    assert (refused.exit_code, len(refused.stderr.splitlines())) == (2, 1)
    assert terminal.run("board", "--team", "nobodys", "--follow").exit_code == 2
