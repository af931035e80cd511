"""Metrics of the whole service in Prometheus' text format, read from the database each time."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from judge.measures import RECENT_S, Measures
from judge.states import State
from judge.submissions.transitions import CAUSES
from judge.webhooks.deliveries import DeliveryCounts

_RECENTLY = f"within the last {RECENT_S:.0f} seconds"


def service_metrics(measures: Measures | None) -> bytes:
    """Return all metrics; without measures, only that the database is down."""
    registry = CollectorRegistry()
    registry.register(_Gauges(measures))
    return generate_latest(registry)


class _Gauges(Collector):
    def __init__(self, measures: Measures | None) -> None:
        self._measures = measures

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "shousi_database_up", "Whether the database answers.", self._measures is not None
        )
        if self._measures is not None:
            yield from _queues(self._measures)
            yield from _recent(self._measures)
            yield from _sandboxes(self._measures)
            yield from _webhooks(self._measures.webhooks)


def _sandboxes(measures: Measures) -> Iterator[Metric]:
    # Each worker has its own counters, from its start: so a sum never falls when a worker ends.
    jails = CounterMetricFamily(
        "shousi_jails",
        "Runs by how they got their jail: waiting (it was ready), made, failed.",
        labels=("worker", "how"),
    )
    for worker, counts in measures.jails.items():
        for how, number in counts.items():
            jails.add_metric((worker, how), number)
    yield jails
    labels = ("worker", "runtime")
    begun = GaugeMetricFamily(
        "shousi_fork_server_begun_timestamp_seconds",
        "When the current template of a runtime's fork servers began to serve.",
        labels=labels,
    )
    ended = CounterMetricFamily(
        "shousi_fork_servers_ended",
        "Templates that no longer serve: replaced by a fresh one, or died.",
        labels=(*labels, "how"),
    )
    cpu = CounterMetricFamily(
        "shousi_fork_server_cpu_seconds",
        "CPU time of the fork servers themselves, without their children.",
        labels=labels,
    )
    for worker, runtimes in measures.wear.items():
        for runtime, wear in runtimes.items():
            if wear["begun_at"]:
                begun.add_metric((worker, runtime), wear["begun_at"])
            for how in ("replaced", "died"):
                ended.add_metric((worker, runtime, how), wear[how])
            cpu.add_metric((worker, runtime), wear["cpu_s"])
    yield from (begun, ended, cpu)


def _webhooks(counts: DeliveryCounts) -> Iterator[Metric]:
    now = GaugeMetricFamily(
        "shousi_webhook_deliveries", "Webhook messages by their current state.", labels=("state",)
    )
    now.add_metric(("waiting",), counts.waiting)
    now.add_metric(("sending",), counts.sending)
    yield now
    ended = GaugeMetricFamily(
        "shousi_recent_webhook_deliveries",
        f"Webhook messages that ended {_RECENTLY}: delivered, or set aside after all attempts.",
        labels=("end",),
    )
    ended.add_metric(("delivered",), counts.delivered)
    ended.add_metric(("set_aside",), counts.set_aside)
    yield ended
    yield GaugeMetricFamily(
        "shousi_webhook_overdue_seconds",
        "How long the oldest message that could be sent now has been due.",
        counts.overdue_s,
    )


def _queues(measures: Measures) -> Iterator[Metric]:
    states = GaugeMetricFamily(
        "shousi_judgings", "Judgings by their current state.", labels=("state",)
    )
    states.add_metric((State.QUEUED,), sum(one.queued for one in measures.queues))
    states.add_metric((State.RUNNING,), sum(one.running for one in measures.queues))
    yield states
    depths = GaugeMetricFamily(
        "shousi_queue_judgings", "Judgings by queue and state.", labels=("queue", "state")
    )
    ages = GaugeMetricFamily(
        "shousi_queue_age_seconds",
        "How long the oldest judging of a queue has waited.",
        labels=("queue",),
    )
    for queue in measures.queues:
        depths.add_metric((queue.queue, State.QUEUED), queue.queued)
        depths.add_metric((queue.queue, State.RUNNING), queue.running)
        ages.add_metric((queue.queue,), queue.oldest_s or 0.0)
    yield depths
    yield ages
    paused = "Whether an admin has paused judging."
    yield GaugeMetricFamily("shousi_judging_paused", paused, measures.paused)
    yield GaugeMetricFamily(
        "shousi_workers_alive", "Workers alive that take work.", measures.workers_alive
    )
    yield GaugeMetricFamily(
        "shousi_workers_unable",
        "Those of them whose sandbox could not be set up.",
        measures.workers_unable,
    )


def _recent(measures: Measures) -> Iterator[Metric]:
    judged = GaugeMetricFamily(
        "shousi_recent_judgings",
        f"Judgings that ended {_RECENTLY}.",
        labels=("queue", "language", "verdict"),
    )
    for labels, number in measures.judged.items():
        judged.add_metric(labels, number)
    yield judged
    stages = GaugeMetricFamily(
        "shousi_recent_stage_seconds",
        f"How long judgings that ended {_RECENTLY} waited and were judged.",
        labels=("queue", "stage", "quantile"),
    )
    for (queue, stage, percent), value_s in measures.stages.items():
        stages.add_metric((queue, stage, str(percent / 100)), value_s)
    yield stages
    failed = GaugeMetricFamily(
        "shousi_recent_failed_attempts",
        f"Attempts at a judging that ended without a verdict {_RECENTLY}; worker_lost: its lease "
        "ran out.",
        labels=("cause",),
    )
    # Each cause has a value at all times: an alert can't treat a missing value as 0.
    for cause in (*CAUSES.values(), "admin", "fault"):
        failed.add_metric((cause,), measures.failed.get(cause, 0))
    yield failed
