"""What Prometheus reads, and what the dashboard and the alerts ask of it: a real API."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML
from sqlalchemy import update

from judge import workers
from judge.db.models import FailedAttempt, Judging, Worker
from judge.ids import first_id
from judge.limits import Usage
from judge.result import JudgingResult
from judge.submissions import lifecycle, rejudges
from judge.submissions.transitions import WORKER_LOST
from judge.verdict import Verdict
from tests.integration.api.service import (
    Account,
    Service,
    SseEvent,
    read_stream,
    serving,
)
from tests.support.content import sure_claim
from tests.support.databases import settings_of

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A separate service, because the metrics also count judgings of other tests that ended in the
    last minutes.
    """
    home: Path = tmp_path_factory.mktemp("metrics")
    with serving(settings_of(home, log_level="warning")) as service:
        wear = {
            "python": {"begun_at": 1.7e9, "replaced": 3, "died": 1, "cpu_s": 2.5},
            "torch": {"begun_at": 0.0, "replaced": 0, "died": 0, "cpu_s": 0.5},
        }
        assert workers.seen(service.db, "w", {"waiting": 7, "made": 2, "failed": 0}, wear)
        with service.db.write() as session:
            # Alive for as long as the tests take.
            later = service.db.now(session) + 3600
            session.execute(update(Worker).values(seen_at=later))
        yield service


def samples(service: Service) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(service.root.get("/metrics").text)
        for sample in family.samples
    }


def value(found: Samples, name: str, **labels: str) -> float | None:
    return found.get((name, frozenset(labels.items())))


def lost(service: Service, account: Account) -> None:
    """A submission whose worker falls silent: the lease runs out, a reconciler takes it back."""
    claim = service.claim(account.submitted())
    with service.db.write() as session:
        past = service.db.now(session) - 1
        row = update(Judging).where(Judging.id == claim.judging_id)
        session.execute(row.values(lease_until=past))
    lifecycle.requeue_stale(service.db, max_attempts=3, stale_s=60, stale_per_queued_s=0)


def followed(service: Service, account: Account) -> None:
    """A submission that somebody follows live to its verdict."""
    id_ = account.submitted()
    with account.http.stream("GET", f"/submissions/{id_}/events") as answer:
        stream = (one for one in read_stream(answer) if isinstance(one, SseEvent))
        assert next(stream).kind == "snapshot"
        service.judge(id_, Verdict.WA)
        assert [one.kind for one in stream][-1] == "done"


def test_what_ended_lately_is_told_by_language_verdict_and_stage(
    service: Service, ada: Account
) -> None:
    followed(service, ada)
    lost(service, ada)
    waiting = ada.submitted()
    with service.db.write() as session:
        then = service.db.now(session) - 90
        sent = update(Judging).where(Judging.submission_id == waiting)
        session.execute(sent.values(created_at=then))
    found = samples(service)
    of = {"queue": "interactive"}
    assert value(found, "shousi_recent_judgings", **of, language="python3", verdict="WA") == 1
    stage = {**of, "stage": "judging", "quantile": "0.95"}
    judging_s = value(found, "shousi_recent_stage_seconds", **stage)
    assert judging_s is not None
    assert 0 <= judging_s < 60
    assert value(found, "shousi_recent_failed_attempts", cause="worker_lost") == 1
    assert value(found, "shousi_recent_failed_attempts", cause="fault") == 0
    assert value(found, "shousi_queue_judgings", **of, state="queued") == 2
    age_s = value(found, "shousi_queue_age_seconds", **of)
    assert age_s is not None
    assert 90 <= age_s < 150
    assert (value(found, "shousi_workers_alive"), value(found, "shousi_workers_unable")) == (1, 0)
    assert value(found, "shousi_jails_total", worker="w", how="waiting") == 7
    of_python = {"worker": "w", "runtime": "python"}
    begun_at = value(found, "shousi_fork_server_begun_timestamp_seconds", **of_python)
    assert begun_at == 1.7e9
    assert value(found, "shousi_fork_servers_ended_total", **of_python, how="replaced") == 3
    assert value(found, "shousi_fork_servers_ended_total", **of_python, how="died") == 1
    assert value(found, "shousi_fork_server_cpu_seconds_total", **of_python) == 2.5
    # A template that has not begun to serve has no age.
    none = value(found, "shousi_fork_server_begun_timestamp_seconds", worker="w", runtime="torch")
    assert none is None
    late = value(found, "shousi_event_lag_seconds_count")
    assert late is not None
    assert late >= 1


def test_what_had_waited_for_hours_is_told_too(
    service: Service, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batches wait for long; the metrics must still count how they end."""
    service.judge(ada.submitted(), Verdict.TLE)
    of = {"queue": "interactive", "language": "python3", "verdict": "TLE"}
    assert value(samples(service), "shousi_recent_judgings", **of) == 1
    # Make everything older than that.
    monkeypatch.setattr("judge.measures.LOOKED_BACK_S", -600.0)
    assert value(samples(service), "shousi_recent_judgings", **of) == 1


def test_a_preview_that_had_waited_for_hours_is_told_too(
    service: Service, ada: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It appends no events, and a rejudge of many submissions waits for long."""
    service.judge(ada.submitted())
    _, queued = rejudges.begin(service.db, "maxsubarray", ada.id)
    for one in queued:
        result = JudgingResult(Verdict.MLE, Usage(), 0.0)
        assert lifecycle.finish(service.db, sure_claim(service.db, one.judging_id), result)
    of = {"queue": "rejudge", "language": "python3", "verdict": "MLE"}
    assert value(samples(service), "shousi_recent_judgings", **of) == len(queued)
    # As if everything had been sent longer ago than that.
    monkeypatch.setattr("judge.measures.LOOKED_BACK_S", -600.0)
    assert value(samples(service), "shousi_recent_judgings", **of) == len(queued)


def test_what_ended_long_ago_is_told_no_more(service: Service, ada: Account) -> None:
    followed(service, ada)
    with service.db.write() as session:
        session.execute(update(Judging).values(finished_at=Judging.finished_at - 400))
        aged = update(FailedAttempt).where(FailedAttempt.reason == WORKER_LOST)
        session.execute(aged.values(id=first_id(service.db.now(session) - 400)))
    found = samples(service)
    assert not any(name == "shousi_recent_judgings" for name, _ in found)
    assert value(found, "shousi_recent_failed_attempts", cause="worker_lost") == 0


def test_a_pause_is_told(service: Service, boss: Account) -> None:
    boss.http.put("/admin/pause", json={})
    assert value(samples(service), "shousi_judging_paused") == 1
    boss.http.delete("/admin/pause")
    assert value(samples(service), "shousi_judging_paused") == 0


# A selector: the metric's name, and the labels that select its series.
_SELECTOR = re.compile(r"\b(shousi_\w+)(?:\{([^}\"]*(?:\"[^\"]*\"[^}\"]*)*)\})?")
_LABEL = re.compile(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"")
_GROUPING = re.compile(r"\b(?:by|on)\s*\(([^)]*)\)")


def expressions(tree: Any) -> Iterator[str]:
    """Every PromQL expression in a dashboard or a file of rules."""
    match tree:
        case dict():
            for key, one in tree.items():
                if key == "expr":
                    yield one
                else:
                    yield from expressions(one)
        case list():
            for one in tree:
                yield from expressions(one)
        case _:
            pass


@pytest.mark.parametrize("file", ["grafana/shousi.json", "prometheus/alerts.yml"])
def test_what_is_asked_for_is_exported(service: Service, ada: Account, file: str) -> None:
    text = (DEPLOY / file).read_text()
    asked = list(
        expressions(json.loads(text) if file.endswith("json") else YAML(typ="safe").load(text))
    )
    assert len(asked) > 10
    followed(service, ada)
    exported: dict[str, set[str]] = {}
    for name, labels in samples(service):
        exported.setdefault(name, set()).update(key for key, _ in labels)
    for expression in asked:
        known: set[str] = set()
        for name, chosen in _SELECTOR.findall(expression):
            assert name in exported, expression
            assert set(_LABEL.findall(chosen)) <= exported[name], expression
            known |= exported[name]
        for grouped in _GROUPING.findall(expression):
            assert {one.strip() for one in grouped.split(",") if one.strip()} <= known, expression


def test_what_is_exported_is_explained(service: Service, ada: Account) -> None:
    followed(service, ada)
    guide = (DEPLOY.parent / "docs" / "operating.md").read_text()
    text = service.root.get("/metrics").text
    names = {family.name for family in text_string_to_metric_families(text)}
    # The client's own: when a counter was made.
    ours = {name for name in names if not name.endswith("_created")}
    assert len(ours) > 10
    assert [name for name in sorted(ours) if f"`{name}" not in guide] == []
