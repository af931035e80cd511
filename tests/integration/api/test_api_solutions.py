"""Only users who have solved a problem may read its reference solution, and nobody may during an
interview.
"""

from collections.abc import Iterator

import pytest

from cli.skeletons import skeleton
from judge.interviews import sittings
from judge.job import Kind
from judge.problems.publish import publish
from judge.verdict import Verdict
from tests.integration.api.service import Account, Service, problems_for_now
from tests.integration.api.terminal import Terminal
from tests.integration.api.test_api_boards import team_of
from tests.support.sittings import add_interview, let_pass
from tests.unit.judge.problem_package.making import UUID, changed, loaded

PATH = "/problems/addition/solutions"
ADD = "def add(a, b):\n    return a + b\n"
TWO = {
    "submissions/submissions.yaml": "accepted/*: {model_solution: true}\n",
    "problem.yaml": skeleton(Kind.FUNCTION, "both", UUID.replace("0f6e", "1f6e"))["problem.yaml"],
}


@pytest.fixture(scope="module", autouse=True)
def problems(service: Service) -> Iterator[None]:
    files = skeleton(Kind.FUNCTION, "addition", UUID)
    quiz = skeleton(Kind.QUIZ, "counting", UUID.replace("0f6e", "2f6e"))
    with problems_for_now(service):
        publish(service.db, loaded(files, "addition"))
        publish(service.db, loaded(changed(TWO, files), "both"))
        publish(service.db, loaded(quiz, "counting"))
        yield


def solve(service: Service, account: Account, slug: str = "addition") -> None:
    service.judge(account.submitted(slug))


def test_it_is_shown_to_who_has_solved_the_problem(service: Service, ada: Account) -> None:
    refused = ada.http.get(PATH)
    assert (refused.status_code, refused.json()["type"]) == (403, "/api/v1/errors/forbidden")
    assert refused.json()["detail"].startswith("Solve addition first: ")
    service.judge(ada.submitted("addition"), Verdict.WA)
    assert ada.http.get(PATH).status_code == 403
    solve(service, ada)
    assert ada.http.get(PATH).json() == {
        "items": [
            {"name": "add.py", "language": "python3", "files": [{"name": "add.py", "text": ADD}]}
        ]
    }


def test_a_run_on_the_samples_opens_nothing(service: Service, ada: Account) -> None:
    sent = ada.http.post("/problems/addition/runs", json={"language": "python3", "source": ADD})
    service.judge(sent.json()["id"])
    assert ada.http.get(PATH).status_code == 403


def test_who_is_asked_the_problem_in_an_interview_has_to_wait(
    service: Service, ada: Account
) -> None:
    solve(service, ada)
    interview = add_interview(service.db, ("maxsubarray",), ("addition",))
    sitting = sittings.start(service.db, ada.id, interview).id
    for _ in range(2):  # its round is to come, then it runs
        refused = ada.http.get(PATH)
        assert (refused.status_code, refused.json()["type"]) == (409, "/api/v1/errors/interview")
        assert refused.json()["detail"].endswith("can be read when its round is over.")
        let_pass(service.db, sitting, 600)
    assert ada.http.get(PATH).status_code == 200


def test_a_team_mate_s_code_is_closed_as_long_as_the_reference(
    service: Service, ada: Account, eve: Account
) -> None:
    team_of(ada, eve)
    solve(service, ada)
    solve(service, eve)
    theirs = f"/submissions/{eve.submitted('addition')}"
    service.judge(theirs.rpartition("/")[2], Verdict.WA)
    assert ada.http.get(theirs).status_code == 200
    interview = add_interview(service.db, ("maxsubarray",), ("addition",))
    sitting = sittings.start(service.db, ada.id, interview).id
    for _ in range(2):  # its round is to come, then it runs
        for door in (theirs, f"{theirs}/events", f"{theirs}/reproduction"):
            assert ada.http.get(door).status_code == 404, door
        # It is the reader's interview that closes it: the author still sees it.
        assert eve.http.get(theirs).status_code == 200
        let_pass(service.db, sitting, 600)
    assert ada.http.get(theirs).status_code == 200


def test_what_solves_it_in_an_interview_opens_nothing(service: Service, ada: Account) -> None:
    sitting = sittings.start(service.db, ada.id, add_interview(service.db, ("addition",))).id
    solve(service, ada)
    let_pass(service.db, sitting, 700)
    assert ada.http.get(PATH).status_code == 403


def test_a_quiz_has_its_explanations_instead(ada: Account) -> None:
    refused = ada.http.get("/problems/counting/solutions")
    assert refused.status_code == 404
    assert "GET /api/v1/problems/counting explains each answer" in refused.json()["detail"]
    assert ada.http.get("/problems/nothing/solutions").status_code == 404


def test_the_terminal_prints_it(
    service: Service, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal(service, ada, monkeypatch)
    assert terminal.run("solution", "addition").exit_code == 2
    solve(service, ada)
    assert terminal.said("solution", "addition") == ADD
    solve(service, ada, "both")
    assert terminal.said("solution", "both") == (
        f"==> add.py <==\n{ADD}==> subtract.py <==\n{ADD.replace('+ b', '- -b')}"
    )
    assert [one["name"] for one in terminal.told("solution", "both")] == ["add.py", "subtract.py"]
