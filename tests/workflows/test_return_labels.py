"""The label that brings a return back: bought once over real HTTP, by the step of all labels, tracked, and voided."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from app.connectors.registry import Registry
from app.domain.fulfillment import ShipmentStatus
from app.domain.refusals import RefusalCode, Refused
from app.domain.returns import ReturnReason
from app.workflows.command import Outcome
from app.workflows.return_approve import ReturnApprove, return_approve
from app.workflows.return_cancel import ReturnCancel, return_cancel
from app.workflows.return_request import ReturnLine, ReturnRequest, return_request
from tests.workflows.depot import Depot, open_depot
from tests.workflows.shop import Shop

PARCEL = "SELECT number, status, carrier_key, label_url IS NOT NULL FROM shipments WHERE fulfillment_order_id IS NULL"
RETURN = "SELECT status, version FROM returns"


@pytest.fixture
async def depot(shop: Shop, migrated_database: str) -> AsyncIterator[Depot]:
    async with open_depot(shop, migrated_database) as opened:
        yield opened


async def announced(depot: Depot) -> UUID:
    """A lamp of an order that has arrived."""
    sent = await depot.ship("1-F1")
    await depot.report(sent, ShipmentStatus.DELIVERED, depot.clock.now())
    line = ReturnLine(order_line_id=await depot.line("LAMP"), quantity=1, reason=ReturnReason.UNWANTED)
    made = await depot.commit(return_request, ReturnRequest(order_id=depot.order_id, lines=[line]))
    id_: Any = made.ids["return"]
    return UUID(str(id_))


async def approved(depot: Depot, return_id: UUID) -> Outcome:
    return await depot.commit(return_approve, ReturnApprove(return_id=return_id, buy_label=True))


async def parcel_of(depot: Depot, shop: Shop) -> Outcome:
    found = await shop.value("SELECT shipment_id FROM returns")
    return Outcome({"shipment": found})


async def test_a_label_is_bought_from_the_customer_to_the_location(shop: Shop, depot: Depot) -> None:
    return_id = await announced(depot)
    outcome = await approved(depot, return_id)
    assert await shop.rows(PARCEL) == [("1-S2", "CREATED", "ups", False)]
    assert await depot.take(outcome) == []
    assert await shop.rows(PARCEL) == [("1-S2", "LABEL_PURCHASED", "ups", True)]
    assert await shop.rows("SELECT sku, returned, return_requested, shipped FROM order_lines ORDER BY position") == [
        ("LAMP", 0, 1, 3), ("SOFA", 0, 0, 1),
    ]  # fmt: skip
    with pytest.raises(Refused) as refused:
        await approved(depot, return_id)
    assert [each.code for each in refused.value.refusals] == [RefusalCode.ALREADY_DONE]
    assert await depot.take(outcome) == []
    assert await shop.value("SELECT count(*) FROM shipments") == 2


async def test_the_return_is_on_its_way_once_the_carrier_has_it(shop: Shop, depot: Depot) -> None:
    outcome = await approved(depot, await announced(depot))
    await depot.take(outcome)
    parcel, now = await parcel_of(depot, shop), depot.clock.now()
    await depot.report(parcel, ShipmentStatus.PICKED_UP, now)
    assert await shop.rows(RETURN) == [("IN_TRANSIT", 3)]
    await depot.report(parcel, ShipmentStatus.LOST, now + timedelta(seconds=1))
    assert await shop.rows(RETURN) == [("IN_TRANSIT", 3)]
    assert await shop.rows("SELECT category, suggested_action FROM order_exceptions") == [
        ("return.lost", "returnCancel")
    ]
    await depot.commit(return_cancel, ReturnCancel(return_id=await shop.value("SELECT id FROM returns")))
    assert await shop.rows(RETURN) == [("CANCELED", 4)]
    types = await shop.rows("SELECT type FROM events WHERE subject_type = 'Return' ORDER BY sequence")
    assert types == [("return.requested",), ("return.approved",), ("return.shipped",), ("return.canceled",)]


async def test_a_return_that_is_withdrawn_has_its_label_voided(shop: Shop, depot: Depot) -> None:
    return_id = await announced(depot)
    await depot.take(await approved(depot, return_id))
    canceled = await depot.commit(return_cancel, ReturnCancel(return_id=return_id))
    assert await depot.take(canceled) == []
    assert await shop.rows(PARCEL) == [("1-S2", "CANCELED", "ups", False)]
    assert await shop.rows(RETURN) == [("CANCELED", 3)]


async def test_without_a_carrier_there_is_no_label(shop: Shop, depot: Depot) -> None:
    return_id = await announced(depot)
    depot.work = type(depot.work)(depot.work.writers, Registry(()), depot.work.policy, depot.work.routing)
    before = await depot.snapshot()
    with pytest.raises(Refused) as refused:
        await approved(depot, return_id)
    assert [(each.code, each.field) for each in refused.value.refusals] == [(RefusalCode.INVALID, ("buy_label",))]
    assert await depot.snapshot() == before
