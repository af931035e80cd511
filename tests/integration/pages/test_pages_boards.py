"""Boards in pages always show the reader's own line."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from sqlalchemy import delete, select, update

from api.pages.live_boards import LINES
from judge.boards.windows import Period, window_of
from judge.db.board_models import BoardRow
from judge.db.models import User
from judge.db.team_models import Team, TeamMember
from judge.ids import new_id
from judge.verdict import Verdict
from tests.integration.api.service import Service
from tests.integration.pages.browser import Browser, Page
from tests.integration.pages.test_pages_live import stream_of

MONTH = "/leaderboard?period=month"
A_PAGE = LINES


@pytest.fixture
def crowd(service: Service) -> Iterator[str]:
    """A page full of people with more points this month than anybody else; the board's key."""
    board = window_of(Period.MONTH, service.db.clock()).board
    with service.db.write() as session:
        # Other tests' people, whose points would count in the ranks.
        session.execute(delete(BoardRow).where(BoardRow.board == board))
        for number in range(A_PAGE):
            id = new_id()
            session.add(User(id=id, name=id, name_key=id, password_hash="", created_at=0.0))
            session.flush()
            session.add(
                BoardRow(
                    board=board,
                    user_id=id,
                    listed=True,
                    deficit=-1000,
                    num_solved=9,
                    last_gain_at=1.0 + number,
                )
            )
    yield board
    with service.db.write() as session:
        session.execute(delete(BoardRow).where(BoardRow.deficit == -1000))


def own_line(page: Page) -> str:
    """Return the line below the page's rows."""
    return page.html.partition('<tbody class="own">')[2].partition("</tbody>")[0]


def test_ones_own_line_stands_below_a_page_that_does_not_have_it(
    service: Service, crowd: str, visitor: Browser, ada: Browser
) -> None:
    account = service.account()
    with Browser(service.url) as browser:
        browser.sign_in_as(service, account)
        assert own_line(browser.open(MONTH)) == ""  # no verdict yet
        service.judge(account.submitted(), Verdict.AC)
        page = browser.open(MONTH)
        line = own_line(page)
        assert ('class="me"' in line, account.name in line, "you" in line) == (True, True, True)
        assert f'<td class="n">{A_PAGE + 1}</td>' in line
        assert page.html.count('<td class="who">') == A_PAGE + 1
        # On the page that contains it, the line is shown only once.
        following = re.search(r'href="(/leaderboard[^"]+cursor=[^"]+)"', page.html)
        assert following is not None
        there = browser.open(unescape(following[1]))
        assert (own_line(there), there.html.count('class="me"')) == ("", 1)
        # Somebody with the same score shares the rank.
        service.judge(service.account().submitted(), Verdict.AC)
        assert f"=</span>{A_PAGE + 1}</td>" in own_line(browser.open(MONTH))
        with service.db.write() as session:
            of_account = (BoardRow.board == crowd) & (BoardRow.user_id == account.id)
            session.execute(update(BoardRow).where(of_account).values(listed=False))
        assert own_line(browser.open(MONTH)) == ""
    for browser in (visitor, ada):
        assert own_line(browser.open(MONTH)) == ""


@pytest.mark.usefixtures("crowd")
def test_ones_own_line_is_live(service: Service) -> None:
    account = service.account()
    with Browser(service.url) as browser:
        browser.sign_in_as(service, account)
        service.judge(account.submitted(), Verdict.WA)
        page = browser.open(MONTH)
        assert ">×1<" in own_line(page)
        connect = re.search(r'sse-connect="([^"]+)"', page.html)
        assert connect is not None
        with browser.http.stream("GET", unescape(connect[1])) as answer:
            messages = stream_of(answer.iter_lines())
            service.judge(account.submitted(), Verdict.AC)
            drawn = ""
            while "solved at try 2" not in drawn:
                drawn = next(messages)[1].partition('<tbody class="own">')[2]


def test_a_board_s_page_leads_to_its_table(service: Service, visitor: Browser) -> None:
    account = service.account()
    service.judge(account.submitted())
    with Browser(service.url) as browser:
        browser.sign_in_as(service, account)
        slug = account.http.post("/teams", json={"name": f"Tables {account.name}"}).json()["slug"]
        plan = {"name": "Week 1", "problems": ["maxsubarray"]}
        account.http.post(f"/teams/{slug}/sets", json=plan)
        for reader, path in (
            (visitor, "/leaderboard"),
            (visitor, "/problems/maxsubarray/solvers"),
            (browser, f"/teams/{slug}"),
        ):
            (link,) = re.findall(r'href="([^"]*format=csv[^"]*)"', reader.open(path).html)
            answer = reader.open(unescape(link)).answer
            assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
            assert account.name in answer.text
        assert "maxsubarray tries" in answer.text  # the set's, which runs now


def test_a_large_team_s_board_has_pages_and_one_s_own_line(service: Service) -> None:
    owner, last = service.account(), service.account()
    slug = owner.http.post("/teams", json={"name": f"Large {owner.name}"}).json()["slug"]
    plan = {"name": "Week 1", "problems": ["maxsubarray", "lorainit"]}
    practice_set = owner.http.post(f"/teams/{slug}/sets", json=plan).json()["id"]
    with service.db.write() as session:
        team_id = session.scalar(select(Team.id).where(Team.slug == slug))
        # The owner, who has a point, and the last member by name are on different pages.
        names = [f"{'m' * 3}{new_id()}" for _ in range(LINES)]
        for name in names:
            id = new_id()
            session.add(User(id=id, name=name, name_key=name, password_hash="", created_at=0.0))
            session.flush()
            session.add(TeamMember(team_id=team_id, user_id=id, joined_at=0.0))
        session.execute(update(User).where(User.id == last.id).values(name=f"zz{last.name}"))
        session.add(TeamMember(team_id=team_id, user_id=last.id, joined_at=0.0))
    service.judge(owner.submitted(), Verdict.AC)
    with Browser(service.url) as browser:
        browser.sign_in_as(service, last)
        for shown in ("period=all", f"set={practice_set}"):
            page = browser.open(f"/teams/{slug}?{shown}")
            assert _users(page.html) == [owner.name, *sorted(names)[: LINES - 1], f"zz{last.name}"]
            line = own_line(page)
            # All without points share the second place.
            assert '=</span>2</td><td class="who"' in re.sub(r">\s+<", "><", line)
            link = re.search(r'href="(/teams/[^"]+cursor=[^"]+)"', page.html)
            assert link is not None
            following = browser.open(unescape(link[1]))
            assert _users(following.html) == [sorted(names)[-1], f"zz{last.name}"]
            assert (own_line(following), "Next page" in following.html) == ("", False)
            assert "sse-connect" not in following.html.partition("data-board")[2][:200]
            columns = page.html.count('<th scope="col" class="up">')
            assert columns == (2 if shown.startswith("set=") else 1)
        page = browser.open(f"/teams/{slug}?period=all")
        connect = re.search(r'data-board[^>]* sse-connect="([^"]+)"', page.html)
        assert connect is not None
        with browser.http.stream("GET", unescape(connect[1])) as answer:
            messages = stream_of(answer.iter_lines())
            service.judge(last.submitted(), Verdict.WA)
            drawn = ""
            while ">×1<" not in drawn:
                drawn = next(messages)[1].partition('<tbody class="own">')[2]
    # Scripts get the whole board.
    whole = owner.http.get(f"/teams/{slug}/leaderboard").json()["rows"]
    assert [row["user"] for row in whole] == [owner.name, *sorted(names), f"zz{last.name}"]


def _users(html: str) -> list[str]:
    return re.findall(r'<tr data-user="([^"]+)"', html)


def test_an_empty_board_is_live_too(service: Service, ada: Browser) -> None:
    window = window_of(Period.WEEK, service.db.clock())
    with service.db.write() as session:
        session.execute(delete(BoardRow).where(BoardRow.board == window.board))
    page = ada.open("/leaderboard?period=week")
    assert "This board is empty" in page.text
    connect = re.search(r'data-board[^>]* sse-connect="([^"]+)"', page.html)
    assert connect is not None
    with ada.http.stream("GET", unescape(connect[1])) as answer:
        messages = stream_of(answer.iter_lines())
        account = service.account()
        service.judge(account.submitted(), Verdict.AC)
        assert account.name in next(messages)[1]


def test_each_cell_of_a_board_is_told_in_words(service: Service, ada: Browser) -> None:
    account = service.account()
    for verdict in (Verdict.WA, Verdict.AC):
        service.judge(account.submitted(), verdict)
    service.judge(account.submitted("longestsubarray"), Verdict.WA)
    ada.sign_in_as(service, account)
    table = ada.open("/problems").text
    assert "AC 2 solved at try 2" in table
    assert "×1 tries, not solved" in table
