"""What TAB offers if no server is needed, or if none answers."""

from pathlib import Path

import pytest

from cli.completing import problem_slugs
from cli.main import COMMANDS
from tests.support.shells import Shells
from tests.support.strangers import stranger


@pytest.fixture
def shells(tmp_path: Path) -> Shells:
    return Shells(tmp_path, "http://127.0.0.1:9")


def test_the_names_of_commands_are_offered_and_their_modules_not_loaded(shells: Shells) -> None:
    assert shells.bash("") == list(COMMANDS)
    assert shells.bash("problem") == ["problems", "problem"]
    assert not {name for name in shells.loaded if name.startswith("cli.")} - {"cli.main"}


def test_options_are_offered_and_other_commands_not_loaded(shells: Shells) -> None:
    assert shells.bash("submit", "--pro") == ["--problem"]
    assert "--verbose" in shells.bash("submit", "a.py", "-")
    assert "--period" in shells.asked("zsh", "shousi board --p")
    assert "cli.admin" not in shells.loaded
    assert shells.bash("team", "hand") == ["hand-over"]
    assert shells.bash("board", "--period", "") == ["week", "month", "all"]


def test_a_file_is_left_to_the_shell(shells: Shells) -> None:
    assert shells.bash("submit", "") == []
    assert shells.asked("zsh", "shousi submit ").strip() == "_files"


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://localhost:port", "nonsense"])
def test_without_a_server_no_problem_is_offered(tmp_path: Path, url: str) -> None:
    shells = Shells(tmp_path, url)
    assert shells.bash("open", "") == []
    assert shells.asked("fish", "shousi submit --problem max").strip() == ""
    assert "rust" in shells.bash("open", "maxsubarray", "--language", "")


@pytest.mark.parametrize("variables", [{"SHOUSI_WORKERS": "many"}, {"SSL_CERT_FILE": "/missing"}])
def test_a_wrong_setting_is_not_told_in_the_line_that_is_typed(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    assert Shells(tmp_path, "https://127.0.0.1:9", **variables).bash("open", "") == []


@pytest.mark.parametrize("body", [b'{"items": [{}]}', b'{"items": 5}', b"[]", b"x"])
def test_what_another_program_answers_is_not_offered(
    monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    with stranger(200, {}, body) as server:
        monkeypatch.setenv("SHOUSI_URL", server.url)
        assert problem_slugs("max") == []
