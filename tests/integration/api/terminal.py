"""Somebody who uses `shousi` against a real API, and a worker that judges what they send."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from cli.main import make_app
from judge.accounts import users
from judge.db import models
from judge.result import TestResult
from judge.states import State
from judge.submissions import lifecycle as submissions
from judge.submissions.lifecycle import Progress
from judge.verdict import Verdict
from tests.integration.api.service import Account, Service, judged, results
from tests.support.stack import ROOT, wait_until

# Ctrl-C ends it even if the process that started the tests ignores the signal.
_CODE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from cli.main import main
main()
"""


class Terminal:
    """Runs `shousi` as one user."""

    def __init__(self, service: Service, account: Account, patch: pytest.MonkeyPatch) -> None:
        self._url = service.url
        self._token, _ = users.issue_token(service.db, account.id)
        self._patch = patch

    def run(self, *words: str, typed: str | None = None) -> Result:
        self._patch.setenv("SHOUSI_URL", self._url)
        self._patch.setenv("SHOUSI_TOKEN", self._token)
        return CliRunner().invoke(
            make_app(words[0]), list(words), input=typed, env={"COLUMNS": "200"}
        )

    @contextmanager
    def begun(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """`shousi` as a process of its own, which doesn't outlive the block."""
        variables = {"SHOUSI_URL": self._url, "SHOUSI_TOKEN": self._token, "COLUMNS": "200"}
        with subprocess.Popen(
            [sys.executable, "-c", _CODE, *words],
            cwd=ROOT,
            env={**os.environ, **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def said(self, *words: str) -> str:
        result = self.run(*words)
        assert result.exit_code == 0, result.output
        return result.stdout

    def told(self, *words: str) -> Any:
        return json.loads(self.said(*words, "--json"))


@contextmanager
def judging_next(
    service: Service,
    account: Account,
    verdict: Verdict,
    tests: list[TestResult] | None = None,
    **more: Any,
) -> Iterator[list[str]]:
    """Judge the first submission that the account sends in the block, with this result. The list
    gets its language and source.
    """
    received: list[str] = []
    sent = select(models.Submission.id, models.Submission.language, models.Submission.source).join(
        models.Judging, models.Judging.id == models.Submission.judging_id
    )
    sent = sent.where(models.Submission.user_id == account.id, models.Judging.state == State.QUEUED)

    def found() -> list[tuple[str, str, str]]:
        with service.db.read() as session:
            return [(row.id, row.language, row.source) for row in session.execute(sent)]

    def judge() -> None:
        wait_until(lambda: bool(found()), "a submission")
        ((identifier, *what),) = found()
        claim = service.claim(identifier)
        done = dict(enumerate(results(verdict) if tests is None else tests, start=1))
        assert submissions.record(service.db, claim, Progress(total=len(done), results=done))
        assert submissions.finish(service.db, claim, replace(judged(verdict), **more))
        received.extend(what)

    worker = threading.Thread(target=judge)
    worker.start()
    try:
        yield received
    finally:
        worker.join()
