"""The commands for boards and teams, against a real API."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from cli.main import make_app
from judge.db.background_models import RejudgeItem
from judge.settings import Settings
from judge.submissions import lifecycle
from judge.submissions.lifecycle import Progress
from judge.verdict import Verdict
from tests.integration.api.service import Account, Service, judged, results, running
from tests.integration.api.terminal import Terminal


def test_a_team_practises_from_the_terminal(
    service: Service, ada: Account, eve: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, hers = (Terminal(service, who, monkeypatch) for who in (ada, eve))
    slug = mine.told("team", "create", f"周五 {ada.name}")["slug"]
    word = mine.told("team", "invite", slug, "--uses", "2")["invite"]
    assert f"invited by {ada.name}" in hers.said("team", "preview", slug, word)
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
    table = hers.said("board", "--team", slug, "--set", plan["id"], "--csv").splitlines()
    assert table[0].endswith("maxsubarray,maxsubarray tries,lorainit,lorainit tries")
    assert table[1].startswith(f"1,{ada.name},1,1,")
    assert hers.run("board", "--csv", "--json").exit_code == 2
    rows = hers.told("board", "--team", slug)["rows"]
    assert [(row["user"], row["score"]) for row in rows] == [(ada.name, 1), (eve.name, 0)]
    told = hers.told("team", "activity", slug)
    assert [(one["user"], one["verdict"], one["submission"]) for one in told] == [
        (ada.name, "AC", None),
        (ada.name, "WA", None),
    ]
    assert len(mine.told("team", "activity", slug, "--limit", "1")) == 1
    assert "maxsubarray" in hers.said("team", "activity", slug)
    assert hers.run("team", "remove", slug, ada.name).exit_code == 2
    assert mine.run("team", "leave", slug).exit_code == 2
    mine.said("team", "hand-over", slug, eve.name)
    mine.said("team", "leave", slug)
    assert slug in hers.said("team", "list")
    assert mine.told("team", "list") == []


def test_a_practice_set_is_changed(
    service: Service, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal(service, ada, monkeypatch)
    slug = terminal.told("team", "create", f"Planners {ada.name}")["slug"]
    dates = ("--starts", "2026-01-01", "--ends", "2026-02-01")
    first = terminal.told("team", "practise", slug, "Week 1", "maxsubarray", *dates)
    change = ("team", "practise", slug, "--change", first["id"])
    later = terminal.told(*change, "--ends", "2026-03-01")
    assert later == first | {"ends_at": later["ends_at"]}
    assert later["ends_at"] > first["ends_at"]
    assert first["id"] in terminal.said(*change, "Week 2", "lorainit", "maxsubarray", "--undated")
    (listed,) = terminal.told("team", "sets", slug)
    assert (listed["name"], listed["problems"]) == ("Week 2", ["lorainit", "maxsubarray"])
    assert (listed["starts_at"], listed["ends_at"]) == (None, None)
    for words in ([*change, "Week 2", "nothing"], ["team", "practise", slug, "Week 3"],
                  ["team", "practise", slug, "--change", "nothing"]):  # fmt: skip
        refused = terminal.run(*words)
        assert (refused.exit_code, len(refused.stderr.splitlines())) == (2, 1)


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
    found = {one["id"]: one["available"] for one in terminal.told("languages")}
    assert (found["cpp"], found["go"]) == (True, False)
    assert "no worker has it" in terminal.said("languages")


def test_a_profile_and_preferences_are_shown(
    service: Service, ada: Account, eve: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal(service, ada, monkeypatch)
    assert "no rank yet" in terminal.said("profile")
    service.judge(ada.submitted(), Verdict.WA)
    service.judge(ada.submitted())
    shown = terminal.said("profile", ada.name)
    assert "score 1, rank " in shown
    assert "250 ms" in shown
    assert "topics: array 1/" in shown
    assert terminal.told("profile", eve.name)["rank"] is None
    assert "theme: not chosen" in terminal.said("preferences")
    chosen = terminal.told("preferences", "--theme", "dark")
    assert chosen == {"theme": "dark", "language": None}
    assert "language: zh" in terminal.said("preferences", "--language", "zh")
    assert terminal.run("preferences", "--theme", "pink").exit_code == 2


def test_what_a_rejudge_changes_is_told(
    service: Service, ada: Account, boss: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.judge(ada.submit("lorainit", language="pytorch").json()["id"])
    terminal = Terminal(service, boss, monkeypatch)
    begun = terminal.told("admin", "rejudge", "lorainit")["rejudge"]
    with service.db.read() as session:
        query = select(RejudgeItem.after_id).where(RejudgeItem.rejudge_id == begun)
        waiting = session.scalars(query).all()
    for judging_id in waiting:
        held = lifecycle.claim(service.db, judging_id, worker="w", lease_s=60, max_attempts=3)
        assert held is not None
        done = dict(enumerate(results(Verdict.WA), start=1))
        assert lifecycle.finish(service.db, held, judged(Verdict.WA), Progress(False, 2, done))
    shown = terminal.said("admin", "rejudged", begun)
    for words in ("version 1 -> 1", "1 -> 0", "01-big", f"begun by {boss.name}"):
        assert words in shown
    terminal.said("admin", "drop", begun)


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
    refused = CliRunner().invoke(make_app("login"), ["login", "Ines", "--invite", "word"])
    assert (refused.exit_code, "--new" in refused.stderr) == (2, True)


def test_an_invitation_lets_one_sign_up_and_signing_out_ends_the_token(
    service: Service,
    settings: Settings,
    boss: Account,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SHOUSI_TOKEN", raising=False)
    word = Terminal(service, boss, monkeypatch).told("admin", "invite")["invite"]
    typed = "correct horse\ncorrect horse\n"
    closed = settings.model_copy(update={"signup_open": False})
    with running(closed) as (_, url):
        monkeypatch.setenv("SHOUSI_URL", url)
        words = ["login", "Kamala", "--new", "--json"]
        assert CliRunner().invoke(make_app("login"), words, input=typed).exit_code == 2
        made = CliRunner().invoke(make_app("login"), [*words, "--invite", word], input=typed)
        assert made.exit_code == 0, made.output
        kept = Path(json.loads(made.stdout)["credentials"])
        token = json.loads(kept.read_text())[url]
        assert service.client(token).get("/users/me").json()["name"] == "Kamala"
        for _ in range(2):
            ended = CliRunner().invoke(make_app("logout"), ["logout"])
            assert ended.exit_code == 0, ended.output
            assert json.loads(kept.read_text()) == {}
            assert service.client(token).get("/users/me").status_code == 401
            # A token that was ended elsewhere is still in the file.
            kept.write_text(json.dumps({url: token}))
        kept.write_text("{}")
        assert "no token was kept" in CliRunner().invoke(make_app("logout"), ["logout"]).stdout
