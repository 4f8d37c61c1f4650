"""Events that no webhook brought: each is found once, whatever was there before."""

from collections.abc import Sequence

import pytest

from app.connectors.ports.webhook import Delivery, EventFeed
from app.domain.money import Money
from app.sandbox.stripe.wire import StripeApp
from tests.connectors.conftest import Lab


@pytest.fixture
def feed(lab: Lab) -> EventFeed:
    connector = lab.registry["stripe"]
    assert isinstance(connector, EventFeed)
    return connector


def account(lab: Lab) -> StripeApp:
    app: StripeApp = lab.sources["stripe"].app
    return app


async def read(lab: Lab, feed: EventFeed, cursor: str | None) -> tuple[list[Delivery], str, int]:
    """Until nothing is left; with the number of pages."""
    found: list[Delivery] = []
    pages, has_more = 0, True
    while has_more:
        page = await feed.missed_events(cursor, deadline=lab.clock.monotonic() + 60)
        found += page.items
        cursor, has_more, pages = page.cursor, page.has_more, pages + 1
    assert cursor is not None
    return found, cursor, pages


async def hold(lab: Lab, keys: Sequence[str]) -> list[str]:
    """Authorizations, each of which makes an event."""
    gateway = lab.registry.payment_gateway("stripe")
    assert gateway is not None
    for key in keys:
        await gateway.authorize(
            key, amount=Money(100, "EUR"), token="pm_card_visa", metadata={}, deadline=lab.clock.monotonic() + 60
        )
    return [each["id"] for each in account(lab).events[-len(keys) :]]


async def test_the_first_reading_goes_back_to_the_oldest_and_later_ones_take_what_is_new(
    lab: Lab, feed: EventFeed
) -> None:
    held = await hold(lab, [f"a-{number}" for number in range(3)])
    found, cursor, pages = await read(lab, feed, None)
    assert [each.external_event_id for each in found] == held
    assert pages == 1
    assert await read(lab, feed, cursor) == ([], cursor, 1)
    newer = await hold(lab, ["b-1", "b-2"])
    found, cursor, _ = await read(lab, feed, cursor)
    assert [each.external_event_id for each in found] == newer
    assert await read(lab, feed, cursor) == ([], cursor, 1)


async def test_more_than_a_page_is_read_to_its_end_both_ways(lab: Lab, feed: EventFeed) -> None:
    app = account(lab)
    [first] = await hold(lab, ["a"])
    event = app.events[0]
    app.events += [{**event, "id": f"evt_{number}"} for number in range(250)]
    found, cursor, pages = await read(lab, feed, None)
    assert sorted(each.external_event_id for each in found) == sorted([first, *(f"evt_{n}" for n in range(250))])
    assert pages == 3
    app.events += [{**event, "id": f"evt_new_{number}"} for number in range(150)]
    found, _, pages = await read(lab, feed, cursor)
    assert [each.external_event_id for each in found] == [f"evt_new_{number}" for number in range(150)]
    assert pages == 2


async def test_an_account_without_events_has_none_until_it_has(lab: Lab, feed: EventFeed) -> None:
    found, cursor, _ = await read(lab, feed, None)
    assert found == []
    held = await hold(lab, ["a"])
    found, _, _ = await read(lab, feed, cursor)
    assert [each.external_event_id for each in found] == held


async def test_a_cursor_that_stripe_has_forgotten_begins_anew(lab: Lab, feed: EventFeed) -> None:
    await hold(lab, ["a"])
    _, cursor, _ = await read(lab, feed, None)
    account(lab).events.clear()
    held = await hold(lab, ["b"])
    found, _, _ = await read(lab, feed, cursor)
    assert [each.external_event_id for each in found] == held


async def test_an_event_is_what_its_webhook_would_have_brought(lab: Lab, feed: EventFeed) -> None:
    await hold(lab, ["a"])
    [delivery], _, _ = await read(lab, feed, None)
    event = account(lab).events[0]
    assert delivery.body == event
    assert delivery.sent_at.timestamp() == event["created"]
    assert delivery.subject == f"payment {event['data']['object']['id']}"
    gateway = lab.registry.payment_gateway("stripe")
    assert gateway is not None
    [report] = gateway.reports(delivery.body)
    assert report.key == "a"


async def test_what_we_do_not_read_is_not_asked_for(lab: Lab, feed: EventFeed) -> None:
    await hold(lab, ["a"])
    app = account(lab)
    app.events.append({**app.events[0], "id": "evt_other", "type": "customer.created"})
    found, _, _ = await read(lab, feed, None)
    assert [each.external_event_id for each in found] == [app.events[0]["id"]]
