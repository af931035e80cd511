"""Many sources in one request, over a real API."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from judge.db import models
from judge.settings import Settings
from judge.states import State
from judge.verdict import Verdict
from tests.integration.api.service import Account, Service, SseEvent, read_stream, running
from tests.integration.api.terminal import Terminal
from tests.support.stack import wait_until

PATH = "/runs:batch"


def body(*sources: str, problem: str = "maxsubarray", language: str = "python3") -> dict[str, Any]:
    return {
        "problem": problem,
        "sources": [{"language": language, "source": one} for one in sources],
    }


def sent(account: Account, *sources: str, **headers: str) -> httpx.Response:
    """A batch whose stream nobody reads to its end."""
    with account.http.stream("POST", PATH, json=body(*sources), headers=headers) as answer:
        assert answer.status_code == 202, answer.read()
        return answer


def batch_of(account: Account, answer: httpx.Response) -> dict[str, Any]:
    found = account.http.get(answer.headers["Location"].removeprefix("/api/v1"))
    assert found.status_code == 200, found.text
    return dict(found.json())


def event(stream: Iterator[SseEvent | str]) -> SseEvent:
    found = next(stream)
    assert isinstance(found, SseEvent)
    return found


def test_each_result_comes_with_its_place_when_it_is_there(service: Service, ada: Account) -> None:
    sources = ("one", "two", "three")
    with ada.http.stream("POST", PATH, json=body(*sources)) as answer:
        assert answer.status_code == 202
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        stream = read_stream(answer)
        assert next(stream) == "retry: 2000"
        snapshot = event(stream)
        assert (snapshot.kind, snapshot.data["total"], snapshot.data["num_done"]) == (
            "snapshot",
            3,
            0,
        )
        assert answer.headers["Location"] == f"/api/v1/batches/{snapshot.data['id']}"
        ids = [one["submission"] for one in snapshot.data["items"]]
        for place, verdict in ((1, Verdict.WA), (0, Verdict.AC), (2, Verdict.AC)):
            service.judge(ids[place], verdict)
            result = event(stream)
            assert (result.kind, result.data["index"], result.data["verdict"]) == (
                "result",
                place,
                verdict,
            )
        end = event(stream)
        assert (end.kind, end.data) == ("done", {"total": 3, "verdicts": {"WA": 1, "AC": 2}})
        assert list(stream) == []
    whole = ada.http.get(f"/submissions/{ids[1]}").json()
    assert (whole["purpose"], whole["source"], len(whole["tests"])) == ("batch", "two", 2)
    assert ada.http.get("/submissions").json()["items"] == []


def test_who_hangs_up_loses_nothing(service: Service, ada: Account) -> None:
    answer = sent(ada, "one", "two")
    ids = [one["submission"] for one in batch_of(ada, answer)["items"]]
    service.judge(ids[1], Verdict.WA)
    batch = batch_of(ada, answer)
    assert (batch["num_done"], [one["verdict"] for one in batch["items"]]) == (1, [None, "WA"])
    with ada.http.stream("GET", f"/batches/{batch['id']}/events") as again:
        stream = read_stream(again)
        next(stream)
        assert event(stream).data == batch
        service.judge(ids[0])
        assert [(one.kind, one.data.get("index")) for one in (event(stream), event(stream))] == [
            ("result", 0),
            ("done", None),
        ]
    assert batch_of(ada, answer)["num_done"] == 2


def test_without_a_broker_results_are_only_late(
    service: Service, settings: Settings, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.v1.batches.LOOK_AGAIN_S", 0.05)
    deaf = settings.model_copy(update={"broker_url": "unix:///nowhere/at/all.sock"})
    with running(deaf) as (_, url):
        elsewhere = service.elsewhere(ada, url)
        with elsewhere.http.stream("POST", PATH, json=body("one")) as answer:
            stream = read_stream(answer)
            next(stream)
            service.judge(event(stream).data["items"][0]["submission"])
            assert [event(stream).kind, event(stream).kind] == ["result", "done"]


def test_a_key_makes_a_repeat_safe(ada: Account, eve: Account) -> None:
    key = {"Idempotency-Key": "once"}
    first, second = sent(ada, "one", **key), sent(ada, "one", **key)
    assert first.headers["Location"] == second.headers["Location"]
    other = ada.http.post(PATH, json=body("another"), headers=key)
    assert (other.status_code, other.json()["type"]) == (
        422,
        "/api/v1/errors/idempotency-key-reused",
    )
    assert sent(eve, "one", **key).headers["Location"] != first.headers["Location"]


def refused(account: Account, wrong: dict[str, Any]) -> tuple[int, list[str], str]:
    answer = account.http.post(PATH, json=wrong)
    problem = answer.json()
    fields = [one["field"] for one in problem.get("errors", [])]
    return answer.status_code, fields, problem["type"].rpartition("/")[2]


def test_a_refusal_names_each_source_by_its_place(ada: Account, settings: Settings) -> None:
    sources = body("one", "", "two", "a\0b")
    assert refused(ada, sources) == (422, ["sources.1.source", "sources.3.source"], "invalid")
    sources = body("one", "two")
    sources["sources"][1]["language"] = "cobol"
    assert refused(ada, sources) == (422, ["sources.1.language"], "unknown-language")
    sources["sources"][1]["language"] = "go"
    assert refused(ada, sources) == (422, ["sources.1.language"], "language-unavailable")
    sources["sources"][1]["language"] = "pytorch"
    assert refused(ada, sources) == (422, ["sources.1.language"], "language-not-for-problem")
    long = "x" * settings.source_limit_bytes
    assert refused(ada, body("a", long + "x"))[1:] == (["sources.1.source"], "source-too-large")
    assert refused(ada, body(*[long] * 20))[1:] == (["sources.16.source"], "source-too-large")
    assert refused(ada, body(*["x"] * 101))[1:] == (["sources"], "invalid")
    assert refused(ada, body())[1:] == (["sources"], "invalid")
    assert refused(ada, body("a", problem="nothing"))[::2] == (404, "not-found")
    large = httpx.Request("POST", str(ada.http.base_url), content=b"x" * (8 << 20))
    answer = ada.http.post(
        PATH, content=large.content, headers={"Content-Type": "application/json"}
    )
    assert answer.status_code == 413


def test_a_batch_is_for_tokens_and_not_for_browsers(service: Service, ada: Account) -> None:
    made = service.http.post("/users", json={"name": "batcher", "password": "correct horse"})
    assert made.status_code == 201
    signed_in = service.http.post("/session", json={"name": "batcher", "password": "correct horse"})
    cookie = signed_in.headers["set-cookie"].partition(";")[0]
    headers = {"Cookie": cookie, "Origin": service.url}
    answer = service.http.post(PATH, json=body("one"), headers=headers)
    assert (answer.status_code, "programs" in answer.json()["detail"]) == (403, True)


def test_batches_have_a_quota_of_their_own(
    service: Service, settings: Settings, ada: Account
) -> None:
    tight = settings.model_copy(update={"limit_batch": "5/hour", "max_pending_batch": 4})
    with running(tight) as (_, url):
        ada = service.elsewhere(ada, url)
        sent(ada, "one", "two", "three")
        limited = ada.http.post(PATH, json=body("one", "two", "three"))
        assert (limited.status_code, "Retry-After" in limited.headers) == (429, True)
        waiting = ada.http.post(PATH, json=body("one", "two"))
        assert (waiting.status_code, "4 sources of batches" in waiting.json()["detail"]) == (
            429,
            True,
        )
        never = ada.http.post(PATH, json=body(*"abcdef"))
        assert (never.status_code, "5 sources" in never.json()["detail"]) == (422, True)
        assert ada.submit().status_code == 202


@contextmanager
def judging_all(service: Service, account: Account, number: int) -> Iterator[None]:
    """Judge this many of the account's next sources; those that contain `wrong` get WA."""
    waits = (
        select(models.Submission.id, models.Submission.source)
        .join(models.Judging, models.Judging.id == models.Submission.judging_id)
        .where(models.Submission.user_id == account.id, models.Judging.state == State.QUEUED)
    )

    def found() -> list[tuple[str, str]]:
        with service.db.read() as session:
            return [(row.id, row.source) for row in session.execute(waits)]

    def judge() -> None:
        wait_until(lambda: len(found()) == number, "the batch")
        for id_, source in found():
            service.judge(id_, Verdict.WA if "wrong" in source else Verdict.AC)

    worker = threading.Thread(target=judge)
    worker.start()
    yield
    worker.join()


def test_the_command_prints_a_line_a_file(
    service: Service, ada: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal(service, ada, monkeypatch)
    monkeypatch.chdir(tmp_path)
    Path("good.py").write_text("pass\n")
    Path("bad.cpp").write_text("wrong\n")
    with judging_all(service, ada, 2):
        result = terminal.run("batch", "maxsubarray", "good.py", "bad.cpp")
    lines = sorted(result.stdout.splitlines())
    assert (result.exit_code, [line.split()[:2] for line in lines]) == (
        1,
        [["AC", "good.py"], ["WA", "bad.cpp"]],
    )
    identifier = result.stderr.split()[1]
    again = terminal.run("batch", "--again", identifier, "--json")
    assert (again.exit_code, len(again.stdout.splitlines())) == (1, 2)
    with judging_all(service, ada, 1):
        assert terminal.run("batch", "maxsubarray", "good.py").exit_code == 0
    for words, told in (
        (("batch", "maxsubarray"), "--again"),
        (("batch", "nothing", "good.py"), "404"),
        (("batch", "maxsubarray", "none.py"), "none.py"),
        (("batch", "--again", "nothing"), "404"),
    ):
        wrong = terminal.run(*words)
        assert (wrong.exit_code, told in wrong.stderr) == (2, True), wrong.stderr
