"""How long requests wait for what their source's rate allows."""

import asyncio

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.connectors.contract import CircuitState, SourceThrottled
from app.connectors.rate import Allowance, Rate
from app.connectors.request import Answer, Request
from app.connectors.transport import SourceTransport
from tests.connectors.fake_clock import FakeClock

READ = Request("GET", "/thing", repeatable=True)


@given(st.floats(0.5, 100), st.floats(1, 50), st.lists(st.tuples(st.floats(0, 3), st.floats(0.1, 20)), min_size=1))
def test_never_more_than_the_bucket_and_what_came_back(
    per_s: float, most: float, asked: list[tuple[float, float]]
) -> None:
    clock = FakeClock()
    rate = Rate(Allowance(per_s, most), monotonic=clock.monotonic)
    began_s, used = clock.now_s, 0.0
    for idle_s, cost in asked:
        clock.now_s += idle_s
        wait_s = rate.wait_s(cost)
        rate.take(cost)
        rate.end(cost, was_sent=True)
        clock.now_s += wait_s
        used += cost
        assert used <= most + (clock.now_s - began_s) * per_s + 1e-6


def test_what_the_source_says_counts_with_those_that_it_may_not_have_seen() -> None:
    clock = FakeClock()
    rate = Rate(None, monotonic=clock.monotonic)
    assert rate.wait_s(1_000) == 0
    rate.take(30)
    rate.take(30)
    rate.correct(100, Allowance(per_s=10, most=2_000))
    assert (rate.wait_s(40), rate.wait_s(90)) == (0, 5)
    rate.end(30, was_sent=True)
    rate.correct(100, Allowance(per_s=10, most=2_000))
    assert (rate.wait_s(70), rate.wait_s(90)) == (0, 2)
    clock.now_s += 500
    assert (rate.wait_s(2_000), rate.wait_s(2_010)) == (0, 1)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


class Shop:
    """Tells with each answer what is left, as Shopify does."""

    def __init__(self, *left: float) -> None:
        self.left = list(left)
        self.requests = 0

    async def __call__(self, _: httpx2.Request) -> httpx2.Response:
        self.requests += 1
        return httpx2.Response(200, json=self.left.pop(0) if self.left else 1_000.0)


def to(shop: Shop, clock: FakeClock, allowance: Allowance | None = None) -> SourceTransport:
    http = httpx2.MockTransport(shop)
    return SourceTransport("shop", "http://shop.test", allowance=allowance, http=http, clock=clock.as_clock())


async def ask(transport: SourceTransport, clock: FakeClock, *, timeout_s: float = 60.0, cost: float = 1.0) -> None:
    def read(answer: Answer) -> None:
        if transport.source_key == "shop_with_points":
            transport.correct_rate(answer.decode(float), per_s=50, most=1_000)

    request = Request("GET", "/thing", repeatable=True, cost=cost)
    await transport.send(request, read, deadline=clock.monotonic() + timeout_s)


async def test_requests_wait_before_they_would_be_refused(clock: FakeClock) -> None:
    shop = Shop()
    transport = to(shop, clock, Allowance(per_s=4, most=2))
    for _ in range(4):
        await ask(transport, clock)
    assert (shop.requests, clock.pauses_s) == (4, [0.25, 0.25])
    clock.now_s += 60
    await asyncio.gather(*(ask(transport, clock) for _ in range(3)))
    assert clock.pauses_s[2:] == [0.25]


async def test_a_wait_beyond_the_deadline_fails_at_once_and_costs_nothing(clock: FakeClock) -> None:
    shop = Shop()
    transport = to(shop, clock, Allowance(per_s=0.5, most=1))
    await ask(transport, clock)
    with pytest.raises(SourceThrottled, match=r"^shop takes no more requests for now$") as failure:
        await ask(transport, clock, timeout_s=1.5)
    assert (failure.value.retry_after_s, shop.requests, clock.pauses_s) == (2.0, 1, [])
    assert transport.circuit is CircuitState.CLOSED
    await ask(transport, clock, timeout_s=2.5)
    assert (shop.requests, clock.pauses_s) == (2, [2.0])


async def test_whoever_leaves_before_the_turn_comes_costs_nothing(clock: FakeClock) -> None:
    shop = Shop()
    transport = to(shop, clock, Allowance(per_s=0.5, most=1))
    await ask(transport, clock)
    leaving = asyncio.create_task(ask(transport, clock))

    def leave() -> None:
        leaving.cancel()

    clock.while_asleep = leave
    await asyncio.wait({leaving})
    assert (leaving.cancelled(), shop.requests, clock.pauses_s) == (True, 1, [2.0])
    await ask(transport, clock)
    assert (shop.requests, clock.pauses_s) == (2, [2.0])


async def test_a_vendor_tells_what_is_left(clock: FakeClock) -> None:
    shop = Shop(1_000.0, 30.0, 0.0)
    transport = to(shop, clock)
    transport.source_key = "shop_with_points"
    await ask(transport, clock, cost=100)
    await ask(transport, clock, cost=100)
    # 30 left, of which the request that brought the news may not have been counted, yet.
    await ask(transport, clock, cost=100)
    assert clock.pauses_s == [3.4]
