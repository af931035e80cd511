"""`shousi submit` and `shousi run` in the folder that `shousi open` wrote, against a real API."""

from pathlib import Path

import pytest

from judge.verdict import Verdict
from tests.integration.api.service import Account, Service
from tests.integration.api.terminal import Terminal, judging_next


def test_the_folder_that_was_opened_is_submitted(
    service: Service, ada: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal(service, ada, monkeypatch)
    monkeypatch.chdir(tmp_path)
    terminal.said("open", "maxsubarray")
    text = Path("maxsubarray/maxsubarray.py").read_text()
    with judging_next(service, ada, Verdict.WA) as sent:
        ran = terminal.run("run", "maxsubarray")
    assert (ran.exit_code, sent) == (1, ["python3", text])
    monkeypatch.chdir("maxsubarray")
    with judging_next(service, ada, Verdict.AC) as sent:
        assert terminal.said("submit").startswith("AC  accepted")
    assert sent == ["python3", text]
    terminal.said("open", "maxsubarray", ".", "--language", "cpp")
    refused = terminal.run("submit")
    assert refused.exit_code == 2
    assert "maxsubarray.cpp (maxsubarray), maxsubarray.py (maxsubarray)" in refused.stderr
    assert terminal.run("watch", "samples").exit_code == 2
