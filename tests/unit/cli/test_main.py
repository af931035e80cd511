"""What the `shousi` command does in unusual environments: streams, locale, settings, names."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cli.main import make_app
from tests.support.launched import PROJECT, SHOUSI
from tests.support.strangers import Stranger, stranger

JSON = {"Content-Type": "application/json"}
SETTINGS = (*SHOUSI, "doctor", "--settings", "--json")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "user"),
        "SHOUSI_HOME": str(tmp_path / "home"),
        "PYTHONPATH": str(PROJECT),
        "SHOUSI_URL": "http://127.0.0.1:9",
    }


def run(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, text=True, stderr=subprocess.PIPE, timeout=120, **options)


def line(done: subprocess.CompletedProcess[str], status: int = 2) -> str:
    """The one line on standard error, after an exit with this status."""
    assert (done.returncode, done.stderr.count("\n")) == (status, 1), done.stderr
    return done.stderr


def test_a_full_disk_behind_the_output_is_one_line(env: dict[str, str]) -> None:
    with Path("/dev/full").open("w") as full:
        for words in (SETTINGS, SETTINGS[:-1]):
            said = line(run(*words, env=env, stdout=full))
            assert said == "shousi: the output can't be written: No space left on device\n"


def test_a_reader_who_goes_away_is_no_error_to_print(env: dict[str, str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as sink:
        done = run(*SETTINGS, env=env, stdout=sink)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize("closed", [(1,), (0, 1, 2)])
def test_closed_streams_are_no_files_of_ours(env: dict[str, str], closed: tuple[int]) -> None:
    def close() -> None:
        for number in closed:
            os.close(number)

    done = subprocess.run(SETTINGS, env=env, preexec_fn=close, timeout=120)
    assert done.returncode == 0
    # The services that the launcher starts don't have it either.
    code = "import os, cli.main as c; c._open_standard_streams(); os.execvp('cat', ['cat', '-'])"
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, env=env, input=b"", preexec_fn=close, timeout=120)
    assert done.returncode == 0


def test_json_is_json_in_any_character_set(env: dict[str, str]) -> None:
    bodies = {"items": [{"name": "面试 é 😀"}]}
    with stranger(200, JSON, json.dumps(bodies).encode()) as server:
        for encoding in ("latin-1", "ascii", "utf-8"):
            variables = {"SHOUSI_URL": server.url, "PYTHONIOENCODING": encoding}
            done = run(
                *SHOUSI, "interview", "list", "--json",
                env=env | variables, stdout=subprocess.PIPE, encoding=encoding,
            )  # fmt: skip
            assert json.loads(done.stdout) == bodies["items"], done.stderr


def test_a_wrong_setting_is_no_verdict(env: dict[str, str], tmp_path: Path) -> None:
    source = tmp_path / "a.py"
    source.touch()
    package = str(PROJECT / "problems" / "lorainit")
    for words in (("submit", str(source)), ("problem", "verify", package)):
        done = run(*SHOUSI, *words, env=env | {"SHOUSI_PORT": "abc"}, stdout=subprocess.PIPE)
        assert "SHOUSI_PORT: Input should be a valid integer" in line(done)


def test_a_new_package_is_whole_or_not_there(env: dict[str, str], tmp_path: Path) -> None:
    new = (*SHOUSI, "problem", "new", "sum", "--kind", "quiz")
    assert "sum can't be written" in line(run(*new, env=env, cwd="/proc"))
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = run(*new, env=env | ascii_only, cwd=tmp_path, stdout=subprocess.PIPE)
    assert done.returncode == 0, done.stderr
    assert "多少" in (tmp_path / "sum" / "statement" / "problem.zh.md").read_text(encoding="utf-8")
    assert [one.name for one in tmp_path.iterdir()] == ["sum"]


def test_watch_shows_any_file_name_and_goes_on_without_a_server(
    env: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "[" / "b] -x.py"
    file.parent.mkdir()
    file.write_text("# problem: a\n")
    watching = subprocess.Popen(
        [*SHOUSI, "watch", "--", "[/b] -x.py"], env=env, cwd=tmp_path, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    with watching:
        assert watching.stdout is not None
        assert "b] -x.py" in watching.stdout.readline()
        assert "no answer from http://127.0.0.1:9" in watching.stdout.readline()
        watching.send_signal(signal.SIGINT)
        assert watching.communicate()[1] == ""
    assert watching.returncode == 0
    done = run(*SHOUSI, "watch", str(file), env=env | {"SHOUSI_URL": "nonsense"})
    assert "nonsense is no address of a server" in line(done)
    assert "no such file" in line(run(*SHOUSI, "watch", "missing.py", env=env)).lower()


@pytest.fixture(scope="module")
def server() -> Iterator[Stranger]:
    with stranger(200, JSON, b'{"name": "ada", "languages": ["c"]}') as found:
        yield found


ELSEWHERE = [
    *("team remove mine ..", "team delete-set mine ..", "team revoke-invitation mine ."),
    *("team leave ..", "team delete .", "team hand-over .. ada", "team join .. code"),
    *("interview withdraw mine ..", "interview assign .. ml", "interview start ."),
    *("interview next --yes ..", "admin ban ..", "admin role .. admin", "admin withdraw .."),
    *("admin bring-back ..", "admin rejudge ..", "admin rejudge-one ..", "admin apply .."),
    *(
        "admin drop ..",
        "admin revoke-invitation ..",
        "admin drain ..",
        "admin retry ..",
        "repro ..",
    ),
    *("admin cancel ..", "token revoke ..", "webhook delete ..", "webhook test ..", "show .."),
    *("webhook resend hook ..", "draft drop ..", "draft drop lora --language ..", "open .."),
    *("problem publish ..", "admin upload ..", "batch --again ..", "solution ..", "profile .."),
]


@pytest.mark.parametrize("words", ELSEWHERE)
def test_no_argument_leads_to_another_path(
    server: Stranger, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.setenv("SHOUSI_URL", server.url)
    server.requests.clear()
    done = CliRunner().invoke(make_app(words.split()[0]), words.split())
    assert (done.exit_code, "is no name and no id" in done.output) == (2, True), done.output
    assert not [asked for asked, _ in server.requests if not asked.startswith("GET ")]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("team invite mine --days nan", "--days nan: give"),
        ("admin invite --days inf", "--days inf: give"),
        ("token create laptop --days 1e18", "--days 1e+18: give"),
        ("team practise mine week maxsubarray --starts 0001-01-01", "is out of range"),
    ],
)
def test_numbers_that_can_not_be_meant_are_not_sent(
    server: Stranger, monkeypatch: pytest.MonkeyPatch, words: str, why: str
) -> None:
    monkeypatch.setenv("SHOUSI_URL", server.url)
    server.requests.clear()
    done = CliRunner().invoke(make_app(words.split()[0]), words.split())
    assert (done.exit_code, why in done.output) == (2, True), done.output
    assert not server.requests


def test_a_server_that_goes_away_leaves_the_submissions_id(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    source = tmp_path / "a.py"
    source.touch()
    answer = {"id": "01abc", "kind": "stdio", "missing_labels": []}  # and no state
    with stranger(200, JSON, json.dumps(answer).encode()) as server:
        monkeypatch.setenv("SHOUSI_URL", server.url)
        done = CliRunner().invoke(make_app("submit"), ["submit", str(source)])
    assert done.exit_code == 2
    assert "it is stored, and `shousi show 01abc` shows its verdict later" in done.output


def test_the_end_of_a_round_is_told_by_the_clock_here(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    task = {"problem": "lora", "num_attempts": 0, "solved_at": None, "sent": False}
    # By the server's clock, which shows a moment in 1970.
    running = {"state": "running", "position": 1, "title": "Coding", "ends_at": 5, "tasks": [task]}
    sitting = {"title": "ML", "seconds_left": 600.0, "rounds": [running]}
    with stranger(200, JSON, json.dumps(sitting).encode()) as server:
        monkeypatch.setenv("SHOUSI_URL", server.url)
        begun = time.time()
        done = CliRunner().invoke(make_app("interview"), ["interview", "status", "one"])
        seconds = range(int(begun), int(time.time()) + 2)
    ends = {time.strftime("%H:%M:%S", time.localtime(now + 600)) for now in seconds}
    found = re.search(r"10:00 left, until (\d\d:\d\d:\d\d)", done.output)
    assert found is not None, done.output
    assert found[1] in ends


# Ends itself as Ctrl-C would, as soon as typer begins to load.
_INTERRUPTED = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
from cli.main import main
main()
"""


def test_ctrl_c_while_the_modules_load_is_no_traceback(env: dict[str, str]) -> None:
    done = run(sys.executable, "-c", _INTERRUPTED, "serve", env=env, stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
