"""What a submission's page shows after the verdict: how fast it is, the next problem, and the
changes since the previous submission.
"""

from dataclasses import replace

from judge.accounts.users import find_user
from judge.differences import Difference, Reason
from judge.limits import Usage
from judge.submissions import lifecycle as submissions
from judge.teams import invitations, membership
from judge.verdict import Verdict
from tests.integration.api.service import Service, judged
from tests.integration.pages.browser import Browser

SLUG = "longestsubarray"


def judge(service: Service, sent: str, cpu_s: float) -> None:
    done = replace(judged(Verdict.AC), usage=Usage(cpu_s=cpu_s, wall_s=cpu_s, memory_bytes=1 << 20))
    assert submissions.finish(service.db, service.claim(sent), done)


def sent_from(service: Service, browser: Browser, source: str) -> str:
    page = browser.open(f"/problems/{SLUG}")
    done = browser.send(page, f"/problems/{SLUG}/submissions", source=source, language="python3")
    return str(done.answer.url).rpartition("/")[2]


def test_an_accepted_one_is_compared_with_the_others(service: Service, ada: Browser) -> None:
    sent = sent_from(service, ada, "print(1)\n")
    judge(service, sent, 0.2)
    page = ada.open(f"/submissions/{sent}")
    assert "Run times are compared once 20 people have solved this" in page.text
    for number in range(20):
        other = service.account()
        judge(service, other.submitted(SLUG), 0.3 + 0.05 * number)
    page = ada.open(f"/submissions/{sent}")
    assert "Faster than 100 % of 20 accepted solutions" in page.text
    assert page.html.count('class="mine"') == 1
    # Other readers don't see it: only its author does.
    boss = service.account("admin")
    with Browser(service.url) as browser:
        browser.sign_in_as(service, boss)
        assert "Faster than" not in browser.open(f"/submissions/{sent}").text


def test_from_an_accepted_one_leads_a_way_on(service: Service, ada: Browser) -> None:
    account = find_user(service.db, ada.user)
    assert account is not None
    mate = service.account()
    team = membership.create_team(service.db, mate.id, f"Team of {mate.name}")
    word, _ = invitations.invite_to_team(service.db, team, by=mate.id)
    invitations.join_team(service.db, team.slug, account.id, word)
    judge(service, mate.submitted(SLUG), 0.5)
    sent = sent_from(service, ada, "print(2)\n")
    assert "Next:" not in ada.open(f"/submissions/{sent}").text
    judge(service, sent, 0.5)
    page = ada.open(f"/submissions/{sent}")
    assert "Next: Lorainit" in page.text
    address = f"/submissions?problem={SLUG}&amp;verdict=AC&amp;user={mate.name}"
    assert f'href="{address}"' in page.html
    assert mate.name in ada.open(address.replace("&amp;", "&")).text


def test_two_submissions_are_compared_line_by_line(service: Service, ada: Browser) -> None:
    first = sent_from(service, ada, "a = 1\nb = 2\nprint(a < b)\n")
    assert "Compared with" not in ada.open(f"/submissions/{first}").text
    second = sent_from(service, ada, "a = 1\nb = 3\nprint(a < b)\n")
    third = sent_from(service, ada, "a = 1\nb = 3\nprint(a < b)\nprint('<b>')\n")
    page = ada.open(f"/submissions/{third}")
    assert "1 line added, 0 taken away" in page.text
    assert "+ print(&#39;&lt;b&gt;&#39;)" in page.html
    page = ada.open(f"/submissions/{third}", compare=first)
    assert "2 lines added, 1 taken away" in page.text
    assert '<span class="l cut">- b = 2</span>' in page.html
    same = sent_from(service, ada, "a = 1\nb = 3\nprint(a < b)\nprint('<b>')\n")
    assert "The two sources are the same." in ada.open(f"/submissions/{same}").text
    # Another person's submission is none of these, and the last one is taken.
    stranger = service.account().submitted(SLUG)
    page = ada.open(f"/submissions/{second}", compare=stranger)
    assert "1 line added, 1 taken away" in page.text
    long = sent_from(service, ada, "pass\n" * 2000)
    assert "too long to compare" in ada.open(f"/submissions/{long}").text


def test_the_list_says_what_was_wrong(service: Service, ada: Browser) -> None:
    sent = sent_from(service, ada, "print(3)\n")
    differs = Difference(Reason.WRONG_ANSWER, {"share": 1})
    done = replace(judged(Verdict.WA), difference=differs)
    assert submissions.finish(service.db, service.claim(sent), done)
    assert "up to a quarter of the values differ" in ada.open("/submissions").text
    known = sent_from(service, ada, "print(4)\n")
    done = replace(done, diagnosis={"en": "The empty subarray is forgotten."})
    assert submissions.finish(service.db, service.claim(known), done)
    found = ada.open("/submissions", language="python3")
    assert "The empty subarray is forgotten." in found.text
    assert sent in found.html
    assert sent not in ada.open("/submissions", language="cpp").html
