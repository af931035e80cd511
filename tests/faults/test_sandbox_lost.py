"""While the sandbox is down, no attempt is wasted and no submission is given up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from judge import workers
from judge.verdict import Verdict
from tests.support.databases import database_url_of
from tests.support.stack import Stack, running_stack, wait_until


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    with running_stack(tmp_path, database_url_of(tmp_path)) as running:
        yield running


def known_languages(stack: Stack) -> list[dict[str, bool]]:
    return [dict(worker.languages) for worker in workers.alive(stack.db)]


def test_what_was_sent_meanwhile_is_judged_later_at_the_first_attempt(stack: Stack) -> None:
    stack.start_worker()
    wait_until(lambda: known_languages(stack) == [{"python3": True}], "the worker to know Python")
    trouble = stack.settings.home / "trouble"
    trouble.write_text("the engine does not answer")
    # From here on nobody is told that the worker is ready.
    wait_until(lambda: known_languages(stack) == [{}], "the worker to notice")
    sent = [stack.submit() for _ in range(3)]
    log = stack.settings.home / "worker-0.log"
    wait_until(lambda: "nothing is taken" in log.read_text(), "a message to be dropped")
    assert [stack.view(each.id).state for each in sent] == ["queued"] * 3
    trouble.unlink()
    views = [stack.done(each.id) for each in sent]
    assert [(view.verdict, view.attempt) for view in views] == [(Verdict.AC, 1)] * 3
    wait_until(lambda: known_languages(stack) == [{"python3": True}], "the worker to be ready")
    assert log.read_text().count('"event": "no sandbox"') == 1


def test_a_sandbox_that_is_away_when_the_worker_starts(stack: Stack) -> None:
    trouble = stack.settings.home / "trouble"
    trouble.write_text("no image")
    sent = stack.submit()
    stack.start_worker()
    log = stack.settings.home / "worker-0.log"
    wait_until(lambda: log.exists() and "no sandbox" in log.read_text(), "the worker to notice")
    trouble.unlink()
    view = stack.done(sent.id)
    assert (view.verdict, view.attempt) == (Verdict.AC, 1)
