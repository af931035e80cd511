"""Submitting, waiting for the verdict, reading it, listing, rejudging."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from judge.db import models
from judge.submissions import lifecycle as submissions
from judge.submissions.standing import read_standing
from judge.verdict import Verdict
from tests.integration.api.service import SOURCE, Account, Service, judged


def test_a_submission_is_taken_in_and_its_verdict_read(service: Service, ada: Account) -> None:
    created = ada.submit()
    assert created.status_code == 202
    answer = created.json()
    assert answer == {"id": answer["id"], "state": "queued"}
    assert created.headers["Location"] == f"/api/v1/submissions/{answer['id']}"
    queued = ada.http.get(f"/submissions/{answer['id']}").json()
    assert (queued["state"], queued["verdict"], queued["tests"]) == ("queued", None, [])
    service.judge(answer["id"], Verdict.WA)
    done = ada.http.get(f"/submissions/{answer['id']}").json()
    assert {key: done[key] for key in ("problem", "version", "language", "user", "source")} == {
        "problem": "maxsubarray",
        "version": 1,
        "language": "python3",
        "user": ada.name,
        "source": SOURCE,
    }
    assert (done["state"], done["verdict"], done["score"]) == ("done", "WA", 0.0)
    assert (done["time_s"], done["memory_bytes"]) == (0.25, 1 << 20)


def test_hidden_tests_show_nothing_but_samples_do(service: Service, ada: Account) -> None:
    id_ = ada.submitted()
    service.judge(id_, Verdict.WA)
    answer = ada.http.get(f"/submissions/{id_}")
    stream = ada.http.get(f"/submissions/{id_}/events")
    sample, hidden = answer.json()["tests"]
    shown = {key: sample[key] for key in ("input", "expected", "output", "stderr")}
    assert shown == {"input": "IN", "expected": "EXPECTED", "output": "OUT", "stderr": "ERR"}
    assert (hidden["name"], hidden["message"], hidden["hint"]) == (
        "01-big",
        "Wrong answer: up to a quarter of the values differ.",
        "Try more",
    )
    assert all(hidden[key] is None for key in ("input", "expected", "output", "stderr"))
    assert "HIDDEN" not in answer.text
    assert "HIDDEN" not in stream.text
    assert "EXPECTED" in stream.text


def test_messages_are_in_the_readers_language(service: Service, ada: Account) -> None:
    id_ = ada.submitted()
    service.judge(id_, Verdict.WA)
    chinese = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}
    answer = ada.http.get(f"/submissions/{id_}", headers=chinese)
    hidden = answer.json()["tests"][1]
    assert hidden["message"] == "答案错误：不超过四分之一的值不同。"
    assert hidden["difference"] == {"reason": "wrong_answer", "share": 1}
    stream = ada.http.get(f"/submissions/{id_}/events", headers=chinese)
    assert (
        stream.text.count("答案错误：不超过四分之一的值不同。") >= 2
    )  # the snapshot, and the event
    assert "Wrong answer" not in answer.text + stream.text


def test_what_an_older_version_wrote_is_still_shown(service: Service, ada: Account) -> None:
    id_ = ada.submitted()
    service.judge(id_, Verdict.WA)
    with service.db.write() as session:
        for row in session.query(models.StoredResult):
            row.difference, row.message = None, "An old sentence."
        for judging in session.query(models.Judging):
            judging.difference, judging.message = None, "01-big: An old sentence."
    answer = ada.http.get(f"/submissions/{id_}", headers={"Accept-Language": "zh"}).json()
    assert [test["message"] for test in answer["tests"]] == ["An old sentence."] * 2
    assert (answer["message"], answer["difference"]) == ("01-big: An old sentence.", None)


def test_times_of_hidden_tests_are_coarse(service: Service, ada: Account) -> None:
    id_ = ada.submitted()
    service.judge(id_, Verdict.WA)
    with service.db.write() as session:
        for row in session.query(models.StoredResult):
            row.cpu_s, row.memory_bytes = 0.1234567, 1_234_567
        for judging in session.query(models.Judging):
            judging.cpu_s = 0.1234567
    answer = ada.http.get(f"/submissions/{id_}").json()
    sample, hidden = answer["tests"]
    assert (sample["time_s"], sample["memory_bytes"]) == (0.1234567, 1_234_567)
    assert (hidden["time_s"], hidden["memory_bytes"]) == (0.125, 1_250_000)
    assert answer["time_s"] == 0.123


def test_a_run_is_judged_but_not_listed(service: Service, ada: Account) -> None:
    body = {"language": "python3", "source": SOURCE, "input": "1\n5\n"}
    created = ada.http.post("/problems/maxsubarray/runs", json=body)
    assert created.status_code == 202
    id_ = created.json()["id"]
    job = submissions.load_job(service.db, service.claim(id_))
    assert [test.name for test in job.tests] == ["own"]
    assert ada.http.get(created.headers["Location"].removeprefix("/api/v1")).json()["id"] == id_
    assert ada.http.get("/submissions").json()["items"] == []


def test_a_run_without_input_takes_the_samples(service: Service, ada: Account) -> None:
    body = {"language": "python3", "source": SOURCE}
    created = ada.http.post("/problems/maxsubarray/runs", json=body)
    job = submissions.load_job(service.db, service.claim(created.json()["id"]))
    assert [(test.name, test.sample) for test in job.tests] == [("1", True)]


def test_waiting_ends_with_the_verdict(service: Service, ada: Account) -> None:
    id_ = ada.submitted()
    claim = service.claim(id_)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ada.http.get, f"/submissions/{id_}", params={"wait": 30})
        # The request must not wait for long, whether it arrived before or after the verdict.
        assert submissions.finish(service.db, claim, judged(Verdict.AC))
        answer = waiting.result(29).json()
    assert (answer["state"], answer["verdict"]) == ("done", "AC")


def test_a_hint_wakes_a_waiting_reader(
    service: Service, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Without hints no code would read the database again before the answer's deadline.
    monkeypatch.setattr("api.v1.submissions.LOOK_AGAIN_S", 1000.0)
    id_ = ada.submitted()
    claim = service.claim(id_)
    first_look = threading.Event()

    def telling(*arguments: object) -> object:
        standing = read_standing(*arguments)  # type: ignore[arg-type]
        first_look.set()
        return standing

    monkeypatch.setattr("api.access.read_standing", telling)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ada.http.get, f"/submissions/{id_}", params={"wait": 30})
        assert first_look.wait(10)
        assert submissions.finish(service.db, claim, judged(Verdict.AC))
        assert waiting.result(29).json()["state"] == "done"


def test_what_is_done_is_not_sent_again_until_it_is_another(
    service: Service, ada: Account, boss: Account
) -> None:
    id_ = ada.submitted()
    service.judge(id_, Verdict.WA)
    first = ada.http.get(f"/submissions/{id_}", params={"wait": 30})
    has = {"If-None-Match": first.headers["ETag"]}
    again = ada.http.get(f"/submissions/{id_}", headers=has)
    assert (again.status_code, again.content) == (304, b"")
    # A reader with another language gets another answer, even while the first one is cached.
    chinese = ada.http.get(f"/submissions/{id_}", params={"lang": "zh"}, headers=has)
    assert chinese.status_code == 200
    assert chinese.json()["tests"][1]["message"] != first.json()["tests"][1]["message"]
    boss.http.post(f"/submissions/{id_}/rejudge")
    assert ada.http.get(f"/submissions/{id_}", headers=has).json()["state"] == "queued"
    service.judge(id_, Verdict.AC)
    assert ada.http.get(f"/submissions/{id_}", headers=has).json()["verdict"] == "AC"


def test_waiting_ends_in_time_without_a_verdict(ada: Account) -> None:
    id_ = ada.submitted()
    answer = ada.http.get(f"/submissions/{id_}", params={"wait": 0.2})
    assert (answer.status_code, answer.json()["state"]) == (200, "queued")


@pytest.mark.parametrize("wait", ["-1", "nan", "inf", "soon"])
def test_a_wait_must_be_a_time(ada: Account, wait: str) -> None:
    answer = ada.http.get(f"/submissions/{ada.submitted()}", params={"wait": wait})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "wait"


def test_someone_elses_submission_is_not_found(ada: Account, eve: Account, boss: Account) -> None:
    id_ = ada.submitted()
    for path in (f"/submissions/{id_}", f"/submissions/{id_}/events"):
        theirs = eve.http.get(path)
        assert theirs.status_code == 404
        assert theirs.headers["Content-Type"] == "application/problem+json"
    assert boss.http.get(f"/submissions/{id_}").json()["user"] == ada.name
    never = eve.http.get("/submissions/00000000-0000-7000-8000-000000000000")
    assert (never.status_code, never.json()["type"]) == (404, "/api/v1/errors/not-found")


def test_the_same_key_and_body_are_answered_the_same(service: Service, ada: Account) -> None:
    key = {"Idempotency-Key": "try-1"}
    body = {"language": "python3", "source": SOURCE}
    first = ada.http.post("/problems/maxsubarray/submissions", json=body, headers=key)
    service.judge(first.json()["id"])
    again = ada.http.post("/problems/maxsubarray/submissions", json=body, headers=key)
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again.headers["Location"] == first.headers["Location"]
    assert len(ada.http.get("/submissions").json()["items"]) == 1


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/problems/maxsubarray/submissions", {"source": "other = 1\n"}),
        ("/problems/longestsubarray/submissions", {}),
        ("/problems/maxsubarray/runs", {}),
        ("/problems/maxsubarray/runs", {"input": "1 1"}),
    ],
)
def test_the_same_key_for_something_else_is_refused(
    ada: Account, path: str, more: dict[str, str]
) -> None:
    key = {"Idempotency-Key": "try-2"}
    body = {"language": "python3", "source": SOURCE}
    first = ada.http.post("/problems/maxsubarray/submissions", json=body, headers=key)
    assert first.status_code == 202
    other = ada.http.post(path, json={**body, **more}, headers=key)
    assert other.status_code == 422
    assert other.json()["type"] == "/api/v1/errors/idempotency-key-reused"
    assert other.json()["errors"][0]["field"] == "Idempotency-Key"


def test_runs_have_keys_too_and_each_user_has_their_own(ada: Account, eve: Account) -> None:
    key = {"Idempotency-Key": "try-3"}
    body = {"language": "python3", "source": SOURCE, "input": "1\n5\n"}
    ids = [
        account.http.post("/problems/maxsubarray/runs", json=body, headers=key).json()["id"]
        for account in (ada, ada, eve)
    ]
    assert ids[0] == ids[1] != ids[2]


def test_one_key_sent_at_once_makes_one_submission(ada: Account) -> None:
    key = {"Idempotency-Key": "try-4"}
    body = {"language": "python3", "source": SOURCE}
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(
            lambda _: ada.http.post("/problems/maxsubarray/submissions", json=body, headers=key),
            range(8),
        )
        ids = {answer.json()["id"] for answer in answers}
    assert len(ids) == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "t\tx"])
def test_a_key_must_be_a_short_word(ada: Account, key: str) -> None:
    body = {"language": "python3", "source": SOURCE}
    answer = ada.http.post(
        "/problems/maxsubarray/submissions", json=body, headers={"Idempotency-Key": key}
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


def test_pages_follow_each_other_by_cursor(ada: Account) -> None:
    sent = [ada.submitted() for _ in range(5)]
    found: list[str] = []
    path: str | None = "/submissions?limit=2&problem=maxsubarray"
    while path:
        answer = ada.http.get(path)
        page = answer.json()
        found += [item["id"] for item in page["items"]]
        link = answer.links.get("next")
        assert (link is None) == (page["next"] is None)
        path = link["url"].removeprefix("/api/v1") if link else None
        assert path is None or ("limit=2" in path and "problem=maxsubarray" in path)
    assert found == sent[::-1]


def test_lists_are_filtered(service: Service, ada: Account) -> None:
    right, wrong, other = ada.submitted(), ada.submitted(), ada.submitted("longestsubarray")
    service.judge(right)
    service.judge(wrong, Verdict.WA)

    def ids(**query: str) -> list[str]:
        items = ada.http.get("/submissions", params=query).json()["items"]
        return [item["id"] for item in items]

    assert ids() == [other, wrong, right]
    assert ids(verdict="AC") == [right]
    assert ids(problem="longestsubarray") == [other]
    assert ids(problem="maxsubarray", verdict="WA", user=ada.name) == [wrong]
    assert ids(problem="no-such") == []


def test_one_lists_ones_own_and_an_admin_everybodys(
    ada: Account, eve: Account, boss: Account
) -> None:
    id_ = ada.submitted()
    assert eve.http.get("/submissions").json()["items"] == []
    for name in (ada.name, "nobody-such"):
        assert eve.http.get("/submissions", params={"user": name}).status_code == 403
    everybodys = boss.http.get("/submissions", params={"user": ada.name.upper()}).json()
    assert [item["id"] for item in everybodys["items"]] == [id_]
    assert boss.http.get("/submissions", params={"user": "nobody-such"}).status_code == 422


@pytest.mark.parametrize(
    "query", ["verdict=GOOD", "limit=0", "limit=101", "limit=x", f"cursor={'x' * 201}"]
)
def test_a_wrong_filter_is_named(ada: Account, query: str) -> None:
    answer = ada.http.get(f"/submissions?{query}")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


def test_only_an_admin_may_have_it_judged_again(
    service: Service, ada: Account, boss: Account
) -> None:
    id_ = ada.submitted()
    service.judge(id_, Verdict.WA)
    for path in (f"/submissions/{id_}/rejudge", "/problems/maxsubarray/rejudge"):
        assert ada.http.post(path).status_code == 403
    again = boss.http.post(f"/submissions/{id_}/rejudge")
    assert (again.status_code, again.json()) == (202, {"queued": 1})
    assert again.headers["Location"] == f"/api/v1/submissions/{id_}"
    assert ada.http.get(f"/submissions/{id_}").json()["state"] == "queued"
    service.judge(id_, Verdict.AC)
    assert ada.http.get(f"/submissions/{id_}").json()["verdict"] == "AC"


def test_a_problem_is_judged_again_as_a_whole(
    service: Service, ada: Account, boss: Account
) -> None:
    ids = [ada.submitted("longestsubarray") for _ in range(2)]
    for id_ in ids:
        service.judge(id_)
    answer = boss.http.post("/problems/longestsubarray/rejudge")
    assert answer.status_code == 202
    assert answer.json()["queued"] >= 2
    assert all(ada.http.get(f"/submissions/{id_}").json()["state"] == "queued" for id_ in ids)
    assert boss.http.post("/problems/no-such/rejudge").status_code == 404
    assert boss.http.post("/submissions/no-such/rejudge").status_code == 404


def test_a_list_says_what_was_wrong_and_takes_filters(service: Service, ada: Account) -> None:
    wrong, later = ada.submitted(), ada.submitted()
    service.judge(wrong, Verdict.WA)
    found = {
        one["id"]: one
        for one in ada.http.get("/submissions", headers={"Accept-Language": "zh"}).json()["items"]
    }
    whole = ada.http.get(f"/submissions/{wrong}", headers={"Accept-Language": "zh"}).json()
    assert found[wrong]["message"] == whole["message"]
    assert (found[wrong]["diagnosis"], found[later]["message"]) == (None, "")
    assert whole["started_at"] <= whole["finished_at"]

    def ids(**asked: str | float) -> list[str]:
        return [one["id"] for one in ada.http.get("/submissions", params=asked).json()["items"]]

    assert ids(language="python3") == [later, wrong]
    assert ids(language="cpp") == []
    assert ids(after=found[wrong]["created_at"]) == [later]
    assert ids(after=found[later]["created_at"]) == []
    for refused in ({"after": "soon"}, {"after": "nan"}, {"after": "-1"}):
        assert ada.http.get("/submissions", params=refused).status_code == 422


def test_compile_errors_are_told_as_data(service: Service, ada: Account) -> None:
    sent = ada.submitted()
    said = "main.cpp:3:7: error: expected ';'\nmain.cpp:4:1: warning: unused\n"
    done = replace(judged(Verdict.CE), compile_output=said)
    assert submissions.finish(service.db, service.claim(sent), done)
    told = ada.http.get(f"/submissions/{sent}").json()
    error = {"file": "main.cpp", "line": 3, "column": 7, "message": "expected ';'"}
    assert (told["compile_errors"], told["compile_output"]) == ([error], said)
    # Warnings of a source that compiled are no errors.
    accepted = ada.submitted()
    done = replace(judged(Verdict.AC), compile_output=said)
    assert submissions.finish(service.db, service.claim(accepted), done)
    assert ada.http.get(f"/submissions/{accepted}").json()["compile_errors"] == []
