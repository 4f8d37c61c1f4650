"""Several workers at a time, and changes while somebody asks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import pytest

from app.domain.outgoing import Push
from app.workflows.order_cancel import OrderCancel, order_cancel
from app.workflows.push import address_of, push_document
from tests.workflows.office import Fate, Office, lost, open_office
from tests.workflows.shop import Shop


@pytest.fixture
async def office(shop: Shop, migrated_database: str) -> AsyncIterator[Office]:
    async with open_office(shop, migrated_database, {Push.ORDERS, Push.SHIPMENTS}) as opened:
        yield opened


async def test_two_workers_write_it_once(office: Office) -> None:
    await office.release()
    ((_, _, _, data, _),) = await office._queued("push.%")
    answer = await _asked(office, Push.ORDERS, data)
    assert await office.tell() == ["push.orders retried"]
    await answer()
    assert await office.tell() == ["push.orders done"]
    assert office.sink.asked == [("orders", False)]


async def test_a_change_during_the_writing_is_written_after_it(office: Office) -> None:
    await office.release()

    async def change() -> None:
        office.sink.before_answer = None
        await office.cancel({"LAMP": 1})

    office.sink.before_answer = change
    assert await office.tell() == ["push.orders done", "push.orders done"]
    (told,) = office.sink.of("orders")
    assert [each.quantity for each in told.lines] == [2, 1]


@pytest.mark.parametrize("fates", [[], [lost]])
async def test_an_order_canceled_during_the_writing_is_called_off_after_it(office: Office, fates: list[Fate]) -> None:
    await office.release()

    async def cancel() -> None:
        office.sink.before_answer = None
        await office.commit(order_cancel, OrderCancel(order_id=office.order_id, reason="no"))

    office.sink.before_answer, office.sink.fates = cancel, fates
    await office.tell()
    await office.tell()
    assert [told.is_canceled for told in office.sink.of("orders")] == [True]
    assert office.sink.done() == {"orders": [1]}
    assert await office.waiting() == []


async def test_a_source_is_told_one_thing_of_an_order_at_a_time(office: Office) -> None:
    """At SAP, two parcels from two places would write their places to the same items of the order."""
    await office.begin_all()
    await office.tell()
    await office.ship("1-F1", {"LAMP": 2})
    await office.ship("1-F1", {"LAMP": 1, "SOFA": 1})
    data = (await office._queued("push.%"))[0][3]
    answer = await _asked(office, Push.SHIPMENTS, data)
    assert await office.tell() == ["push.shipments retried"] * 2
    assert office.sink.asked == [("orders", False), ("shipments", False)]
    await answer()
    assert await office.tell() == ["push.shipments done"] * 2
    assert office.sink.asked == [("orders", False), ("shipments", False), ("shipments", False)]
    assert office.sink.done() == {"orders": [1], "shipments": [1, 1]}


async def _asked(office: Office, push: Push, data: Mapping[str, Any]) -> Callable[[], Awaitable[None]]:
    """Another worker has asked the source, and waits for what this returns."""
    asked, may_answer = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        office.sink.before_answer = None
        asked.set()
        await may_answer.wait()

    office.sink.before_answer = wait
    other = asyncio.create_task(push_document(address_of(push, data), office.work))
    await asked.wait()

    async def answer() -> None:
        may_answer.set()
        await other

    return answer
