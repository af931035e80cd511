"""What the verdict panel shows of a submission."""

from api.content_language import ContentLanguage
from api.pages.panel import Panel, panel_of, pieces
from judge.differences import Difference, Reason
from judge.states import Purpose
from judge.submissions.views import PublicState, SubmissionView, TestView
from judge.verdict import Verdict

WRONG = Difference(Reason.WRONG_ANSWER, {"share": 1})


def view(
    *tests: TestView, state: PublicState = PublicState.DONE, total: int | None = None
) -> SubmissionView:
    return SubmissionView(
        id="s",
        judging_id="j",
        user_id="u",
        user="ada",
        problem="sum",
        version=1,
        language="cpp",
        purpose=Purpose.SUBMISSION,
        state=state,
        verdict=Verdict.WA if state is PublicState.DONE else None,
        score=0.0,
        time_s=0.1,
        memory_bytes=1,
        created_at=0.0,
        finished_at=None,
        started_at=None,
        source="",
        compile_output="",
        message="",
        difference=None,
        diagnosis={"en": "Off by one", "zh": "差一"},
        tests=tests,
        total_tests=total,
        attempt=1,
        queue_position=None,
        paused=False,
        missing_labels=(),
        last_event_id=0,
    )


def result(name: str, verdict: Verdict, difference: Difference | None = None) -> TestView:
    return TestView(name, False, verdict, 0.1, 1, "old words", {"zh": "提示"}, difference)


def panel(*tests: TestView, language: str = "en") -> Panel:
    return panel_of(view(*tests, total=9), ContentLanguage((language,)))


def test_tests_that_fail_alike_are_one_failure() -> None:
    shown = panel(
        result("1", Verdict.AC),
        result("2", Verdict.WA, WRONG),
        result("3", Verdict.RTE),
        result("4", Verdict.WA, WRONG),
    )
    assert shown.num_passed == 1
    assert [(f.verdict, f.first, f.name, f.num_tests) for f in shown.failures] == [
        (Verdict.WA, 2, "2", 2),
        (Verdict.RTE, 3, "3", 1),
    ]
    assert shown.failures[1].text == "old words"


def test_texts_are_in_the_readers_language() -> None:
    english, chinese = (
        panel(result("1", Verdict.WA, WRONG), language=language) for language in ("en", "zh")
    )
    assert (english.diagnosis, chinese.diagnosis) == ("Off by one", "差一")
    assert english.failures[0].text != chinese.failures[0].text


def test_the_states_before_the_verdict() -> None:
    reader = ContentLanguage(("en",))
    queued, compiling, judging = (
        panel_of(view(state=state, total=total), reader)
        for state, total in (
            (PublicState.QUEUED, None),
            (PublicState.JUDGING, None),
            (PublicState.JUDGING, 3),
        )
    )
    assert [one.state for one in (queued, compiling, judging)] == ["queued", "compiling", "judging"]
    assert judging.family == "run"
    assert judging.total_tests == 3


def test_places_in_a_compilers_words_are_told_apart() -> None:
    said = "main.cpp:13:47: error: x\n  13 |\nmain.cpp:2: note\nsee a:b"
    found = pieces(said)
    assert "".join(piece.text for piece in found) == said
    assert [(piece.text, piece.line) for piece in found if piece.line] == [
        ("main.cpp:13:47", 13),
        ("main.cpp:2", 2),
    ]


def test_an_input_that_is_not_valid_is_told_from_a_fault_of_the_judge() -> None:
    assert panel(result("1", Verdict.JE, Difference(Reason.INVALID_INPUT))).input_refused
    assert not panel(result("1", Verdict.JE, Difference(Reason.CHECKER_FAILED))).input_refused
    assert not panel().input_refused
