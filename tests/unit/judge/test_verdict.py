"""The table of facts about verdicts, and the other tables that need a line for each verdict."""

import re
from pathlib import Path

from api.pages.rendering import VERDICT_WORDS
from judge.problem_package.expectations import OURS
from judge.verdict import Verdict

STYLES = Path(__file__).parents[3] / "api" / "pages" / "static" / "app.css"


def test_every_verdict_has_its_own_severity_and_acceptance_has_the_least() -> None:
    order = sorted(Verdict, key=lambda verdict: verdict.facts.severity)
    assert len({verdict.facts.severity for verdict in Verdict}) == len(Verdict)
    assert (order[0], order[-1]) == (Verdict.AC, Verdict.JE)


def test_no_two_verdicts_read_the_same() -> None:
    assert len({verdict.facts.label for verdict in Verdict}) == len(Verdict)


def test_what_boards_do_not_count() -> None:
    assert {one for one in Verdict if not one.facts.is_attempt} == {Verdict.CE, Verdict.JE}


def test_every_verdict_has_words_and_a_colour_on_pages() -> None:
    assert set(VERDICT_WORDS) == set(Verdict)
    styles = STYLES.read_text()
    uncoloured = [
        verdict
        for verdict in Verdict
        if not re.search(rf"\.{verdict.lower()}\b[^{{}}]*\{{ --v:", styles)
    ]
    assert not uncoloured


def test_a_package_can_expect_every_verdict_that_a_test_can_get() -> None:
    """Tests never get CE, and JE is never a submission's fault."""
    expected = {verdict for verdicts in OURS.values() for verdict in verdicts}
    assert expected == set(Verdict) - {Verdict.CE, Verdict.JE}
