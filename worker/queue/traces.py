"""OpenTelemetry traces of submissions, if `SHOUSI_OTLP_ENDPOINT` names a collector.

A worker sends a judging's spans once its verdict is stored, and takes them from the database, as
`shousi admin trace` does: so they also contain attempts of workers that died. A submission's trace
has the submission's id (a UUID has as many bits as a trace id), so that one id finds its log lines,
its rows and its trace. A judging that never gets a verdict has no trace.

One span for the judging, named by its purpose; in it one for each time in the queue and for each
attempt, whose events are the compilation and the tests.
"""

from collections.abc import Sequence
from uuid import UUID

import structlog
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Span, StatusCode, set_span_in_context

from judge.db.session import Database
from judge.errors import ShousiError
from judge.submissions.trace import Step, Trace, TraceStep, read_trace
from judge.verdict import Verdict

log = structlog.get_logger(__name__)

SEND_EVERY_MS = 1000


class SubmissionTraces:
    """Sends the spans of judgings to a collector, in the background; one for each process."""

    def __init__(self, endpoint: str, worker_id: str) -> None:
        """`endpoint` is the collector's address for OTLP over HTTP, up to `/v1/traces`."""
        self._ids = _TraceIds()
        resource = Resource.create({"service.name": "shousi", "service.instance.id": worker_id})
        self._provider = TracerProvider(resource=resource, id_generator=self._ids)
        exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
        self._provider.add_span_processor(
            BatchSpanProcessor(exporter, schedule_delay_millis=SEND_EVERY_MS)
        )

    def send(self, db: Database, submission_id: str, judging_id: str) -> None:
        """Send the spans of a judging that has its verdict. Errors are only logged: a verdict
        depends on no collector."""
        try:
            trace = read_trace(db, submission_id)
            self._record(trace, [one for one in trace.steps if one.judging == judging_id])
        except ShousiError as error:
            log.warning("no trace sent", error=str(error))

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()

    def _record(self, trace: Trace, steps: Sequence[TraceStep]) -> None:
        queued, finished = (
            next(one for one in steps if one.step is step) for step in (Step.QUEUED, Step.FINISHED)
        )
        told = {
            "shousi.submission_id": trace.submission,
            "shousi.judging_id": queued.judging or "",
            "shousi.problem": trace.problem,
            "shousi.verdict": finished.detail,
        }
        tracer = self._provider.get_tracer("shousi")
        self._ids.trace_id = UUID(trace.submission).int
        # Without a parent: the SDK asks for a trace id.
        whole = tracer.start_span(
            queued.detail, context=Context(), attributes=told, start_time=_ns(queued.at)
        )
        inside = set_span_in_context(whole)
        attempt: Span | None = None
        waits_since = queued.at
        for step in steps:
            match step.step:
                case Step.CLAIMED:
                    waiting = tracer.start_span("queued", inside, start_time=_ns(waits_since))
                    waiting.end(_ns(step.at))
                    claimed: dict[str, str | int] = {
                        "shousi.attempt": step.attempt or 0,
                        "shousi.worker": step.worker or "",
                    }
                    attempt = tracer.start_span(
                        "attempt", inside, attributes=claimed, start_time=_ns(step.at)
                    )
                case Step.COMPILING | Step.TEST if attempt is not None:
                    name = f"{step.step} {step.detail}".rstrip()
                    attempt.add_event(name, timestamp=_ns(step.at))
                case Step.FAILED | Step.FINISHED:
                    if attempt is not None:
                        if step.step is Step.FAILED:
                            attempt.set_status(StatusCode.ERROR, step.detail)
                        attempt.end(_ns(step.at))
                    attempt, waits_since = None, step.at
                case _:
                    pass
        if finished.detail == Verdict.JE:
            whole.set_status(StatusCode.ERROR, "judge error")
        whole.end(_ns(finished.at))


class _TraceIds(RandomIdGenerator):
    """Gives the next trace the id that is set; spans get random ids."""

    trace_id = 0

    def generate_trace_id(self) -> int:
        return self.trace_id


def _ns(at: float) -> int:
    return round(at * 1e9)
