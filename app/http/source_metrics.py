"""What monitoring counts of requests to outside systems. Labels take the keys of configured sources alone."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from time import perf_counter
from typing import Protocol, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from app.connectors.contract import CircuitState, SourceInfo
from app.connectors.observation import Call, Outcome

DURATIONS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Upper bounds of the histogram: from a system next door to the longest deadline of a write."""
LEVELS = {CircuitState.CLOSED: 0, CircuitState.HALF_OPEN: 1, CircuitState.OPEN: 2}


class Circuits(Protocol):
    """What is needed of the registry."""

    @property
    def sources(self) -> Sequence[SourceInfo]: ...

    def circuit(self, key: str) -> CircuitState: ...


class SourceMetrics:
    """An `Observer` of the transport."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._calls = Counter(
            "junction_source_calls",
            "Requests to outside systems, each attempt for itself, by the source and how it ended.",
            ["source", "outcome"],
            registry=registry,
        )
        self._durations = Histogram(
            "junction_source_call_duration_seconds",
            "Time of one attempt, with what it waited for its turn.",
            ["source"],
            buckets=DURATIONS_S,
            registry=registry,
        )
        self._waits = Counter(
            "junction_source_rate_waits",
            "Attempts that waited, or were given up, because the source's rate was used up.",
            ["source"],
            registry=registry,
        )
        self._circuits = Gauge(
            "junction_source_circuit",
            "0: closed, all is well. 1: half open, one request is trying. 2: open, the source is left alone.",
            ["source"],
            registry=registry,
        )

    def watch(self, circuits: Circuits) -> None:
        """From now on these are told, with zero where nothing has happened yet."""
        for key in (info.key for info in circuits.sources if info.enabled):
            self._circuits.labels(key).set_function(partial(_level, circuits.circuit, key))
            self._durations.labels(key)
            self._waits.labels(key)
            for outcome in get_args(Outcome):
                self._calls.labels(key, outcome)

    @contextmanager
    def calling(self, call: Call) -> Iterator[None]:
        started_s = perf_counter()
        try:
            yield
        finally:
            self._calls.labels(call.source_key, call.outcome).inc()
            self._durations.labels(call.source_key).observe(perf_counter() - started_s)
            if call.waited_s > 0:
                self._waits.labels(call.source_key).inc()


def _level(circuit: Callable[[str], CircuitState], key: str) -> int:
    return LEVELS[circuit(key)]
