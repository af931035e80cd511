"""The commands for boards and teams, against a real API."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import make_app
from judge.verdict import Verdict
from tests.integration.api.service import Account, Service
from tests.integration.api.terminal import Terminal


def test_a_team_practises_from_the_terminal(
    service: Service, ada: Account, eve: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, hers = (Terminal(service, who, monkeypatch) for who in (ada, eve))
    slug = mine.told("team", "create", f"周五 {ada.name}")["slug"]
    word = mine.told("team", "invite", slug, "--uses", "2")["invite"]
    assert hers.told("team", "join", slug, word)["role"] == "member"
    names = [one["user"] for one in hers.told("team", "members", slug)]
    assert names == [ada.name, eve.name]
    assert eve.name in mine.said("team", "members", slug)
    plan = mine.told("team", "practise", slug, "Week 1", "maxsubarray", "lorainit")
    service.judge(ada.submitted(), Verdict.WA)
    service.judge(ada.submitted())
    eve.submitted()
    shown = hers.said("board", "--team", slug, "--set", plan["id"])
    assert "+2" in shown
    assert "?1" in shown
    rows = hers.told("board", "--team", slug)["rows"]
    assert [(row["user"], row["score"]) for row in rows] == [(ada.name, 1), (eve.name, 0)]
    assert hers.run("team", "remove", slug, ada.name).exit_code == 2
    assert mine.run("team", "leave", slug).exit_code == 2
    mine.said("team", "hand-over", slug, eve.name)
    mine.said("team", "leave", slug)
    assert slug in hers.said("team", "list")
    assert mine.told("team", "list") == []


def test_boards_and_problems_are_listed(
    service: Service, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal(service, ada, monkeypatch)
    service.judge(ada.submitted())
    assert "250 ms" in terminal.said("board", "--problem", "maxsubarray")
    assert terminal.told("board", "--period", "week")["starts_at"] > 0
    assert "maxsubarray" in terminal.said("problems")
    assert "lorainit" in [one["slug"] for one in terminal.told("problems")]
    assert terminal.run("board", "--problem", "nothing").exit_code == 2


def test_signing_in_from_the_terminal(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOUSI_URL", service.url)
    monkeypatch.setenv("HOME", str(tmp_path))
    password = "correct horse"

    def login(*words: str, typed: str) -> Result:
        return CliRunner().invoke(make_app("login"), ["login", *words], input=typed)

    made = login("Ines", "--new", "--json", typed=f"{password}\n{password}\n")
    assert made.exit_code == 0, made.output
    told = json.loads(made.stdout)
    assert (told["name"], told["url"]) == ("Ines", service.url)
    token = json.loads(Path(told["credentials"]).read_text())[service.url]
    assert service.client(token).get("/users/me").json()["name"] == "Ines"
    assert login("Ines", typed=f"{password}\n").exit_code == 0
    assert login("Ines", "--json", typed="wrong horse\n").exit_code == 2
