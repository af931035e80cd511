"""The table of what is known of verdicts."""

from judge.verdict import Verdict


def test_every_verdict_has_its_own_severity_and_acceptance_has_the_least() -> None:
    order = sorted(Verdict, key=lambda verdict: verdict.facts.severity)
    assert len({verdict.facts.severity for verdict in Verdict}) == len(Verdict)
    assert (order[0], order[-1]) == (Verdict.AC, Verdict.JE)


def test_no_two_verdicts_read_the_same() -> None:
    assert len({verdict.facts.label for verdict in Verdict}) == len(Verdict)


def test_what_boards_do_not_count() -> None:
    assert {one for one in Verdict if not one.facts.is_attempt} == {Verdict.CE, Verdict.JE}
