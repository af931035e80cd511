"""The verdict panel, live: what a script gets in place of a page, and the stream after it."""

from collections.abc import Iterator

import httpx

from judge.submissions import lifecycle as submissions
from judge.submissions.lifecycle import Progress, read_submission
from judge.verdict import Verdict
from tests.integration.api.service import Service, judged, results
from tests.integration.pages.browser import Browser

PROBLEM = "/problems/maxsubarray"
SUBMIT = f"{PROBLEM}/submissions"
SCRIPT = {"HX-Request": "true"}


def submitted(browser: Browser, **filled: str) -> httpx.Response:
    form = {**browser.open(PROBLEM).form(SUBMIT).fields, "source": "pass", **filled}
    return browser.http.post(SUBMIT, data=form, headers={**SCRIPT, "Origin": browser.url})


def id_of(answer: httpx.Response) -> str:
    return answer.headers["HX-Replace-Url"].rpartition("=")[2]


def stream_of(lines: Iterator[str]) -> Iterator[tuple[str, str]]:
    """(event, data) of a stream, one at a time."""
    kind, data = "", []
    for line in lines:
        name, _, value = line.partition(": ")
        if name == "event":
            kind = value
        elif name == "data":
            data.append(value)
        elif not line and kind:
            yield kind, "\n".join(data)
            kind, data = "", []


def test_a_script_gets_the_panel_alone(ada: Browser) -> None:
    answer = submitted(ada)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert f'sse-connect="/submissions/{id_of(answer)}/panel/events' in answer.text
    assert answer.headers["HX-Replace-Url"] == f"{PROBLEM}?submission={id_of(answer)}"
    again = ada.open(answer.headers["HX-Replace-Url"])
    assert again.form(SUBMIT).fields["source"] == "pass"
    assert "sse-connect" in again.html


def test_a_refusal_is_a_part_too(ada: Browser) -> None:
    answer = submitted(ada, source=" ")
    assert answer.status_code == 422
    assert "<html" not in answer.text
    assert "The source is empty" in answer.text
    foreign = submitted(ada, form_token="0" * 64)
    assert foreign.status_code == 403
    assert "<html" not in foreign.text


def test_a_visitor_who_signs_up_on_the_way_gets_the_whole_page(visitor: Browser) -> None:
    who = {"account": "new", "name": "Live", "password": "correct horse battery"}
    answer = submitted(visitor, **who)
    page = visitor.open(answer.headers["HX-Redirect"])
    assert "Live" in page.text
    assert "sse-connect" in page.html


def test_the_stream_draws_each_state_and_ends_with_the_verdict(
    service: Service, ada: Browser
) -> None:
    id = id_of(submitted(ada))
    with ada.http.stream("GET", f"/submissions/{id}/panel/events") as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        messages = stream_of(answer.iter_lines())
        assert "Waiting" in next(messages)[1]
        claim = service.claim(id)
        kind, html = next(messages)
        assert (kind, "Compiling" in html) == ("panel", True)
        first, last = results(Verdict.WA)
        assert submissions.record(service.db, claim, Progress(total=2, results={1: first}))
        _, html = next(messages)
        assert "Test 2 of 2" in html
        assert submissions.record(service.db, claim, Progress(total=2, results={2: last}))
        assert submissions.finish(service.db, claim, judged(Verdict.WA))
        rest = list(messages)
    assert "Wrong answer" in rest[-2][1]
    assert 'hx-swap-oob="innerHTML:#announced">Wrong answer' in rest[-2][1]
    assert "HIDDEN-" not in rest[-2][1]
    assert rest[-1] == ("done", "done")


def test_a_stream_that_comes_late_or_again_has_it_all(service: Service, ada: Browser) -> None:
    id = id_of(submitted(ada))
    service.judge(id, Verdict.AC)
    for _ in range(2):
        with ada.http.stream("GET", f"/submissions/{id}/panel/events") as answer:
            (_, html), end = stream_of(answer.iter_lines())
        assert "Accepted" in html
        assert end == ("done", "done")
    view = read_submission(service.db, id)
    assert view is not None
    assert "sse-connect" not in ada.open(f"/submissions/{id}").html


def test_a_stream_is_in_the_readers_language(service: Service) -> None:
    with Browser(service.url, "zh") as browser:
        browser.sign_in_as(service, service.account())
        id = id_of(submitted(browser))
        service.judge(id, Verdict.WA)
        with browser.http.stream("GET", f"/submissions/{id}/panel/events") as answer:
            assert "答案错误" in answer.read().decode()
