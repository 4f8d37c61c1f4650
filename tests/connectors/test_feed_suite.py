"""What every feed must do, whatever its vendor, over real HTTP: come to an end, go on where it was, fail by type.

A source joins by the capability in its manifest, and by records in the sandbox of `conftest.py`.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from app.connectors.capabilities import FEEDS
from app.connectors.contract import SourceGarbled, SourceRefused, SourceTimedOut, SourceUnavailable
from app.connectors.manifest import load_manifests
from app.connectors.ports.feeds import Changes, Feed
from app.connectors.registry import Registry
from app.sandbox.data import CLIENT_SECRET, STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET
from app.sandbox.faults import Fault
from tests.connectors.conftest import Lab
from tests.connectors.vendor_rows import make_config

METHODS = {
    Feed.CUSTOMERS: "changed_customers",
    Feed.PRODUCTS: "changed_products",
    Feed.ORDERS: "changed_orders",
    Feed.STOCK: "changed_stock",
    Feed.CASES: "changed_cases",
    Feed.EVENTS: "missed_events",
}
BY_ID = {Feed.CUSTOMERS: "customers_by_id", Feed.PRODUCTS: "products_by_id", Feed.ORDERS: "orders_by_id"}
OFFERED = [
    (name, feed)
    for name, manifest in load_manifests().items()
    for feed, capability in FEEDS.items()
    if capability in manifest.capabilities
]
SECRETS = {"stripe": "secret_key", "sap": "password"}
"""Of vendors that know their client otherwise than by client_secret."""
PAGES_MAX = 20
every_feed = pytest.mark.parametrize(("source", "feed"), OFFERED)
every_feed_by_id = pytest.mark.parametrize(("source", "feed"), [each for each in OFFERED if each[1] in BY_ID])


def test_every_kind_of_feed_is_known_here() -> None:
    assert METHODS.keys() == FEEDS.keys() == set(Feed)


def method(registry: Registry, source: str, name: str) -> Callable[..., Awaitable[Any]]:
    found: Callable[..., Awaitable[Any]] = getattr(registry[source], name)
    return found


async def read(lab: Lab, source: str, feed: Feed, cursor: str | None = None, *, timeout_s: float = 60) -> Changes[Any]:
    ask = method(lab.registry, source, METHODS[feed])
    changes: Changes[Any] = await ask(cursor, deadline=lab.clock.monotonic() + timeout_s)
    return changes


async def to_the_end(lab: Lab, source: str, feed: Feed, cursor: str | None = None) -> tuple[list[Any], str]:
    items: list[Any] = []
    for _ in range(PAGES_MAX):
        page = await read(lab, source, feed, cursor)
        items += page.items
        cursor = page.cursor
        if not page.has_more:
            return items, cursor
    raise AssertionError(f"{source} {feed} does not come to an end")


@every_feed
async def test_it_comes_to_an_end_and_a_page_read_twice_is_the_same(lab: Lab, source: str, feed: Feed) -> None:
    first = await to_the_end(lab, source, feed)
    assert await to_the_end(lab, source, feed) == first
    beginning = await read(lab, source, feed)
    assert await read(lab, source, feed) == beginning


@every_feed
async def test_it_goes_on_from_its_cursor_without_an_end_to_that(lab: Lab, source: str, feed: Feed) -> None:
    items, cursor = await to_the_end(lab, source, feed)
    again, later = await to_the_end(lab, source, feed, cursor)
    # Stock begins anew, and what may have been missed is told twice; what was never told has not come about.
    assert [each for each in again if each not in items] == []
    assert (await to_the_end(lab, source, feed, later))[1] == later


@every_feed
async def test_a_slow_source_times_out_at_the_deadline(lab: Lab, source: str, feed: Feed) -> None:
    await read(lab, source, feed)
    lab.sources[source].state.fault = Fault.SLOW
    with pytest.raises(SourceTimedOut, match=f"^{source} did not answer in time$"):
        await read(lab, source, feed, timeout_s=0.02)


@every_feed
@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.ERROR_BEFORE, Fault.TRUNCATED])
async def test_a_source_in_trouble_is_unavailable(lab: Lab, source: str, feed: Feed, fault: Fault) -> None:
    await read(lab, source, feed)
    lab.sources[source].state.fault = fault
    with pytest.raises(SourceUnavailable):
        await read(lab, source, feed)


@every_feed
@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.ERROR_BEFORE, Fault.THROTTLED, Fault.EXPIRED_TOKEN])
async def test_trouble_that_passes_is_outlasted(lab: Lab, source: str, feed: Feed, fault: Fault) -> None:
    before = await to_the_end(lab, source, feed)
    state = lab.sources[source].state
    state.fault, state.times_left, state.retry_after_s = fault, 1, 1
    assert await to_the_end(lab, source, feed) == before


@every_feed
async def test_garbage_is_not_copied(lab: Lab, source: str, feed: Feed) -> None:
    await read(lab, source, feed)
    lab.sources[source].state.fault = Fault.GARBAGE
    with pytest.raises(SourceGarbled):
        await read(lab, source, feed)


@every_feed
async def test_wrong_credentials_are_refused(lab: Lab, source: str, feed: Feed) -> None:
    wrong = {SECRETS.get(source, "client_secret"): "wrong"}
    registry = Registry([make_config(source, f"{lab.base_url}/{source}", **wrong)], clock=lab.clock.as_clock())
    with pytest.raises(SourceRefused, match=f"^{source} does not accept our credentials$"):
        await method(registry, source, METHODS[feed])(None, deadline=lab.clock.monotonic() + 60)
    await registry.close()


@every_feed_by_id
@pytest.mark.parametrize("odd", ["", "Zoë 🧵", "' OR '1'='1", "x" * 5_000, "\u202e\x00"])
async def test_records_are_read_again_by_id_and_those_nobody_has_are_none(
    lab: Lab, source: str, feed: Feed, odd: str
) -> None:
    items, _ = await to_the_end(lab, source, feed)
    ids = [odd, *(item.external_id for item in items)]
    found = await method(lab.registry, source, BY_ID[feed])(ids, deadline=lab.clock.monotonic() + 60)
    assert found == {odd: None} | {item.external_id: item for item in items}


@every_feed
async def test_logs_hold_no_secret_and_no_customer(
    lab: Lab, source: str, feed: Feed, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with capture_logs() as logs:
        items, cursor = await to_the_end(lab, source, feed)
        lab.sources[source].state.fault = Fault.GARBAGE
        with pytest.raises(SourceGarbled):
            await read(lab, source, feed, cursor)
    text = str(logs) + caplog.text
    told = [str(getattr(item, "external_id", item)) for item in items]
    for secret in (CLIENT_SECRET, STRIPE_SECRET_KEY, STRIPE_WEBHOOK_SECRET, "ada@example.com", *told):
        # An id of one digit stands in every duration.
        assert len(secret) < 5 or secret not in text
