"""Traces of submissions, sent by a real worker to a collector that the test runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from uuid import UUID

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from judge.db.session import Database
from judge.submissions import lifecycle
from judge.verdict import Verdict
from tests.support.content import add_problem, add_user, submit, sure_claim, verdict
from tests.support.databases import database_url_of
from tests.support.migrated import write_database
from tests.support.stack import running_stack
from worker.queue.traces import SubmissionTraces

LONGEST_S = 60.0


@contextmanager
def collector() -> Iterator[tuple[str, SimpleQueue[Span]]]:
    """A collector's address, and the spans that it has got."""
    got: SimpleQueue[Span] = SimpleQueue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            sent = ExportTraceServiceRequest()
            sent.ParseFromString(self.rfile.read(int(self.headers["Content-Length"])))
            for resource in sent.resource_spans:
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        got.put(span)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", got
        server.shutdown()
        thread.join()


def spans_of(got: SimpleQueue[Span], number: int) -> list[Span]:
    """The next spans, in the order of their begin."""
    found = [got.get(timeout=LONGEST_S) for _ in range(number)]
    return sorted(found, key=lambda span: (span.start_time_unix_nano, -span.end_time_unix_nano))


def attributes_of(span: Span) -> dict[str, object]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def test_a_submission_has_a_trace_with_its_own_id(tmp_path: Path) -> None:
    with (
        collector() as (address, got),
        running_stack(tmp_path, database_url_of(tmp_path), otlp_endpoint=address) as stack,
    ):
        stack.start_worker()
        sent = stack.submit()
        seen = stack.done(sent.id)
        whole, queued, attempt = spans_of(got, 3)
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
    with collector() as (address, got):
        traces = SubmissionTraces(address, "w")
        traces.send(db, sent.id, sent.judging_id)
        traces.close()
        spans = spans_of(got, 5)
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
    with collector() as (address, _):
        pass
    with running_stack(tmp_path, database_url_of(tmp_path), otlp_endpoint=address) as stack:
        stack.start_worker()
        assert [stack.done(stack.submit().id).verdict for _ in range(2)] == [Verdict.AC] * 2
