"""The care every request gets, against answers made by hand."""

import asyncio
import gzip
from collections.abc import Callable, Mapping

import httpx2
import pytest

from app.connectors.contract import (
    CircuitState,
    SourceFailure,
    SourceGarbled,
    SourceRefused,
    SourceThrottled,
    SourceTimedOut,
    SourceUnavailable,
)
from app.connectors.request import Answer, Request, retry_after_s
from app.connectors.transport import SourceTransport, TransportLimits
from tests.connectors.fake_clock import FakeClock

READ = Request("GET", "/thing", repeatable=True)
WRITE = Request("POST", "/thing", json={"a": 1})


class Vendor:
    """Answers by a script; the last answer stays."""

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self._answers = list(answers)
        self.requests: list[httpx2.Request] = []

    async def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx2.Response(answer.status_code, headers=answer.headers, content=answer.content)


def said(status: int, text: str = '"yes"', headers: Mapping[str, str] | None = None) -> httpx2.Response:
    return httpx2.Response(status, text=text, headers=headers)


def to(vendor: Vendor, clock: FakeClock, **limits: int) -> SourceTransport:
    http = httpx2.MockTransport(vendor)
    return SourceTransport(
        "erp", "http://erp.test/base", limits=TransportLimits(**limits), http=http, clock=clock.as_clock()
    )


def text_of(answer: Answer) -> str:
    return answer.decode(str)


async def send(transport: SourceTransport, clock: FakeClock, request: Request = READ, *, timeout_s: float = 60) -> str:
    return await transport.send(request, text_of, deadline=clock.monotonic() + timeout_s)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


async def test_a_path_is_appended_to_the_base_url(clock: FakeClock) -> None:
    vendor = Vendor(said(200))
    assert await send(to(vendor, clock), clock) == "yes"
    assert str(vendor.requests[0].url) == "http://erp.test/base/thing"


@pytest.mark.parametrize(
    ("status", "expected", "requests"),
    [
        (302, SourceRefused, 1),
        (400, SourceRefused, 1),
        (401, SourceRefused, 1),
        (403, SourceRefused, 1),
        (404, SourceRefused, 1),
        (408, SourceUnavailable, 3),
        (409, SourceRefused, 1),
        (429, SourceThrottled, 3),
        (500, SourceUnavailable, 3),
        (503, SourceUnavailable, 3),
    ],
)
async def test_a_status_says_whether_to_repeat(
    clock: FakeClock, status: int, expected: type[SourceFailure], requests: int
) -> None:
    vendor = Vendor(said(status, headers={"Location": "http://elsewhere.test/"}))
    with pytest.raises(SourceFailure) as failure:
        await send(to(vendor, clock), clock)
    assert type(failure.value) is expected
    assert len(vendor.requests) == requests


@pytest.mark.parametrize(
    ("trouble", "requests"),
    [(said(500), 1), (httpx2.ReadError("lost"), 1), (said(429), 3)],
    ids=["server error", "lost connection", "throttled"],
)
async def test_what_may_have_happened_is_not_repeated(
    clock: FakeClock, trouble: httpx2.Response | Exception, requests: int
) -> None:
    vendor = Vendor(trouble)
    with pytest.raises(SourceUnavailable):
        await send(to(vendor, clock), clock, WRITE)
    assert len(vendor.requests) == requests


async def test_a_status_that_is_an_answer_is_read(clock: FakeClock) -> None:
    vendor = Vendor(said(402, '"declined"'))
    request = Request("POST", "/thing", statuses_read=frozenset({402}))
    transport = to(vendor, clock, circuit_failures_max=1)
    assert await send(transport, clock, request) == "declined"
    assert transport.circuit is CircuitState.CLOSED
    with pytest.raises(SourceRefused, match=r"^erp refused the request \(HTTP 402\)$"):
        await send(transport, clock, WRITE)


async def test_a_write_with_a_key_is_repeated_with_the_same_bytes(clock: FakeClock) -> None:
    vendor = Vendor(said(500), httpx2.ReadError("lost"), said(200))
    headers = {"Idempotency-Key": "k-1", "Content-Type": "text/plain"}
    request = Request("POST", "/thing", body=b" as it is", headers=headers, repeatable=True)
    assert await send(to(vendor, clock), clock, request) == "yes"
    sent = {(each.headers["Idempotency-Key"], each.headers["Content-Type"], each.content) for each in vendor.requests}
    assert (len(vendor.requests), sent) == (3, {("k-1", "text/plain", b" as it is")})


async def test_pauses_double_and_are_jittered(clock: FakeClock) -> None:
    vendor = Vendor(said(500))
    with pytest.raises(SourceUnavailable):
        await send(to(vendor, clock, attempts_max=5), clock)
    assert clock.pauses_s == [0.05, 0.1, 0.2, 0.4]


async def test_retry_after_is_obeyed(clock: FakeClock) -> None:
    vendor = Vendor(said(503, headers={"Retry-After": "7"}), said(200))
    assert await send(to(vendor, clock), clock) == "yes"
    assert clock.pauses_s == [7.0]


async def test_a_pause_beyond_the_deadline_is_not_begun(clock: FakeClock) -> None:
    vendor = Vendor(said(429, headers={"Retry-After": "7"}))
    with pytest.raises(SourceThrottled, match=r"^erp asks for fewer requests \(HTTP 429\)$") as failure:
        await send(to(vendor, clock), clock, timeout_s=5)
    assert failure.value.retry_after_s == 7
    assert clock.pauses_s == []
    assert len(vendor.requests) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "2"}, 2.0),
        ({"Retry-After": "2.5"}, 2.5),
        ({"Retry-After": "9" * 400}, 86_400.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "-2"}, None),
        ({"Retry-After": "Sun, 01 Nov 2026 10:00:09 GMT", "Date": "Sun, 01 Nov 2026 10:00:05 GMT"}, 4.0),
        ({"Retry-After": "Sun, 01 Nov 2099 10:00:05 GMT", "Date": "Sun, 01 Nov 2026 10:00:05 GMT"}, 86_400.0),
        ({"Retry-After": "Sun, 01 Nov 2026 10:00:00 GMT", "Date": "Sun, 01 Nov 2026 10:00:05 GMT"}, 0.0),
        ({"Retry-After": "Sun, 01 Nov 2026 10:00:09 GMT"}, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers) == seconds


@pytest.mark.parametrize("body", [b"x" * 2_000, gzip.compress(b"x" * 100_000)], ids=["plain", "compressed"])
async def test_an_answer_beyond_the_limit_is_not_read(clock: FakeClock, body: bytes) -> None:
    encoding = {"Content-Encoding": "gzip"} if body[:2] == b"\x1f\x8b" else {}

    async def vendor(_request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers=encoding, content=body)

    http, limits = httpx2.MockTransport(vendor), TransportLimits(response_bytes_max=1_000)
    transport = SourceTransport("erp", "http://erp.test", limits=limits, http=http, clock=clock.as_clock())
    with pytest.raises(SourceGarbled, match=r"^erp sent an answer of more than 1000 bytes$"):
        await send(transport, clock)


async def test_an_undecodable_body_is_garbled(clock: FakeClock) -> None:
    async def vendor(_request: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, headers={"Content-Encoding": "gzip"}, stream=httpx2.ByteStream(b"no gzip"))

    transport = SourceTransport("erp", "http://erp.test", http=httpx2.MockTransport(vendor), clock=clock.as_clock())
    with pytest.raises(SourceGarbled):
        await send(transport, clock)


async def test_a_redirect_is_not_followed_and_says_what_to_look_at(clock: FakeClock) -> None:
    vendor = Vendor(said(301, headers={"Location": "http://elsewhere.test/"}))
    told = r"^erp sent us to another address \(HTTP 301\); its base_url may be out of date$"
    with pytest.raises(SourceRefused, match=told):
        await send(to(vendor, clock), clock)
    assert [str(each.url) for each in vendor.requests] == ["http://erp.test/base/thing"]


async def test_the_vendors_code_is_in_the_message(clock: FakeClock) -> None:
    vendor = Vendor(said(403, '"REQUEST_LIMIT_EXCEEDED"'))
    request = Request("GET", "/thing", error_code=text_of)
    with pytest.raises(SourceRefused, match=r"^erp refused the request \(HTTP 403 REQUEST_LIMIT_EXCEEDED\)$"):
        await send(to(vendor, clock), clock, request)


async def test_a_refusal_carries_the_vendors_code(clock: FakeClock) -> None:
    request = Request("GET", "/thing", error_code=lambda answer: answer.headers.get("X-Code"))
    with pytest.raises(SourceRefused) as refused:
        await send(to(Vendor(said(400, headers={"X-Code": "300007"})), clock), clock, request)
    assert (refused.value.status, refused.value.code) == (400, "300007")


async def test_a_request_may_bring_headers_of_its_own(clock: FakeClock) -> None:
    vendor = Vendor(said(200))
    await send(to(vendor, clock), clock, Request("GET", "/thing", headers={"transId": "t1"}))
    assert vendor.requests[0].headers["transId"] == "t1"
    assert vendor.requests[0].headers["Accept"] == "application/json"


async def test_requests_at_once_are_bounded(clock: FakeClock) -> None:
    under_way, most, is_full, go_on = 0, 0, asyncio.Event(), asyncio.Event()

    async def vendor(_request: httpx2.Request) -> httpx2.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        if under_way == 2:
            is_full.set()
        await go_on.wait()
        under_way -= 1
        return said(200)

    limits = TransportLimits(concurrent_requests_max=2)
    http = httpx2.MockTransport(vendor)
    transport = SourceTransport("erp", "http://erp.test", limits=limits, http=http, clock=clock.as_clock())
    calls = asyncio.gather(*(send(transport, clock) for _ in range(5)))
    await is_full.wait()
    go_on.set()
    assert await calls == ["yes"] * 5
    assert most == 2


async def test_waiting_for_a_place_ends_at_the_deadline_and_is_no_failure_of_the_source(clock: FakeClock) -> None:
    go_on = asyncio.Event()

    async def vendor(_request: httpx2.Request) -> httpx2.Response:
        await go_on.wait()
        return said(200)

    limits = TransportLimits(concurrent_requests_max=1, circuit_failures_max=1)
    http = httpx2.MockTransport(vendor)
    transport = SourceTransport("erp", "http://erp.test", limits=limits, http=http, clock=clock.as_clock())
    first = asyncio.create_task(send(transport, clock))
    await asyncio.sleep(0)
    with pytest.raises(SourceTimedOut):
        await send(transport, clock, timeout_s=0.01)
    assert transport.circuit is CircuitState.CLOSED
    go_on.set()
    assert await first == "yes"


async def test_a_timeout_is_not_held_against_a_source_that_was_left_no_time(clock: FakeClock) -> None:
    first_may_answer, never, asked = asyncio.Event(), asyncio.Event(), 0

    async def vendor(_request: httpx2.Request) -> httpx2.Response:
        nonlocal asked
        asked += 1
        await (first_may_answer if asked == 1 else never).wait()
        return said(200)

    limits = TransportLimits(concurrent_requests_max=1, circuit_failures_max=1)
    http = httpx2.MockTransport(vendor)
    transport = SourceTransport("erp", "http://erp.test", limits=limits, http=http, clock=clock.as_clock())
    first = asyncio.create_task(send(transport, clock))
    second = asyncio.create_task(send(transport, clock, timeout_s=10))
    await asyncio.sleep(0)
    clock.now_s += 9.98
    first_may_answer.set()
    assert await first == "yes"
    with pytest.raises(SourceTimedOut):
        await second
    assert (asked, transport.circuit) == (2, CircuitState.CLOSED)


@pytest.mark.parametrize(
    ("answer", "circuit"),
    [
        (said(500), CircuitState.OPEN),
        (httpx2.ConnectError("nobody there"), CircuitState.OPEN),
        (said(200, "no json"), CircuitState.OPEN),
        (said(400), CircuitState.CLOSED),
        (said(429), CircuitState.CLOSED),
    ],
    ids=["server error", "no connection", "garbage", "refusal", "throttled"],
)
async def test_only_failures_open_the_circuit(
    clock: FakeClock, answer: httpx2.Response | Exception, circuit: CircuitState
) -> None:
    transport = to(Vendor(answer), clock, attempts_max=1, circuit_failures_max=2)
    for _ in range(2):
        with pytest.raises(SourceFailure):
            await send(transport, clock)
    assert transport.circuit is circuit


async def half_open(
    clock: FakeClock, vendor: Callable[[httpx2.Request], object], *, trial_wait_s: float = 60
) -> SourceTransport:
    """A transport whose next request is its circuit's trial."""
    limits = TransportLimits(circuit_failures_max=1, circuit_trial_wait_s=trial_wait_s)
    http = httpx2.MockTransport(vendor)  # type: ignore[arg-type]
    transport = SourceTransport("erp", "http://erp.test", limits=limits, http=http, clock=clock.as_clock())
    with pytest.raises(SourceUnavailable):
        await send(transport, clock)
    clock.now_s += 5
    assert transport.circuit is CircuitState.HALF_OPEN
    return transport


async def test_a_trial_that_is_given_up_lets_the_next_one_try(clock: FakeClock) -> None:
    never, answers = asyncio.Event(), iter(["fail", "hang", "fine"])

    async def vendor(_request: httpx2.Request) -> httpx2.Response:
        match next(answers):
            case "fail":
                return said(500)
            case "hang":
                await never.wait()
        return said(200)

    transport = await half_open(clock, vendor)
    trial = asyncio.create_task(send(transport, clock))
    waiting = asyncio.create_task(send(transport, clock))
    await asyncio.sleep(0)
    trial.cancel()
    assert await waiting == "yes"
    assert transport.circuit is CircuitState.CLOSED


async def test_a_trial_that_takes_long_is_not_waited_for(clock: FakeClock) -> None:
    over, asked = asyncio.Event(), 0

    async def vendor(_request: httpx2.Request) -> httpx2.Response:
        nonlocal asked
        asked += 1
        if asked == 1:
            return said(500)
        await over.wait()
        return said(200)

    transport = await half_open(clock, vendor, trial_wait_s=0)
    trial = asyncio.create_task(send(transport, clock))
    await asyncio.sleep(0)
    with pytest.raises(SourceUnavailable, match="is not asked for a while") as refused:
        await send(transport, clock)
    assert (asked, refused.value.retry_after_s) == (2, 0)
    # Nor waited for again, though the request may be repeated.
    assert clock.pauses_s == []
    assert transport.circuit is CircuitState.HALF_OPEN
    over.set()
    assert await trial == "yes"
    assert await send(transport, clock) == "yes"


async def test_a_trial_that_fails_opens_the_circuit_for_those_who_waited(clock: FakeClock) -> None:
    vendor = Vendor(said(500))
    transport = await half_open(clock, vendor)
    outcomes = await asyncio.gather(send(transport, clock), send(transport, clock), return_exceptions=True)
    assert [type(each) for each in outcomes] == [SourceUnavailable, SourceUnavailable]
    assert str(outcomes[1]) == "erp failed 2 times in a row and is not asked for a while"
    assert len(vendor.requests) == 2
    assert transport.circuit is CircuitState.OPEN


async def test_the_last_failure_is_remembered_until_a_success(clock: FakeClock) -> None:
    transport = to(Vendor(said(404), said(200)), clock)
    assert transport.last_failure is None
    with pytest.raises(SourceRefused):
        await send(transport, clock)
    failure = transport.last_failure
    assert str(failure) == "erp refused the request (HTTP 404)"
    await send(transport, clock)
    assert transport.last_failure is None
