"""People who practise: problems solved in the page, a team with its set, and signing out."""

import re
from enum import StrEnum

import pytest
from playwright.sync_api import Page, expect
from ruamel.yaml import YAML

from judge.job import Kind
from judge.quizzes.questions import QuestionType
from judge.verdict import Verdict
from tests.browser.conftest import OpenPage
from tests.browser.people import PATIENCE_MS, in_editor, sign_up
from tests.packages.data import SHIPPED_PROBLEMS, package
from tests.support.whole import is_whole

SLUGS = sorted(path.parent.name for path in SHIPPED_PROBLEMS.glob("*/problem.yaml"))


def is_quiz(slug: str) -> bool:
    return package(SHIPPED_PROBLEMS / slug).kind is Kind.QUIZ


def of_each_kind() -> list[str]:
    """Problems that have every kind, and every type of question, that any has. The others' pages
    and ways are the same; `tests/packages` judges their submissions."""
    chosen: list[str] = []
    seen: set[StrEnum] = set()
    for slug in SLUGS:
        whole = package(SHIPPED_PROBLEMS / slug)
        has = {whole.kind, *(one.question.type for one in whole.questions)}
        if is_whole() or not has <= seen:
            chosen.append(slug)
            seen |= has
    return chosen


def a_right_one(slug: str) -> tuple[str, str]:
    """(language, source) of the package's first accepted submission in Python."""
    right = next(
        one
        for one in package(SHIPPED_PROBLEMS / slug).submissions
        if one.expected == {Verdict.AC} and one.path.endswith(".py")
    )
    return right.language, right.text


def submit(page: Page, slug: str) -> None:
    language, source = a_right_one(slug)
    page.goto(f"/problems/{slug}?language={language}")
    in_editor(page).fill(source)
    page.get_by_role("button", name="Submit").click()
    said = page.locator("#live .said")
    expect(said).to_have_text("Accepted", timeout=PATIENCE_MS)


def answer(page: Page, slug: str) -> None:
    """Fill a quiz's form with the right answers and send it."""
    right = SHIPPED_PROBLEMS / slug / "submissions/accepted/right.yaml"
    answers = YAML(typ="safe").load(right)
    page.goto(f"/problems/{slug}")
    for one in package(SHIPPED_PROBLEMS / slug).questions:
        name, given = f"answer.{one.question.id}", answers[one.question.id]
        match one.question.type:
            case QuestionType.NUMBER:
                page.locator(f"[name='{name}']").fill(str(given))
            case QuestionType.ORDER:
                for place, option in enumerate(given, start=1):
                    page.locator(f"[name='{name}.{option}']").select_option(str(place))
            case _:
                for option in [given] if isinstance(given, str) else given:
                    page.locator(f"[name='{name}'][value='{option}']").check()
    page.get_by_role("button", name="Submit").click()
    expect(page.locator(".said").first).to_have_text("Accepted", timeout=PATIENCE_MS)


def test_each_kind_of_problem_is_solved_in_the_page(open_page: OpenPage) -> None:
    page = open_page("/")
    name = sign_up(page)
    solved: list[str] = []
    for slug in of_each_kind():
        solved.append(slug)
        if is_quiz(slug):
            answer(page, slug)
            continue
        submit(page, slug)
        expect(page.get_by_role("link", name="Read the background")).to_be_visible()
        # Another test may have published a problem of its own on this service.
        following = page.get_by_role("link", name=re.compile("^Next: "))
        ahead = {one.get_attribute("href") for one in following.all()}
        assert ahead.isdisjoint(f"/problems/{one}" for one in solved)
        assert ahead or len(solved) == len(SLUGS)
    page.goto(f"/users/{name}")
    expect(page.locator("tbody a.t")).to_have_count(len(solved))
    page.goto("/problems")
    expect(page.locator(".cell.ac")).to_have_count(len(solved))


def test_every_problem_s_page_opens_without_a_complaint(open_page: OpenPage) -> None:
    page = open_page("/")
    for slug in SLUGS:
        page.goto(f"/problems/{slug}")
        expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_team_is_made_joined_and_practises(open_page: OpenPage) -> None:
    owner, mate = open_page("/"), open_page("/")
    sign_up(owner)
    name = sign_up(mate)
    owner.goto("/teams")
    owner.locator("form[action='/teams'] input[name=name]").fill(f"Team of {name}")
    owner.locator("form[action='/teams'] button").click()
    owner.locator("form[action$='/invitations'] button").first.click()
    link = owner.locator("input[value*='/join?invite='], a[href*='/join?invite=']").first
    address = link.get_attribute("value") or link.get_attribute("href")
    assert address is not None
    mate.goto(address)
    mate.locator("form[action$='/join'] button").click()
    expect(mate.get_by_role("heading", name=f"Team of {name}")).to_be_visible()
    submit(mate, "maxsubarray")
    owner.reload()
    row = owner.locator(".board tr", has_text=name)
    expect(row.locator(".cell.ac")).to_have_count(1)


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no_scripts"])
def test_signing_out_ends_the_session(open_page: OpenPage, scripts: bool) -> None:
    page = open_page("/", java_script_enabled=scripts)
    name = sign_up(page)
    page.locator("header.top summary", has_text=name).click()
    page.locator("form[action='/sign-out'] button").click()
    expect(page.locator("header.top")).not_to_contain_text(name)
    page.goto("/submissions")
    expect(page).to_have_url(re.compile("/sign-in"))
