"""What can be watched of requests to sources, and what must not be seen by whoever watches."""

import io
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx2
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from prometheus_client import CollectorRegistry, generate_latest

from app.connectors.contract import (
    CircuitState,
    SourceFailure,
    SourceGarbled,
    SourceInfo,
    SourceRefused,
    SourceThrottled,
    SourceTimedOut,
    SourceUnavailable,
)
from app.connectors.observation import Call, Observer, Observers
from app.connectors.request import Answer, Request
from app.connectors.tracing import Tracing
from app.connectors.transport import SourceTransport, TransportLimits
from app.domain.source import SourceKind
from app.http.source_metrics import SourceMetrics
from app.logs import configure_logs
from tests.connectors.fake_clock import FakeClock
from tests.connectors.test_transport import Vendor, said
from tests.logs import logs_restored

SECRETS = ("9400111899", "ada@example.com", "s3cr3t-token", "hunter2", "Ada Lovelace", "erp.test")
PRIVATE = Request(
    "POST",
    "/track/9400111899",
    params={"email": "ada@example.com"},
    json={"name": "Ada Lovelace"},
    headers={"X-Key": "hunter2"},
    repeatable=True,
    name="track",
)


class Wallet:
    async def headers(self, *, deadline: float) -> dict[str, str]:
        return {"Authorization": "Bearer s3cr3t-token"}

    def reject(self, headers: object) -> None:
        pass


class Seen:
    def __init__(self) -> None:
        self.calls: list[Call] = []

    @contextmanager
    def calling(self, call: Call) -> Iterator[None]:
        self.calls.append(call)
        assert call.outcome == "broken"
        yield


def to(vendor: Vendor, observer: Observer, **limits: int) -> SourceTransport:
    return SourceTransport(
        "erp",
        "http://erp.test",
        limits=TransportLimits(**limits),
        http=httpx2.MockTransport(vendor),
        clock=FakeClock().as_clock(),
        observer=observer,
    )


async def send(transport: SourceTransport, *, timeout_s: float = 60) -> str:
    def read(answer: Answer) -> str:
        return answer.decode(str)

    return await transport.send(PRIVATE, read, deadline=1_000.0 + timeout_s, authorizer=Wallet())


@pytest.mark.parametrize(
    ("answers", "calls"),
    [
        ([said(200)], [("ok", 200)]),
        ([said(503), said(200)], [("unavailable", 503), ("ok", 200)]),
        ([said(429), said(200)], [("throttled", 429), ("ok", 200)]),
        ([said(403)], [("refused", 403)]),
        ([said(200, "no json")], [("broken", 200)]),
        ([httpx2.ConnectError("to ada@example.com"), said(404)], [("unavailable", None), ("refused", 404)]),
    ],
)
async def test_each_attempt_is_one_call(
    answers: list[httpx2.Response | Exception], calls: list[tuple[str, int | None]]
) -> None:
    seen = Seen()
    try:
        await send(to(Vendor(*answers), seen))
    except SourceFailure:
        assert calls[-1][0] != "ok"
    assert [(each.outcome, each.status) for each in seen.calls] == calls
    assert [each.attempt for each in seen.calls] == list(range(1, len(calls) + 1))
    assert {(each.source_key, each.name, each.method, each.was_sent) for each in seen.calls} == {
        ("erp", "track", "POST", True)
    }


async def test_what_an_open_circuit_refuses_is_a_call_that_was_not_sent() -> None:
    seen, vendor = Seen(), Vendor(said(500))
    transport = to(vendor, seen, attempts_max=1, circuit_failures_max=1)
    for _ in range(2):
        with pytest.raises(SourceUnavailable):
            await send(transport)
    assert [(each.outcome, each.was_sent) for each in seen.calls] == [("unavailable", True), ("unavailable", False)]
    assert str(transport.last_failure) == "erp has trouble of its own (HTTP 500)"


@pytest.mark.parametrize("answer", [said(200, '"Ada Lovelace"'), said(500, "Ada Lovelace"), said(200, "hunter2")])
async def test_logs_spans_and_metrics_hold_nobodys_data(answer: httpx2.Response) -> None:
    exporter, counted = InMemorySpanExporter(), CollectorRegistry()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    logs = io.TextIOWrapper(io.BytesIO(), write_through=True)
    with logs_restored():
        configure_logs("DEBUG", "json", logs)
        try:
            await send(to(Vendor(answer), Observers(Tracing(provider), SourceMetrics(counted))))
        except SourceFailure as failure:
            told = f"{failure!r} {failure}"
        else:
            told = ""
    spans = "".join(span.to_json() for span in exporter.get_finished_spans())
    assert isinstance(logs.buffer, io.BytesIO)
    text = logs.buffer.getvalue().decode()
    assert '"call":"track"' in text
    assert '"source.call"' in spans
    everything = text + spans + told + generate_latest(counted).decode()
    assert [secret for secret in SECRETS if secret in everything] == []
    assert [secret for secret in SECRETS if secret in repr(PRIVATE)] == []


async def test_a_span_for_each_attempt() -> None:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    await send(to(Vendor(said(503), said(200)), Tracing(provider)))
    spans = exporter.get_finished_spans()
    about = {"source": "erp", "name": "track", "method": "POST"}
    assert [dict(span.attributes or {}) for span in spans] == [
        {**about, "attempt": 1, "outcome": "unavailable", "status": 503},
        {**about, "attempt": 2, "outcome": "ok", "status": 200},
    ]
    assert [(span.name, span.kind, span.status.status_code, len(span.events)) for span in spans] == [
        ("source.call", SpanKind.CLIENT, StatusCode.ERROR, 0),
        ("source.call", SpanKind.CLIENT, StatusCode.UNSET, 0),
    ]


def test_without_opentelemetry_there_are_no_spans_and_nothing_else_changes() -> None:
    program = """
import sys
sys.modules["opentelemetry"] = None
from app.connectors.observation import Observers
from app.connectors.tracing import TRACED
assert type(TRACED) is Observers
"""
    subprocess.run([sys.executable, "-c", program], check=True)


class Circuits:
    sources = tuple(SourceInfo(key, key, SourceKind.ERP, key != "off", frozenset()) for key in ("erp", "off"))
    state = CircuitState.CLOSED

    def circuit(self, _: str) -> CircuitState:
        return self.state


async def test_metrics_by_configured_source() -> None:
    counted, circuits = CollectorRegistry(), Circuits()
    metrics = SourceMetrics(counted)
    metrics.watch(circuits)

    def value(name: str, **labels: str) -> float | None:
        return counted.get_sample_value(name, {"source": "erp", **labels})

    assert value("junction_source_calls_total", outcome="ok") == 0
    transport = to(Vendor(said(503), said(200)), metrics)
    await send(transport)
    assert value("junction_source_calls_total", outcome="ok") == 1
    assert value("junction_source_calls_total", outcome="unavailable") == 1
    assert value("junction_source_call_duration_seconds_count") == 2
    assert value("junction_source_rate_waits_total") == 0
    assert value("junction_source_circuit") == 0
    circuits.state = CircuitState.OPEN
    assert value("junction_source_circuit") == 2
    assert 'source="off"' not in generate_latest(counted).decode()


@pytest.mark.parametrize(
    ("failure", "family", "may_repeat", "retry_after_s"),
    [
        (SourceRefused("erp", "no", status=403, code="X"), SourceRefused, False, None),
        (SourceUnavailable("erp", "later", retry_after_s=3), SourceUnavailable, True, 3),
        (SourceTimedOut("erp", "late"), SourceUnavailable, True, None),
        (SourceThrottled("erp", "slowly", retry_after_s=1.5), SourceUnavailable, True, 1.5),
        (SourceGarbled("erp", "what"), SourceGarbled, True, None),
    ],
)
def test_a_failure_says_who_and_whether_to_try_again(
    failure: SourceFailure, family: type[SourceFailure], may_repeat: bool, retry_after_s: float | None
) -> None:
    families = [each for each in (SourceRefused, SourceUnavailable, SourceGarbled) if isinstance(failure, each)]
    assert families == [family]
    assert (failure.source_key, failure.may_repeat, failure.retry_after_s) == ("erp", may_repeat, retry_after_s)


def test_a_failure_knows_its_moment() -> None:
    before = datetime.now(UTC)
    failure = SourceUnavailable("erp", "later")
    assert before <= failure.at <= datetime.now(UTC)
