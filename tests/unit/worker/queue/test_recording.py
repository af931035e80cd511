"""The recorder: every event is kept once and in order, however slow the writing is."""

import threading
from collections.abc import Sequence

import pytest

from judge.errors import UnavailableError
from judge.limits import Usage
from judge.result import JudgingResult, TestResult
from judge.verdict import Verdict
from worker.judging.judging import Compiling, Judged, JudgeEvent, TestDone
from worker.queue.recording import Recorder

TESTS = [TestDone(n, 5, TestResult(f"secret/{n}", False, Verdict.AC, Usage())) for n in range(1, 6)]
END = Judged(JudgingResult(Verdict.AC, Usage(), 100.0))


def test_what_came_during_a_write_is_kept_by_the_next() -> None:
    kept: list[list[JudgeEvent]] = []
    writing, go_on = threading.Event(), threading.Event()

    def keep(events: Sequence[JudgeEvent]) -> bool:
        writing.set()
        assert go_on.wait(60)
        kept.append(list(events))
        return True

    with Recorder(keep) as recorder:
        assert recorder.put(Compiling())
        assert writing.wait(60)
        assert all(recorder.put(test) for test in TESTS)
        go_on.set()
        assert recorder.finish(END)
    assert kept[0] == [Compiling()]
    assert [event for events in kept for event in events] == [Compiling(), *TESTS, END]
    assert len(kept) <= 3


def test_a_lost_claim_ends_the_judging() -> None:
    kept: list[JudgeEvent] = []

    def lose(events: Sequence[JudgeEvent]) -> bool:
        kept.extend(events)
        return False

    with Recorder(lose) as recorder:
        assert recorder.put(Compiling())
        assert not recorder.finish(END)
        assert not recorder.put(TESTS[0])
    assert kept[0] == Compiling()
    assert TESTS[0] not in kept


def test_a_fault_of_the_writing_is_the_judgings() -> None:
    def keep(_: Sequence[JudgeEvent]) -> bool:
        raise UnavailableError("no database")

    with Recorder(keep) as recorder:
        recorder.put(Compiling())
        with pytest.raises(UnavailableError, match="no database"):
            recorder.finish(END)


def test_leaving_early_keeps_no_verdict() -> None:
    kept: list[JudgeEvent] = []

    def keep(events: Sequence[JudgeEvent]) -> bool:
        kept.extend(events)
        return True

    def judging() -> None:
        with Recorder(keep) as recorder:
            recorder.put(TESTS[0])
            raise SystemExit

    with pytest.raises(SystemExit):
        judging()
    for one in threading.enumerate():
        if one.name == "recorder":
            one.join(60)
    assert END not in kept
