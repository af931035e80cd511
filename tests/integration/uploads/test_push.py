"""`shousi problem push`, as an author runs it."""

import json
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import make_app
from cli.problem import app
from tests.integration.api.service import Account, Service
from tests.integration.uploads.sending import SUM, package

RIGHT = "def total(numbers):\n    return sum(numbers)\n"


@pytest.fixture
def push_to(working: Service, boss: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOUSI_URL", working.url)
    token = boss.http.headers["Authorization"].removeprefix("Bearer ")
    monkeypatch.setenv("SHOUSI_TOKEN", token)


def push(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["push", *map(str, arguments)])
    return result.exit_code, result.stdout, result.stderr


def folder(tmp_path: Path, slug: str) -> Path:
    copy = tmp_path / slug
    shutil.copytree(SUM, copy)
    return copy


@pytest.mark.usefixtures("push_to")
def test_a_folder_is_packed_and_published(tmp_path: Path, boss: Account) -> None:
    path = folder(tmp_path, "pushed")
    (path / ".git").mkdir()
    (path / ".git" / "config").write_text("secret")
    code, out, _ = push(path)
    assert code == 0
    assert "pushed: published as version 1" in out
    assert "submissions/wrong_answer/absolute.py" in out.replace("\n", "")
    assert boss.http.get("/problems/pushed").json()["version"] == 1


@pytest.mark.usefixtures("push_to")
def test_an_archive_can_be_rehearsed(tmp_path: Path, boss: Account) -> None:
    archive = tmp_path / "rehearsal.zip"
    archive.write_bytes(package("rehearsal"))
    code, out, _ = push(archive, "--dry-run", "--json")
    report = json.loads(out)
    assert (code, report["state"], len(report["submissions"])) == (0, "checked", 5)
    assert boss.http.get("/problems/rehearsal").status_code == 404
    again = CliRunner().invoke(make_app("admin"), ["admin", "upload", report["id"], "--json"])
    assert (again.exit_code, json.loads(again.stdout)) == (0, report)
    result = CliRunner().invoke(app, ["publish", report["id"]])
    assert (result.exit_code, "published as version 1" in result.stdout) == (0, True)
    assert CliRunner().invoke(app, ["publish", report["id"]]).exit_code == 2


@pytest.mark.usefixtures("push_to")
def test_a_refusal_names_the_reason(tmp_path: Path, boss: Account) -> None:
    path = folder(tmp_path, "pushedinvain")
    (path / "submissions" / "wrong_answer" / "not_wrong.py").write_text(RIGHT)
    code, out, err = push(path)
    assert code == 1
    assert "submissions/wrong_answer/not_wrong.py: AC, WA expected" in err.replace("\n", " ")
    assert "pushedinvain: refused" in out
    newest = boss.http.get("/uploads").json()["items"][0]["id"]
    again = CliRunner().invoke(make_app("admin"), ["admin", "upload", newest])
    assert (again.exit_code, "pushedinvain: refused" in again.stdout) == (1, True)
    assert CliRunner().invoke(make_app("admin"), ["admin", "upload", "none"]).exit_code == 2


@pytest.mark.usefixtures("push_to")
def test_a_link_out_of_the_package_is_refused(tmp_path: Path) -> None:
    path = folder(tmp_path, "leaks")
    (path / "statement" / "passwd").symlink_to("/etc/passwd")
    code, _, err = push(path)
    assert code == 1
    assert "statement/passwd: links to `/etc/passwd`, which is outside the package" in err


@pytest.mark.usefixtures("push_to")
def test_what_is_wrong_on_this_side(
    tmp_path: Path, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert push(tmp_path / "nowhere")[0] == 2
    monkeypatch.setenv("SHOUSI_TOKEN", ada.http.headers["Authorization"].removeprefix("Bearer "))
    code, _, err = push(SUM)
    assert code == 2
    assert "403" in err
