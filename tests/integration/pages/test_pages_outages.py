"""What a browser without scripts shows while a part of the service is down, or after too many
requests.
"""

import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from sqlalchemy import event

from cli.launcher.broker import EmbeddedValkey
from judge.settings import Settings
from judge.verdict import Verdict
from tests.integration.api.service import Service, prepared, running
from tests.integration.pages.browser import Browser

PROBLEM = "/problems/maxsubarray"
SUBMIT = f"{PROBLEM}/submissions"
PASSWORD = "correct horse battery"
SCRIPT = {"HX-Request": "true"}


def test_when_the_broker_goes_away_submissions_are_taken_and_verdicts_come(tmp_path: Path) -> None:
    own = Settings(home=tmp_path, log_level="error")
    prepared(own)
    with ExitStack() as broker:
        broker.enter_context(EmbeddedValkey(tmp_path))
        with running(own) as (_, url), closing(Service(own, url)) as service, Browser(url) as ada:
            ada.sign_in_as(service, service.account())
            page = ada.open(PROBLEM)
            broker.close()
            sent = ada.send(page, SUBMIT, source="pass")
            assert (sent.status, "Waiting" in sent.text) == (200, True)
            # Without scripts the page loads itself again.
            assert 'http-equiv="refresh"' in sent.html
            there = sent.answer.url.path
            service.judge(there.rpartition("/")[2], Verdict.AC)
            assert "Accepted" in ada.open(there).text
            # A page that shows it as waiting, and asks with that.
            seen = {"seen": "queued.0", "wait": "20"}
            polled = ada.http.get(f"{there}/panel", params=seen, headers=SCRIPT)
            assert "Accepted" in polled.text
            with ada.http.stream("GET", f"{there}/panel/events") as stream:
                assert "Accepted" in stream.read().decode()


@pytest.mark.parametrize(("language", "said"), [("en", "can't do it now"), ("zh", "数据库")])
def test_while_the_database_is_locked_a_form_comes_back_with_what_it_held(
    tmp_path: Path, language: str, said: str
) -> None:
    own = Settings(home=tmp_path, log_level="error")
    prepared(own)
    with running(own) as (server, url), Browser(url, language) as browser:
        browser.open("/")
        engine = server.services.db.engine
        # Half a minute of patience is the same error later.
        event.listen(engine, "connect", lambda one, _: one.execute("PRAGMA busy_timeout=50"))
        engine.dispose()
        with closing(Service(own, url)) as service:
            browser.sign_in_as(service, service.account())
        page, teams = browser.open(PROBLEM), browser.open("/teams")
        with closing(sqlite3.connect(engine.url.database or "", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            locked = browser.send(page, SUBMIT, source="my work")
            assert (locked.status, said in locked.text) == (503, True)
            assert locked.form(SUBMIT).fields["source"] == "my work"
            assert 'data-wait="2"' in locked.html
            team = browser.send(teams, "/teams", name="My team")
            assert (team.status, said in team.text) == (503, True)
            assert team.form("/teams").fields["name"] == "My team"
            # Readers are not blocked by the lock.
            assert browser.open("/problems").status == 200
            other.execute("ROLLBACK")
        assert browser.send(locked, SUBMIT).status == 200


def test_too_often_is_told_with_when_to_go_on(tmp_path: Path) -> None:
    strict = Settings(
        home=tmp_path, log_level="error",
        limit_submit="1/hour", limit_sign_in="1/hour", limit_sign_up="1/hour",
    )  # fmt: skip
    prepared(strict)
    with running(strict) as (_, url), Browser(url) as browser:
        there = browser.send(browser.open("/sign-in"), "/sign-up", name="Often", password=PASSWORD)
        assert there.status == 200
        assert browser.send(browser.open(PROBLEM), SUBMIT, source="pass").status == 200
        refused = browser.send(browser.open(PROBLEM), SUBMIT, source="my work")
        assert (refused.status, "You can go on in" in refused.text) == (429, True)
        assert refused.form(SUBMIT).fields["source"] == "my work"
        wait_s = refused.answer.headers["Retry-After"]
        # Inside of the alert each second would be read aloud; a timer's are not.
        assert f'role="timer" data-wait="{wait_s}"' in refused.html
    with running(strict) as (_, url), Browser(url) as browser:
        page = browser.open("/sign-in")
        wrong = [browser.send(page, "/sign-in", name="Often", password="x" * 9) for _ in "12"]
        assert [one.status for one in wrong] == [401, 429]
        assert "try again in" in wrong[1].text
        assert wrong[1].form("/sign-in").fields["name"] == "Often"
        made = browser.send(page, "/sign-up", name="First", password=PASSWORD)
        assert made.status == 200
        browser.http.cookies.clear()
        page = browser.open("/sign-in")
        again = browser.send(page, "/sign-up", name="Second", password=PASSWORD)
        assert (again.status, "try again in" in again.text) == (429, True)
        assert again.form("/sign-up").fields["name"] == "Second"
        assert f"try again in {again.answer.headers['Retry-After']} seconds" in again.text
