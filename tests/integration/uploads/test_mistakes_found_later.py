"""Packages that came with the service: their mistakes are looked at in the background."""

import io
import zipfile
from pathlib import Path

from sqlalchemy import func, select

from judge.background_jobs import ChoreKind, claim_next, release
from judge.db.background_models import Chore
from judge.mistakes import mutants
from judge.mistakes.failures import is_mutant
from judge.problem_package.load import load
from judge.problems.publish import install
from judge.states import State
from tests.integration.api.service import Account, Service
from tests.integration.uploads.sending import package, verdict_of
from tests.packages.data import SHIPPED_PROBLEMS
from tests.support.stack import wait_until

LINE = "Only the first number counts."
MISTAKES = f"""
kind: function
entry: total
languages: [python3, cpp]
mistakes:
  first_only.py: {{en: {LINE}}}
"""
ONLY_FIRST = "def total(xs):\n    for x in xs:\n        return x\n    return 0\n"


def test_an_installed_package_gets_its_diagnoses_by_the_way(
    working: Service, ada: Account, tmp_path: Path
) -> None:
    with zipfile.ZipFile(io.BytesIO(package("installed", {"judge.yaml": MISTAKES}))) as archive:
        archive.extractall(tmp_path)
    installed = load(tmp_path / "installed")
    wrong = {one.path for one in installed.submissions if is_mutant(one.expected)}
    assert len(wrong) > 1
    install(working.db, installed)
    # Held until the verdict is there: the worker may run the mutants first on a busy machine.
    held = claim_next(
        working.db, worker="test", lease_s=300, max_attempts=3, kinds=[ChoreKind.MUTANTS]
    )
    assert held is not None
    assert held.subject == installed.sha256
    early = verdict_of(ada, "installed", ONLY_FIRST)
    assert (early["verdict"], early["diagnosis"]) == ("WA", None)
    assert release(working.db, held, "the verdict is there", refund=True)

    def told_later() -> bool:
        shown = ada.http.get(f"/submissions/{early['id']}").raise_for_status().json()
        return bool(shown["diagnosis"] == LINE)

    wait_until(told_later, "the diagnosis of what was judged before", 280)
    assert mutants.recorded(working.db, installed.sha256) == wrong
    found = verdict_of(ada, "installed", ONLY_FIRST)
    assert (found["verdict"], found["diagnosis"]) == ("WA", LINE)


def test_a_problem_that_comes_along_is_diagnosed_at_once(working: Service, ada: Account) -> None:
    """How its mutants fail lies in a file, which nobody has stored: no mutant is run for it."""
    folder = SHIPPED_PROBLEMS / "maxsubarray"
    shipped = load(folder)
    install(working.db, shipped)
    wait_until(lambda: not chores_left(working), "the worker has looked at the problem")
    assert mutants.recorded(working.db, shipped.sha256) == set()
    source = (folder / "submissions" / "wrong_answer" / "starts_at_zero.py").read_text()
    found = verdict_of(ada, "maxsubarray", source)
    assert found["verdict"] == "WA"
    assert found["diagnosis"] == shipped.mistakes["starts_at_zero.py"]["en"]
    wrong = {one.path for one in shipped.submissions if is_mutant(one.expected)}
    assert mutants.recorded(working.db, shipped.sha256) == wrong


def chores_left(service: Service) -> int:
    with service.db.read() as session:
        waiting = select(func.count()).select_from(Chore).where(Chore.state != State.DONE)
        return session.scalar(waiting) or 0
