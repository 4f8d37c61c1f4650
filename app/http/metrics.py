"""What monitoring counts: operations and how long they took, by who answered and how it ended; jobs;
requests to outside systems; and the process.

Labels take the values named here, the names of jobs and the keys of sources alone, so that nothing a client sends can
make series, or be read in them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from itertools import product
from typing import Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.execution.engine import Way

Outcome = Literal["ok", "errors", "refused"]
"""`errors`: executed, and the answer holds errors. `refused`: the request itself was wrong or asked for too much."""

DURATIONS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
"""Upper bounds of the histogram: from a point read to the time that a request may take."""


QUEUE_TIMEOUT_S = 2.0

QueueLengths = Callable[[], Awaitable[Mapping[tuple[str, str], int]]]
"""Jobs by name and status."""
FailedEvents = Callable[[], Awaitable[Mapping[str, int]]]
"""Events that could not be taken over, by source."""


async def _no_queue() -> Mapping[tuple[str, str], int]:
    return {}


async def _no_events() -> Mapping[str, int]:
    return {}


class Metrics:
    """Of one application, so that two in a process count apart."""

    def __init__(
        self,
        queue: QueueLengths = _no_queue,
        registry: CollectorRegistry | None = None,
        failed_events: FailedEvents = _no_events,
    ) -> None:
        """`registry` may hold other metrics, which are told as well."""
        self._queue = queue
        self._failed_events = failed_events
        self._registry = registry or CollectorRegistry()
        ProcessCollector(registry=self._registry)
        operations = Counter(
            "junction_graphql_operations",
            "GraphQL operations by the engine that answered and how it ended.",
            ["engine", "outcome"],
            registry=self._registry,
        )
        durations = Histogram(
            "junction_graphql_duration_seconds",
            "Time from the whole request to the whole answer, by the engine that answered.",
            ["engine"],
            buckets=DURATIONS_S,
            registry=self._registry,
        )
        self._attempts = Counter(
            "junction_job_attempts",
            "Attempts at jobs that ended in this process, by the job's name and how they ended.",
            ["job", "outcome"],
            registry=self._registry,
        )
        self._jobs = Gauge(
            "junction_jobs",
            "Jobs of all processes: queued, picked, or failed for good.",
            ["job", "status"],
            registry=self._registry,
        )
        self._events = Counter(
            "junction_webhooks",
            "Events that sources sent to this process, by what became of them.",
            ["source", "outcome"],
            registry=self._registry,
        )
        self._events_failed = Gauge(
            "junction_webhooks_failed",
            "Events that could not be taken over and wait for somebody to decide, by source.",
            ["source"],
            registry=self._registry,
        )
        # Bound here: to find a label's child costs more than to count.
        ways: dict[Way | None, str] = {None: "none"} | {way: way.value for way in Way}
        self._count = {
            (way, outcome): operations.labels(name, outcome).inc
            for (way, name), outcome in product(ways.items(), get_args(Outcome))
        }
        self._observe = {way: durations.labels(name).observe for way, name in ways.items()}

    def observe(self, way: Way | None, outcome: Outcome, elapsed_s: float) -> None:
        """One operation that has been answered; None when neither engine was asked."""
        self._count[way, outcome]()
        self._observe[way](elapsed_s)

    def observe_job(self, name: str, outcome: str) -> None:
        self._attempts.labels(name, outcome).inc()

    def observe_webhook(self, source_key: str, outcome: str) -> None:
        """Of a source that is configured: what senders choose to name is no label."""
        self._events.labels(source_key, outcome).inc()

    async def _look_at_store(self) -> None:
        """Without a store there is no series, which is not the same as an empty queue."""
        self._jobs.clear()
        self._events_failed.clear()
        with suppress(TimeoutError, OSError, SQLAlchemyError):
            async with asyncio.timeout(QUEUE_TIMEOUT_S):
                for (name, status), count in (await self._queue()).items():
                    self._jobs.labels(name, status).set(count)
                for source_key, count in (await self._failed_events()).items():
                    self._events_failed.labels(source_key).set(count)

    def route(self) -> Route:
        """GET /metrics, in the text format of Prometheus."""

        async def exposition(_: Request) -> Response:
            await self._look_at_store()
            return Response(
                generate_latest(self._registry),
                headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4, "Cache-Control": "no-store"},
            )

        return Route("/metrics", exposition)
