"""Orders that go on at their storefront: whole as they are there, with the same rows in every version."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from app.connectors.ports.storefront import StorefrontOrder, StorefrontParcel
from app.workflows.authorizations_expire import authorizations_expire
from app.workflows.order_capture import CaptureOutcome
from tests.storefront_orders.conftest import Storefront
from tests.storefront_orders.samples import PLACED, later, order_of, paid, sold, usd

ORDER = "SELECT status, fulfillment_status, payment_status, return_status, total_minor FROM orders"
LINES = (
    """SELECT sku, ordered, canceled, shipped, delivered, returned, total_minor FROM order_lines ORDER BY position"""
)
SENT = PLACED + timedelta(hours=5)
HERE = PLACED + timedelta(days=2)


def parcel(units: dict[str, int], **more: Any) -> StorefrontParcel:
    given: dict[str, Any] = {
        "external_id": "F1",
        "carrier": "UPS",
        "tracking_number": "1Z1",
        "tracking_url": "https://ups.example/1Z1",
        "shipped_at": SENT,
        "delivered_at": None,
    }
    return StorefrontParcel(**given | more, units=units)


def shipped(order: StorefrontOrder, **more: Any) -> StorefrontOrder:
    """All of it, in one parcel."""
    lines = tuple(replace(each, shipped=each.quantity - each.canceled) for each in order.lines)
    units = {each.external_id: each.shipped for each in lines}
    money = paid(3_500, 3_500)
    return later(order, lines=lines, payments=(money,), parcels=(parcel(units, **more),))


async def test_it_is_there_whole(mirrored: Storefront) -> None:
    captured = await mirrored.capture(order_of(sold(1, "MUG", 2), sold(2, None, 1)))
    assert captured.outcome is CaptureOutcome.CREATED
    assert await mirrored.row(ORDER) == ("CONFIRMED", "UNFULFILLED", "AUTHORIZED", "NONE", 3_500)
    assert await mirrored.row("SELECT management FROM orders") == ("UNMANAGED",)
    lines = await mirrored.rows("SELECT sku, product_id IS NULL, ordered FROM order_lines ORDER BY position")
    assert lines == [("MUG", False, 2), ("A thing", True, 1)]
    assert await mirrored.rows("SELECT FROM holds") == []
    assert await mirrored.rows("SELECT FROM inventory_movements WHERE kind <> 'RECEIPT'") == []
    assert await mirrored.rows("SELECT FROM jobs.pgqueuer") == []
    assert await mirrored.rows("SELECT type, sequence FROM events") == [("order.mirrored", 1)]


async def test_its_life_is_followed_in_the_same_rows(mirrored: Storefront) -> None:
    placed = order_of()
    await mirrored.capture(placed)
    ids = await mirrored.rows("SELECT id FROM order_lines UNION ALL SELECT id FROM payments ORDER BY 1")
    sent = shipped(placed)
    assert (await mirrored.capture(sent)).outcome is CaptureOutcome.CHANGED
    assert await mirrored.row(ORDER) == ("PROCESSING", "FULFILLED", "PAID", "NONE", 3_500)
    assert await mirrored.row("SELECT number, status, tracking_number, shipped_at FROM shipments") == (
        "1001-S1", "IN_TRANSIT", "1Z1", SENT,
    )  # fmt: skip
    here = later(shipped(placed, delivered_at=HERE), 3)
    await mirrored.capture(here)
    assert await mirrored.row(ORDER) == ("COMPLETED", "DELIVERED", "PAID", "NONE", 3_500)
    assert await mirrored.row("SELECT status, delivered_at FROM shipments") == ("DELIVERED", HERE)
    lines = (replace(here.lines[0], returned=1), here.lines[1])
    await mirrored.capture(later(here, lines=lines, payments=(paid(3_500, 3_500, 1_000),)))
    assert await mirrored.row(ORDER) == ("COMPLETED", "DELIVERED", "PARTIALLY_REFUNDED", "PARTIALLY_RETURNED", 3_500)
    assert await mirrored.rows(LINES) == [("MUG", 2, 0, 2, 2, 1, 2_000), ("LAMP", 1, 0, 1, 1, 0, 1_000)]
    assert await mirrored.row("SELECT number, status, refund_minor FROM returns") == ("1001-R1", "CLOSED", 1_000)
    assert await mirrored.row("SELECT paid_minor, refunded_minor, credited_minor, version FROM orders") == (
        3_500, 1_000, 1_000, 4,
    )  # fmt: skip
    assert await mirrored.rows("SELECT id FROM order_lines UNION ALL SELECT id FROM payments ORDER BY 1") == ids
    assert await mirrored.rows("SELECT kind, amount_minor FROM payment_transactions ORDER BY kind") == [
        ("AUTHORIZATION", 3_500), ("CAPTURE", 3_500), ("REFUND", 1_000),
    ]  # fmt: skip


async def test_what_is_told_twice_or_late_changes_nothing(mirrored: Storefront) -> None:
    placed, sent = order_of(), shipped(order_of())
    await mirrored.capture(placed)
    await mirrored.capture(sent)
    for each in (sent, placed, later(sent, 5)):
        assert (await mirrored.capture(each)).outcome is CaptureOutcome.UNCHANGED
    assert (await mirrored.row(ORDER))[0] == "PROCESSING"
    assert await mirrored.row("SELECT count(*) FROM events") == (2,)


async def test_of_two_versions_of_one_second_both_count(mirrored: Storefront) -> None:
    placed = order_of()
    await mirrored.capture(placed)
    await mirrored.capture(later(shipped(placed), 0, updated_at=placed.updated_at))
    assert (await mirrored.row(ORDER))[0] == "PROCESSING"


async def test_lines_come_and_go(mirrored: Storefront) -> None:
    placed = order_of(sold(1, "MUG", 2), sold(2, "LAMP", 2, discount=200, tax=100))
    await mirrored.capture(placed)
    lines = (sold(3, "PEN", 1, 300), sold(2, "LAMP", 2, discount=200, tax=100, canceled=1))
    await mirrored.capture(later(placed, lines=lines))
    assert await mirrored.rows(LINES) == [
        ("MUG", 2, 2, 0, 0, 0, 0), ("LAMP", 2, 1, 0, 0, 0, 950), ("PEN", 1, 0, 0, 0, 0, 300),
    ]  # fmt: skip
    changes = await mirrored.rows("SELECT kind, amount_minor FROM order_changes ORDER BY at, id")
    assert changes == [("PLACE", 4_400), ("EDIT", 300 - 2_000 - 950)]


async def test_it_is_canceled_there(mirrored: Storefront) -> None:
    placed = order_of()
    await mirrored.capture(placed)
    await mirrored.capture(later(placed, canceled_at=HERE, payments=(paid(3_500, is_released=True),)))
    assert await mirrored.row(ORDER) == ("CANCELED", "UNFULFILLED", "VOIDED", "NONE", 0)
    assert await mirrored.row("SELECT canceled_at, shipping_minor FROM orders") == (HERE, 0)
    assert await mirrored.rows("SELECT kind, amount_minor FROM order_changes ORDER BY at, id") == [
        ("PLACE", 3_500), ("CANCEL", -3_500),
    ]  # fmt: skip


async def test_what_had_begun_to_ship_stays_there_even_where_orders_are_driven_here(managed: Storefront) -> None:
    await managed.capture(shipped(order_of()))
    assert await managed.row("SELECT management, status FROM orders") == ("UNMANAGED", "PROCESSING")
    assert await managed.rows("SELECT FROM jobs.pgqueuer") == []


@pytest.mark.parametrize("payments", [(paid(0),), ()])
async def test_it_is_not_paid(mirrored: Storefront, payments: Any) -> None:
    await mirrored.capture(order_of(payments=payments))
    assert (await mirrored.row(ORDER))[:3] == ("PENDING" if payments else "CONFIRMED", "UNFULFILLED", "NOT_PAID")


async def test_what_it_was_can_be_asked_for(mirrored: Storefront) -> None:
    await mirrored.capture(order_of())
    (then,) = await mirrored.row("SELECT clock_timestamp()")
    await mirrored.capture(shipped(order_of()))
    query = """query ($then: DateTime!) {
        now: order(by: {number: "1001"}) { ...Shipping actions { allowed } }
        then: order(by: {number: "1001"}, asOf: $then) { ...Shipping } }
        fragment Shipping on Order { status lines { quantities { shipped } } shipments { number } }"""
    answer = await mirrored.shop.ask(query, then=then.isoformat())
    assert answer.errors == []
    assert answer.data["then"] == {
        "status": "CONFIRMED", "lines": [{"quantities": {"shipped": 0}}] * 2 , "shipments": [],
    }  # fmt: skip
    assert [each["quantities"]["shipped"] for each in answer.data["now"]["lines"]] == [2, 1]
    assert [each["number"] for each in answer.data["now"]["shipments"]] == ["1001-S1"]
    assert not any(each["allowed"] for each in answer.data["now"]["actions"])


async def test_its_authorization_is_not_ours_to_let_lapse(mirrored: Storefront) -> None:
    await mirrored.capture(order_of(payments=(paid(3_500, expires_at=PLACED),)))
    await authorizations_expire({}, mirrored.work)
    assert await mirrored.row("SELECT status FROM payments") == ("AUTHORIZED",)


async def test_its_total_is_the_storefronts(mirrored: Storefront) -> None:
    await mirrored.capture(order_of(total=usd(3_499), payments=()))
    assert (await mirrored.row(ORDER))[4] == 3_499


async def test_of_versions_at_once_the_newest_stays(mirrored: Storefront) -> None:
    placed = order_of()
    versions = [placed, shipped(placed), later(shipped(placed, delivered_at=HERE), 3)]
    captured = await asyncio.gather(*(mirrored.capture(each) for each in versions * 2))
    assert len({each.order_id for each in captured}) == 1
    assert (await mirrored.row(ORDER))[:2] == ("COMPLETED", "DELIVERED")
    changed = [each.outcome for each in captured if each.outcome is not CaptureOutcome.UNCHANGED]
    assert await mirrored.row("SELECT count(*) FROM events") == (len(changed),)
