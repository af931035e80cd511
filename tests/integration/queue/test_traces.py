"""Traces of submissions, sent by a real worker to a collector that the test runs."""

from pathlib import Path
from uuid import UUID

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from judge.db.session import Database
from judge.submissions import lifecycle
from judge.verdict import Verdict
from tests.support.content import add_problem, add_user, submit, sure_claim, verdict
from tests.support.databases import database_url_of
from tests.support.migrated import write_database
from tests.support.receivers import Receiver, receiving
from tests.support.stack import running_stack
from worker.queue.traces import SubmissionTraces


def spans_of(collector: Receiver, number: int) -> list[Span]:
    """The next spans that a collector gets, in the order of their begin."""
    found: list[Span] = []
    while len(found) < number:
        received, sent = collector.next(), ExportTraceServiceRequest()
        assert received.path == "/v1/traces"
        sent.ParseFromString(received.body)
        for resource in sent.resource_spans:
            for scope in resource.scope_spans:
                found += scope.spans
    assert len(found) == number
    return sorted(found, key=lambda span: (span.start_time_unix_nano, -span.end_time_unix_nano))


def address_of(collector: Receiver) -> str:
    return f"{collector.scheme}://127.0.0.1:{collector.port}"


def attributes_of(span: Span) -> dict[str, object]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def test_a_submission_has_a_trace_with_its_own_id(tmp_path: Path) -> None:
    with (
        receiving() as collector,
        running_stack(
            tmp_path, database_url_of(tmp_path), otlp_endpoint=address_of(collector)
        ) as stack,
    ):
        stack.start_worker()
        sent = stack.submit()
        seen = stack.done(sent.id)
        whole, queued, attempt = spans_of(collector, 3)
        assert {span.trace_id.hex() for span in (whole, queued, attempt)} == {UUID(sent.id).hex}
        assert [whole.name, queued.name, attempt.name] == ["submission", "queued", "attempt"]
        assert [queued.parent_span_id, attempt.parent_span_id] == [whole.span_id] * 2
        assert whole.parent_span_id == b""
        told = attributes_of(whole)
        assert (told["shousi.submission_id"], told["shousi.verdict"]) == (sent.id, seen.verdict)
        assert queued.end_time_unix_nano == attempt.start_time_unix_nano
        assert attempt.end_time_unix_nano == whole.end_time_unix_nano
        assert "test 1 AC" in {event.name for event in attempt.events}


def test_attempts_that_failed_are_in_the_trace(tmp_path: Path) -> None:
    write_database(tmp_path / "shousi.db")
    db = Database(f"sqlite:///{tmp_path}/shousi.db")
    add_problem(db)
    sent = submit(db, add_user(db))
    assert lifecycle.release(db, sure_claim(db, sent.judging_id), "a fault")
    assert lifecycle.finish(db, sure_claim(db, sent.judging_id), verdict(Verdict.JE))
    with receiving() as collector:
        traces = SubmissionTraces(address_of(collector), "w")
        traces.send(db, sent.id, sent.judging_id)
        traces.close()
        spans = spans_of(collector, 5)
    assert sorted(span.name for span in spans) == [
        "attempt", "attempt", "queued", "queued", "submission",
    ]  # fmt: skip
    failed = [span for span in spans if span.status.code == Status.STATUS_CODE_ERROR]
    assert [(span.name, span.status.message.partition(" (")[0]) for span in failed] == [
        ("submission", "judge error"),
        ("attempt", "a fault"),
    ]
    db.close()


def test_without_its_collector_a_service_judges_as_ever(tmp_path: Path) -> None:
    with receiving() as collector:
        address = address_of(collector)
    with running_stack(tmp_path, database_url_of(tmp_path), otlp_endpoint=address) as stack:
        stack.start_worker()
        assert [stack.done(stack.submit().id).verdict for _ in range(2)] == [Verdict.AC] * 2
