"""TAB offers the problems and languages of a real API."""

from pathlib import Path

import pytest

from tests.integration.api.service import Service
from tests.support.shells import Shells


@pytest.fixture
def shells(service: Service, tmp_path: Path) -> Shells:
    return Shells(tmp_path, service.url)


def test_problems_are_offered(shells: Shells) -> None:
    assert {"maxsubarray", "lorainit"} <= set(shells.bash("open", ""))
    assert shells.bash("open", "maxs") == ["maxsubarray"]
    assert shells.bash("submit", "a.py", "--problem", "lor") == ["lorainit"]
    assert shells.bash("team", "practise", "t", "n", "maxsubarray", "lor") == ["lorainit"]
    assert shells.bash("draft", "show", "lor") == ["lorainit"]
    assert '"maxsubarray":"Maxsubarray"' in shells.asked("zsh", "shousi watch --problem max")
    assert shells.asked("fish", "shousi open lon").strip() == "longestsubarray\tLongestsubarray"


def test_the_languages_are_those_of_the_problem_that_is_named(shells: Shells) -> None:
    assert shells.bash("open", "maxsubarray", "--language", "") == ["python3", "cpp"]
    assert shells.bash("draft", "drop", "lorainit", "--language", "") == ["pytorch"]
    assert shells.bash("run", "--problem", "lorainit", "--language", "p") == ["pytorch"]
    assert shells.bash("run", "a.go", "--language", "p") == ["python3", "pytorch"]
    assert "java" in shells.bash("open", "nosuchproblem", "--language", "")
