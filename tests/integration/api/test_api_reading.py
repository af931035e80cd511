"""What everybody may read: problems, languages, the OpenAPI document, health."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from judge.settings import Settings
from judge.verdict import Verdict
from judge.workers import LanguageView, register
from tests.integration.api.service import SOURCE, Account, Service, prepared, running, serving
from tests.support.content import add_problem
from tests.support.databases import settings_of


def test_problems_are_listed_by_slug(service: Service) -> None:
    answer = service.http.get("/problems").json()
    assert [item["slug"] for item in answer["items"]] == [
        "longestsubarray",
        "lorainit",
        "maxsubarray",
    ]
    assert (answer["next"], answer["total"]) == (None, 3)
    line = answer["items"][1]
    # Other tests of this service may have solved it.
    counted = {name: line.pop(name) for name in ("num_solvers", "num_judged", "num_accepted")}
    assert min(counted.values()) >= 0
    assert line == {
        "slug": "lorainit",
        "title": "Lorainit",
        "titles": {"en": "Lorainit", "zh": "题"},
        "kind": "torch",
        "difficulty": "easy",
        "tags": ["array"],
        "version": 1,
        "my_verdict": None,
        "my_best_s": None,
    }


def test_pages_of_problems_follow_each_other(service: Service) -> None:
    first = service.http.get("/problems", params={"limit": 2})
    assert first.links["next"]["url"].startswith("/api/v1/problems?")
    second = service.root.get(first.links["next"]["url"]).json()
    assert [item["slug"] for item in second["items"]] == ["maxsubarray"]
    assert second["next"] is None
    assert service.http.get("/problems", params={"cursor": "a\0b"}).status_code == 422


@pytest.mark.parametrize(
    ("asked", "slugs"),
    [
        ({"q": "SUBARR"}, ["longestsubarray", "maxsubarray"]),
        ({"q": "题", "kind": "torch"}, ["lorainit"]),
        ({"tag": "array", "difficulty": "easy", "kind": "stdio"}, ["longestsubarray"]),
        ({"difficulty": "hard"}, []),
        ({"tag": "arr"}, []),
    ],
)
def test_problems_are_looked_for(service: Service, asked: dict[str, str], slugs: list[str]) -> None:
    answer = service.http.get("/problems", params=asked).json()
    assert [item["slug"] for item in answer["items"]] == slugs


def test_pages_of_what_is_looked_for_follow_each_other(service: Service) -> None:
    first = service.http.get("/problems", params={"q": "subarray", "limit": 1})
    assert [item["slug"] for item in first.json()["items"]] == ["longestsubarray"]
    second = service.root.get(first.links["next"]["url"]).json()
    assert [item["slug"] for item in second["items"]] == ["maxsubarray"]
    assert second["next"] is None
    assert first.json()["total"] == second["total"] == 2


def test_a_list_tells_how_far_one_is_and_how_many_have_solved_it(
    service: Service, ada: Account, eve: Account
) -> None:
    def line(http: httpx.Client) -> dict[str, Any]:
        items = http.get("/problems", params={"q": "longest"}).json()["items"]
        return {name: items[0][name] for name in items[0] if name.startswith(("num_", "my_"))}

    before = line(service.http)
    for verdict in (Verdict.WA, Verdict.CE, Verdict.AC, Verdict.TLE):
        service.judge(ada.submitted("longestsubarray"), verdict)
    service.judge(eve.submitted("longestsubarray"), Verdict.CE)
    service.judge(eve.submitted("maxsubarray"), Verdict.WA)
    after = {
        "num_solvers": before["num_solvers"] + 1,
        "num_judged": before["num_judged"] + 3,
        "num_accepted": before["num_accepted"] + 1,
    }
    assert line(service.http) == {**after, "my_verdict": None, "my_best_s": None}
    assert line(ada.http) == {**after, "my_verdict": "AC", "my_best_s": 0.25}
    assert line(eve.http) == {**after, "my_verdict": "CE", "my_best_s": None}
    one = ada.http.get("/problems/longestsubarray").json()
    assert (one["my_verdict"], one["num_solvers"]) == ("AC", after["num_solvers"])
    found = {
        state: [
            item["slug"]
            for item in eve.http.get("/problems", params={"state": state}).json()["items"]
        ]
        for state in ("new", "tried", "solved")
    }
    # A compile error is no try.
    assert found == {
        "new": ["longestsubarray", "lorainit"],
        "tried": ["maxsubarray"],
        "solved": [],
    }
    assert service.http.get("/problems", params={"state": "solved"}).json()["total"] == 0
    assert service.http.get("/problems", params={"state": "done"}).status_code == 422


def test_an_expired_token_reads_what_everybody_may_read(service: Service) -> None:
    assert service.client("shousi_no-such-token").get("/problems").status_code == 200


def test_runtimes_are_told_with_ones_own_place(
    service: Service, ada: Account, eve: Account
) -> None:
    sent = ada.submitted("longestsubarray")
    service.judge(sent)
    service.judge(eve.submitted("longestsubarray"))
    wrong = ada.submitted("longestsubarray")
    service.judge(wrong, Verdict.WA)
    path = "/problems/longestsubarray/runtimes"
    told = ada.http.get(path, params={"submission": sent}).json()
    assert sum(one["count"] for one in told["bins"]) == told["num_solutions"] >= 2
    mine = told["mine"]
    assert mine["time"] == 0.25
    assert mine["time_low_s"] < 0.25 < mine["time_high_s"]
    # All submissions take the same time here.
    assert mine["num_ties"] == mine["num_others"] == told["num_solutions"] - 1
    assert ada.http.get(path, params={"submission": wrong}).json()["mine"] is None
    assert ada.http.get(path).json()["mine"] is None
    assert eve.http.get(path, params={"submission": "nobodys"}).status_code == 404
    assert ada.http.get("/problems/none/runtimes").status_code == 404


def test_a_problem_has_what_one_needs_to_solve_it(service: Service) -> None:
    answer = service.http.get("/problems/maxsubarray").json()
    counted = {name: answer.pop(name) for name in ("num_solvers", "num_judged", "num_accepted")}
    assert min(counted.values()) >= 0
    assert answer == {
        "slug": "maxsubarray",
        "title": "Maxsubarray",
        "titles": {"en": "Maxsubarray", "zh": "题"},
        "kind": "function",
        "difficulty": "easy",
        "tags": ["array"],
        "version": 1,
        "limits": {"time_s": 2.0, "memory_bytes": 256 << 20, "source_bytes": 65536},
        "entry": "max_subarray",
        "statement_html": "<p>Text</p>",
        "statements": {"en": "<p>Text</p>"},
        "samples": [{"name": "1", "input": "3\n0 -2 3\n", "output": "3\n", "interaction": ""}],
        "templates": {"python3": "def max_subarray(nums):\n"},
        "languages": ["python3", "cpp"],
        "toolchains": [
            {
                "id": id,
                "name": name,
                "version": "1.2",
                "available": True,
                "command": "",
                "time_factor": 1.0,
            }
            for id, name in (("python3", "Python3"), ("cpp", "Cpp"))
        ],
        "questions": [],
        "downloads": [],
        "background_html": "",
        "num_tests": 2,
        "num_mistakes": 0,
        "my_verdict": None,
        "my_best_s": None,
    }


@pytest.mark.parametrize(
    ("query", "accepted", "title"),
    [
        ("", "", "Maxsubarray"),
        ("", "zh-CN,en;q=0.8", "题"),
        ("?lang=zh", "en", "题"),
        ("", "fr, *;q=0.1", "Maxsubarray"),
    ],
)
def test_texts_are_in_the_readers_language(
    service: Service, query: str, accepted: str, title: str
) -> None:
    headers = {"Accept-Language": accepted}
    answer = service.http.get(f"/problems/maxsubarray{query}", headers=headers)
    assert answer.json()["title"] == title
    assert answer.headers["Vary"] == "Accept-Language, Authorization, Cookie"


@pytest.mark.parametrize("path", ["/problems", "/problems/maxsubarray"])
def test_what_has_not_changed_is_not_sent_again(service: Service, path: str) -> None:
    first = service.http.get(path)
    etag = first.headers["ETag"]
    assert (etag[0], etag[-1]) == ('"', '"')
    for wanted in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = service.http.get(path, headers={"If-None-Match": wanted})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == etag
    changed = service.http.get(path, headers={"If-None-Match": '"other"'})
    assert (changed.status_code, changed.json()) == (200, first.json())


def test_languages_tell_what_is_available(service: Service) -> None:
    found = {one["id"]: one for one in service.http.get("/languages").json()}
    assert list(found) == [
        "python3",
        "pytorch",
        "c",
        "cpp",
        "java",
        "javascript",
        "rust",
        "go",
        "answers",
    ]
    cpp = {"id": "cpp", "name": "Cpp", "version": "1.2", "available": True}
    assert found["cpp"] == {**cpp, "command": "", "time_factor": 1.0}
    assert [found[id_]["available"] for id_ in ("go", "rust")] == [False, False]


def test_health_is_told_at_both_places(service: Service) -> None:
    for root in ("", "/api/v1"):
        assert service.root.get(f"{root}/healthz").json() == {"status": "ok"}
        ready = service.root.get(f"{root}/readyz")
        assert (ready.status_code, ready.json()["ready"]) == (200, True)
        assert set(ready.json()["parts"]) == {"database", "broker", "worker", "judging", "labels"}
        assert service.root.get(f"{root}/metrics").status_code == 200


def test_what_waits_for_a_label_is_told_of_everywhere(tmp_path: Path) -> None:
    with serving(settings_of(tmp_path, log_level="warning")) as service:
        add_problem(service.db, "ongpu", requires="gpu")
        ada, admin = service.account(), service.account("admin")
        waiting = ada.submitted("ongpu")
        seen = ada.http.get(f"/submissions/{waiting}").json()
        assert (seen["state"], seen["missing_labels"]) == ("queued", ["gpu"])
        ready = service.root.get("/readyz")
        assert ready.status_code == 200
        part = ready.json()["parts"]["labels"]
        told = "1 in interactive+gpu until a worker has gpu"
        assert (part["up"], part["detail"]) == (False, told)
        queue = admin.http.get("/admin/queues").json()[0]
        assert (queue["queue"], queue["missing_labels"]) == ("interactive+gpu", ["gpu"])
        age = 'shousi_queue_age_seconds{queue="interactive+gpu"}'
        assert age in admin.http.get("/metrics").text
        service.judge(waiting)
        assert service.root.get("/readyz").json()["parts"]["labels"]["up"]
        assert age not in admin.http.get("/metrics").text


def test_what_only_drained_workers_can_judge_waits_and_is_told_of(tmp_path: Path) -> None:
    with serving(settings_of(tmp_path, log_level="warning")) as service:
        add_problem(service.db, "ongpu", requires="gpu")
        admin = service.account("admin")
        (first,) = admin.http.get("/admin/workers").json()
        register(
            service.db, id="other", host="other", pid=1, labels=["gpu"],
            languages=[LanguageView("go", "Go", "1", available=True)],
        )  # fmt: skip
        assert admin.http.put("/admin/workers/other/draining").status_code == 204
        ready = service.root.get("/readyz").json()["parts"]
        assert ready["worker"] == {"up": True, "detail": "2 alive, 1 drained"}
        waiting = admin.submitted("ongpu")
        assert admin.http.get(f"/submissions/{waiting}").json()["missing_labels"] == ["gpu"]
        assert admin.submit("longestsubarray", language="go").status_code == 422
        assert "shousi_workers_alive 1.0" in admin.http.get("/metrics").text
        admin.http.put(f"/admin/workers/{first['id']}/draining")
        refused = service.root.get("/readyz")
        assert refused.status_code == 503
        assert "Every worker is drained" in refused.json()["parts"]["worker"]["detail"]
        # As without any worker: one may start at any moment.
        assert admin.submit("longestsubarray", language="go").status_code == 202
        admin.http.delete("/admin/workers/other/draining")
        assert service.root.get("/readyz").status_code == 200
        assert admin.http.get(f"/submissions/{waiting}").json()["missing_labels"] == []


def test_without_a_worker_it_is_not_ready_but_takes_submissions(
    service: Service, settings: Settings, tmp_path: Any
) -> None:
    bare = settings_of(tmp_path, broker_url=settings.broker_url, log_level="warning")
    prepared(bare, languages={})
    with running(bare) as (_, url):
        other = Service(bare, url)
        document = other.http.get("/readyz")
        assert document.status_code == 503
        parts = document.json()["parts"]
        assert [parts[name]["up"] for name in ("database", "broker", "worker")] == [
            True,
            True,
            False,
        ]
        ada = other.account()
        assert ada.submit("longestsubarray", language="go").status_code == 202
        assert ada.submit(language="cobol").status_code == 422
        assert not any(one["available"] for one in other.http.get("/languages").json())
        other.close()


def _metrics(service: Service) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    text = service.root.get("/metrics").text
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_metrics_count_requests_by_route_and_judgings_by_state(
    service: Service, ada: Account
) -> None:
    labels = {"method": "GET", "route": "/api/v1/problems/{slug}", "status": "404"}
    key = ("shousi_http_requests_total", frozenset(labels.items()))
    queued = ("shousi_judgings", frozenset({("state", "queued")}))
    before = _metrics(service)
    for slug in ("no-such-1", "no-such-2"):
        service.http.get(f"/problems/{slug}")
    ada.submitted()
    after = _metrics(service)
    assert after[key] == before.get(key, 0) + 2
    assert after[queued] == before[queued] + 1
    assert after[("shousi_workers_alive", frozenset())] == 1
    assert not any("no-such" in str(name) for name in after)


@pytest.fixture(scope="module")
def document(service: Service) -> dict[str, Any]:
    found: dict[str, Any] = service.http.get("/openapi.json").json()
    return found


def _operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        operation["operationId"]: operation
        for path in document["paths"].values()
        for operation in path.values()
    }


def test_the_description_names_every_operation(document: dict[str, Any]) -> None:
    operations = _operations(document)
    assert len(operations) == sum(len(path) for path in document["paths"].values())
    # Client code is generated from these names: one may be added, none may be removed.
    missing = {
        *("createUser", "getMe", "createToken", "listTokens", "revokeToken"),
        *("listProblems", "getProblem", "getProblemFile", "listLanguages"),
        *("createSession", "deleteSession", "changePassword", "getProfile"),
        *("listUsers", "getUser", "changeUser", "listQueues", "listWorkers", "listActs"),
        *("createAccountInvitation", "listAccountInvitations", "revokeAccountInvitation"),
        *("withdrawProblem", "bringProblemBack"),
        *("getLeaderboard", "getProblemLeaderboard", "getTeamLeaderboard"),
        *("createTeam", "listTeams", "getTeam", "deleteTeam", "handTeamOver"),
        *("listMembers", "joinTeam", "removeMember"),
        *("createInvitation", "listInvitations", "revokeInvitation"),
        *("listPracticeSets", "createPracticeSet", "getPracticeSet"),
        *("changePracticeSet", "deletePracticeSet"),
        *("createSubmission", "createRun", "getSubmission", "listSubmissions"),
        *("streamSubmissionEvents", "rejudgeSubmission", "rejudgeProblem"),
        *("listErrorTypes", "getErrorType", "getHealth", "getReadiness", "getMetrics"),
    } - set(operations)
    assert not missing
    assert all(operation["summary"] and operation["tags"] for operation in operations.values())
    assert all(path.startswith("/api/v1/") for path in document["paths"])


def test_every_declared_error_is_a_problem_document(document: dict[str, Any]) -> None:
    for operation in _operations(document).values():
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                assert list(answer["content"]) == ["application/problem+json"]
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_every_reference_in_the_description_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    def references(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
            return own + [one for value in part.values() for one in references(value)]
        if isinstance(part, list):
            return [one for value in part for one in references(value)]
        return []

    found = references(document)
    assert found
    assert all(one.removeprefix("#/components/schemas/") in schemas for one in found)


def test_requests_and_answers_have_examples(document: dict[str, Any]) -> None:
    for operation in _operations(document).values():
        body = operation.get("requestBody", {}).get("content", {})
        assert all("example" in media or "examples" in media for media in body.values())
        for status, answer in operation["responses"].items():
            content = answer.get("content", {})
            if int(status) < 300:
                assert all("example" in media or "examples" in media for media in content.values())


def test_the_examples_of_requests_are_taken(ada: Account, document: dict[str, Any]) -> None:
    example = _operations(document)["createSubmission"]["requestBody"]["content"][
        "application/json"
    ]["example"]
    assert example["source"] == SOURCE
    assert ada.http.post("/problems/maxsubarray/submissions", json=example).status_code == 202
