"""`shousi submit` and `run` in the folder that `shousi open` wrote, and drafts: a real API."""

from pathlib import Path

import pytest
from sqlalchemy import update

from cli.skeletons import skeleton
from judge.db.models import ProblemVersion
from judge.job import Kind
from judge.problems.publish import publish
from judge.problems.stored import put_files
from judge.verdict import Verdict
from tests.integration.api.service import Account, Service, add_problem
from tests.integration.api.terminal import Terminal, judging_next
from tests.unit.judge.problem_package.making import UUID, loaded


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


def with_files(service: Service, slug: str, files: dict[str, bytes], statement: str) -> None:
    """A problem with these files. The caller withdraws it: other tests list the problems."""
    add_problem(service.db, slug)
    with service.db.write() as session:
        stored = put_files(service.db, session, files)
        found = {"extras": {"downloads": stored}, "statements_html": {"en": statement}}
        session.execute(update(ProblemVersion).where(ProblemVersion.sha256 == slug).values(**found))


def test_a_problems_files_are_written_beside_its_statement(
    service: Service, boss: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal(service, boss, monkeypatch)
    monkeypatch.chdir(tmp_path)
    link = '<a href="/api/v1/problems/attached/files/problem.pdf">problem.pdf</a>'
    files = {"problem.pdf": b"%PDF\xff", "attachments/begin here.py": b"x = 1\n"}
    with_files(service, "attached", files, link)
    terminal.said("open", "attached")
    assert 'href="files/problem.pdf"' in Path("attached/statement.html").read_text()
    assert Path("attached/files/problem.pdf").read_bytes() == b"%PDF\xff"
    begun = Path("attached/files/attachments/begin here.py")
    begun.write_text("x = 2\n")
    terminal.said("open", "attached")
    assert begun.read_text() == "x = 2\n"
    with_files(service, "escaping", {"../../outside.py": b"x = 3\n"}, "")
    refused = terminal.run("open", "escaping", "deep/inside")
    assert (refused.exit_code, "outside" in refused.stderr) == (2, True)
    assert list(tmp_path.rglob("outside.py")) == []
    for slug in ("attached", "escaping"):
        terminal.said("admin", "withdraw", slug)


def test_a_quiz_is_opened_filled_in_and_submitted(
    service: Service, boss: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(service.db, loaded(skeleton(Kind.QUIZ, "numbers", UUID), "numbers"))
    terminal = Terminal(service, boss, monkeypatch)
    monkeypatch.chdir(tmp_path)
    terminal.said("open", "numbers")
    statement = Path("numbers/statement.html").read_text()
    assert "How many bytes does a float32 take?" in statement
    assert "一个 float32 占多少字节？" in statement
    assert "32 bits are 4 bytes" not in statement
    answers = Path("numbers/numbers.yaml")
    assert answers.read_text() == (
        "# problem: numbers\n"
        "01-bytes:  # one of a, b, c\n"
        "02-copies:  # a list [...] of all that are right: a, b, c\n"
        "03-matrix:  # a number in MiB\n"
        "04-sizes:  # a list [...] of a, b, c, in order\n"
    )
    answers.write_text("# problem: numbers\n01-bytes: a\n")
    with judging_next(service, boss, Verdict.AC) as sent:
        assert terminal.said("submit", "numbers").startswith("AC  accepted")
    assert sent == ["answers", answers.read_text()]
    refused = terminal.run("run", "numbers")
    assert (refused.exit_code, "nothing to run" in refused.stderr) == (2, True)
    terminal.said("admin", "withdraw", "numbers")


def test_a_draft_is_kept_shown_and_dropped(
    service: Service, ada: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal(service, ada, monkeypatch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    source = "# problem: maxsubarray\ndef max_subarray(nums):"
    Path("half.py").write_text(source)
    assert terminal.run("draft", "show", "maxsubarray").exit_code == 2
    assert f"{service.url}/problems/maxsubarray" in terminal.said("draft", "keep")
    assert terminal.said("draft", "show", "maxsubarray") == source + "\n"
    assert terminal.told("draft", "show", "maxsubarray")["language"] == "python3"
    words = ("half.py", "--problem", "lorainit")
    assert terminal.told("draft", "keep", *words)["language"] == "pytorch"
    assert terminal.run("draft", "show", "maxsubarray", "--language", "cpp").exit_code == 2
    terminal.said("draft", "drop", "maxsubarray")
    assert terminal.run("draft", "show", "maxsubarray").exit_code == 2
    terminal.said("draft", "drop", "lorainit", "--language", "pytorch")


def test_a_draft_that_was_changed_elsewhere_is_not_replaced_unseen(
    service: Service, ada: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal(service, ada, monkeypatch)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    mine = Path("mine.py")
    words = ("draft", "keep", "mine.py", "--problem", "maxsubarray")
    for text in ("# one", "# two"):
        mine.write_text(text)
        terminal.said(*words)
    address = "/problems/maxsubarray/drafts/python3"
    ada.http.put(address, json={"source": "# elsewhere"})
    mine.write_text("# three")
    refused = terminal.run(*words)
    look = "shousi draft show maxsubarray --language python3"
    assert (refused.exit_code, look in refused.stderr) == (2, True)
    assert len(refused.stderr.splitlines()) == 1
    assert terminal.said(*look.split()[1:]) == "# elsewhere\n"
    terminal.said(*words)
    assert ada.http.get(address).json()["source"] == "# three"
    # The draft was deleted elsewhere: after the user has seen that, a new one can be stored.
    ada.http.delete(address)
    mine.write_text("# four")
    assert terminal.run(*words).exit_code == 2
    assert terminal.run(*look.split()[1:]).exit_code == 2
    terminal.said(*words)
    terminal.said("draft", "drop", "maxsubarray")
    # Another computer, on which the draft was never shown.
    ada.http.put(address, json={"source": "# elsewhere"})
    assert terminal.run(*words).exit_code == 2
    terminal.said("draft", "drop", "maxsubarray")
