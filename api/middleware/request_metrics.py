"""Metrics of the HTTP process, in Prometheus' text format."""

import os
import time

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_BUCKETS_S = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class HttpMetrics:
    """The metrics of one app; a registry of its own, so that two apps can live in a process.

    If `PROMETHEUS_MULTIPROC_DIR` names a folder, the API's processes count in files there (see
    Prometheus' client), and each process reports the sums of all.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "shousi_http_requests_total",
            "Requests answered, by route.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self.seconds = Histogram(
            "shousi_http_response_start_seconds",
            "Time until an answer begins (a long poll waits on purpose).",
            ("method", "route"),
            buckets=_BUCKETS_S,
            registry=self.registry,
        )

        self.event_lag = Histogram(
            "shousi_event_lag_seconds",
            "Time from an event's entry in the database until it is sent to its followers.",
            buckets=_BUCKETS_S,
            registry=self.registry,
        )

    def text(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        counted = self.registry
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            counted = CollectorRegistry()
            MultiProcessCollector(counted)  # type: ignore[no-untyped-call]  # it has no types
        return generate_latest(counted)


class CountRequests:
    """ASGI middleware that counts answers; unknown paths share one label."""

    def __init__(self, app: ASGIApp, metrics: HttpMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()

        async def counting_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                # The route's pattern, not the path: each id would make a series of its own.
                route = getattr(scope.get("route"), "path", "none")
                # A client can send any method: unknown ones share one label.
                method = scope["method"] if scope["method"] in _METHODS else "other"
                method = method if route != "none" else "any"
                self._metrics.requests.labels(method, route, str(message["status"])).inc()
                self._metrics.seconds.labels(method, route).observe(time.perf_counter() - began)
            await send(message)

        await self._app(scope, receive, counting_send)
