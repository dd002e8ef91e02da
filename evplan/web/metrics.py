"""Counts and seconds of requests, and jobs by state, in the form of Prometheus."""

from __future__ import annotations

import time
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
ELSEWHERE = "elsewhere"  # what matches no route: its paths may be any, and labels must be few


class Metrics:
    """What one server has counted."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        by = ("method", "route", "status")
        self._requests = Counter("evplan_requests", "Requests answered.", by, registry=self._registry)
        self._seconds = Histogram(
            "evplan_request_seconds", "Seconds to the answer.", by[:2], buckets=SECONDS, registry=self._registry
        )
        self._jobs = Gauge("evplan_jobs", "Jobs in the store.", ("kind", "state"), registry=self._registry)
        self._queue = Gauge("evplan_queue_length", "Jobs that wait.", registry=self._registry)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def text(self, jobs: dict[tuple[str, str], int]) -> bytes:
        """Return all counts as text. jobs : how many there are, by kind and state."""
        self._jobs.clear()
        for (kind, state), number in jobs.items():
            self._jobs.labels(kind, state).set(number)
        self._queue.set(sum(number for (_, state), number in jobs.items() if state == "queued"))
        return generate_latest(self._registry)


class Measured:
    """ASGI middleware that counts every request."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and count it by its route's template and its status."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, begun = 500, time.perf_counter()

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sent)
        finally:
            self._metrics.count(_method(scope), _route(scope), status, time.perf_counter() - begun)


def _route(scope: Scope) -> str:
    route: Any = scope.get("route")
    return getattr(route, "path", ELSEWHERE)


def _method(scope: Scope) -> str:
    return (
        scope["method"] if scope["method"] in ("GET", "POST", "DELETE", "HEAD", "OPTIONS", "PUT", "PATCH") else "OTHER"
    )
