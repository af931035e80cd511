"""The verdict panel, live: what a script gets in place of a page, and the stream after it."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape

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
    assert answer.headers["HX-Replace-Url"] == f"{PROBLEM}?result={id_of(answer)}"
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
        kind, drawn = next(messages)
        assert (kind, "Compiling" in drawn) == ("panel", True)
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


def test_where_no_stream_comes_through_the_panel_is_asked_for(
    service: Service, ada: Browser
) -> None:
    id = id_of(submitted(ada))

    def poll(path: str) -> httpx.Response:
        return ada.http.get(path, headers=SCRIPT)

    def next_of(html: str) -> str:
        found = re.search(r'(?:data-poll|hx-get)="([^"]+)"', html)
        assert found is not None
        return unescape(found[1])

    claim = service.claim(id)
    # The page shows that it waits; the answer comes at once, since it is past that.
    compiling = poll(next_of(ada.open(f"{PROBLEM}?submission={id}").html))
    first, _ = results(Verdict.WA)
    assert submissions.record(service.db, claim, Progress(total=2, results={1: first}))
    running = poll(next_of(compiling.text))
    assert "Test 2 of 2" in running.text
    assert 'hx-swap-oob="innerHTML:#announced">Test 2 of 2' in running.text
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(poll, next_of(running.text))
        assert submissions.finish(service.db, claim, judged(Verdict.WA))
        done = waiting.result()
    assert "Wrong answer" in done.text
    assert "hx-get" not in done.text
    # The submission's own page has more to show beside the verdict.
    assert "HX-Refresh" not in done.headers
    assert poll(f"/submissions/{id}/panel").headers["HX-Refresh"] == "true"
    assert poll(f"/submissions/{id}/panel?wait=31").status_code == 422


def test_who_polls_is_told_aloud_as_seldom_as_by_a_stream(service: Service, ada: Browser) -> None:
    id = id_of(submitted(ada))
    claim = service.claim(id)
    first, last = results(Verdict.WA)
    assert submissions.record(service.db, claim, Progress(total=2, results={1: first}))
    now = str(service.db.clock())

    def aloud(**query: str) -> bool:
        answer = ada.http.get(f"/submissions/{id}/panel", params=query, headers=SCRIPT)
        assert answer.status_code == 200
        return "#announced" in answer.text

    assert aloud(seen="compiling.0")
    assert not aloud(seen="compiling.0", announced=now)
    # It is where it was.
    assert not aloud(seen="judging.1")
    assert submissions.record(service.db, claim, Progress(total=2, results={2: last}))
    assert submissions.finish(service.db, claim, judged(Verdict.WA))
    assert aloud(seen="judging.1", announced=now)


def test_a_stream_is_in_the_readers_language(service: Service) -> None:
    with Browser(service.url, "zh") as browser:
        browser.sign_in_as(service, service.account())
        id = id_of(submitted(browser))
        service.judge(id, Verdict.WA)
        with browser.http.stream("GET", f"/submissions/{id}/panel/events") as answer:
            assert "答案错误" in answer.read().decode()


def test_a_board_is_drawn_anew_when_it_moves(service: Service, ada: Browser) -> None:
    service.judge(service.account().submitted())
    page = ada.open("/leaderboard").html
    connect = re.search(r'sse-connect="([^"]+)"', page)
    assert connect is not None
    with ada.http.stream("GET", unescape(connect[1])) as answer:
        messages = stream_of(answer.iter_lines())
        # The board that the page shows is not sent again: the first message is about the change.
        # The reader's own line is in it, however many users are before it.
        service.judge(id_of(submitted(ada)))
        kind, table = next(messages)
        while ada.user not in table:
            kind, table = next(messages)
    assert (kind, "<html" in table, "board" in table) == ("board", False, True)


def test_a_teams_board_is_drawn_anew_when_it_moves(service: Service, ada: Browser) -> None:
    page = ada.send(ada.open("/teams"), "/teams", name=f"Team {ada.user}")
    connect = re.search(r'sse-connect="([^"]+)"', page.html)
    assert connect is not None
    with ada.http.stream("GET", unescape(connect[1])) as answer:
        messages = stream_of(answer.iter_lines())
        assert "Nothing sent yet" in page.html
        id = id_of(submitted(ada))
        kind, table = next(messages)
        assert (kind, ada.user in table, "?" in table) == ("board", True, True)
        assert f"/submissions/{id}" not in table
        service.judge(id, Verdict.WA)
        _, table = next(messages)
    # What members did last stands elsewhere in the page, and is drawn anew with the board.
    _, _, acts = table.partition('hx-swap-oob="innerHTML:#acts"')
    assert f'<a href="/submissions/{id}">' in acts


def polled(html: str) -> str:
    """Return the address at which the page asks for new verdicts; None if nothing is being
    judged.
    """
    found = re.search(r'<span hx-get="([^"]+)" hx-trigger="every 2s" hx-target="#settled">', html)
    return "" if found is None else unescape(found[1])


def test_lines_of_the_list_settle_with_their_verdicts(service: Service, ada: Browser) -> None:
    older, newer = id_of(submitted(ada)), id_of(submitted(ada))
    page = ada.open("/submissions")
    assert page.html.count("hx-get=") == 1
    ask = polled(page.html)
    assert ada.http.get(ask, headers=SCRIPT).status_code == 204
    service.judge(newer, Verdict.WA)
    some = ada.http.get(ask, headers=SCRIPT).text
    row = some.partition(f'<tr id="s{newer}" hx-swap-oob="true">')[2]
    assert ("<html" in some, "Wrong answer" in row, f"s{older}" in some) == (False, True, False)
    # The new row replaces this row of the page.
    assert f'<tr id="s{newer}">' in page.html
    ask = polled(some)
    assert (older in ask, newer in ask) == (True, False)
    assert ada.http.get(ask, headers=SCRIPT).status_code == 204
    service.judge(older, Verdict.AC)
    rest = ada.http.get(ask, headers=SCRIPT).text
    assert ("<p>Maxsubarray: Accepted</p>" in rest, polled(rest)) == (True, "")
    assert polled(ada.open("/submissions").html) == ""


def test_what_has_settled_is_told_to_who_may_list_it(
    service: Service, ada: Browser, eve: Browser
) -> None:
    id = id_of(submitted(ada))
    service.judge(id, Verdict.WA)
    strangers = eve.http.get("/settled/submissions", params={"id": id}, headers=SCRIPT)
    assert (strangers.status_code, id in strangers.text, polled(strangers.text)) == (200, False, "")
    of_ada = {"id": id, "user": ada.user}
    assert eve.http.get("/settled/submissions", params=of_ada, headers=SCRIPT).status_code == 403
    with Browser(service.url) as admin:
        admin.sign_in_as(service, service.account("admin"))
        told = admin.http.get("/settled/submissions", params=of_ada, headers=SCRIPT)
    assert f'<tr id="s{id}"' in told.text


def test_badges_of_the_list_of_problems_settle(service: Service, ada: Browser) -> None:
    first = id_of(submitted(ada))
    page = ada.open("/problems").html
    cell = r'<td id="c-maxsubarray"( hx-swap-oob="true")?><b class="cell (\w+)"'
    assert re.findall(cell, page) == [("", "run")]
    ask = polled(page)
    assert ask == "/settled/problems?slug=maxsubarray"
    assert ada.http.get(ask, headers=SCRIPT).status_code == 204
    second = id_of(submitted(ada))
    service.judge(first, Verdict.WA)
    # The newest one waits.
    assert ada.http.get(ask, headers=SCRIPT).status_code == 204
    service.judge(second, Verdict.AC)
    settled = ada.http.get(ask, headers=SCRIPT).text
    assert re.findall(cell, settled) == [(' hx-swap-oob="true"', "ac")]
    assert ("<html" in settled, "<p>Maxsubarray: Solved</p>" in settled) == (False, True)
    assert (polled(settled), polled(ada.open("/problems").html)) == ("", "")
