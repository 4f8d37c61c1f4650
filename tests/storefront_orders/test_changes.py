"""What becomes of a later version of an order that is driven here."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson
import pytest

from app.connectors.contract import SourceUnavailable
from app.connectors.ports.storefront import StorefrontOrder
from app.domain.commanded import LineQuantity
from app.workflows.fulfillment_order_accept import FulfillmentOrderAccept, fulfillment_order_accept
from app.workflows.order_cancel import OrderCancel, order_cancel
from app.workflows.order_capture import CaptureOutcome
from app.workflows.order_route import route_confirmed
from app.workflows.payment_settle import payment_settle
from app.workflows.storefront.reports import report_again
from tests.fixtures_shop import ADDRESS, TESTER
from tests.storefront_orders.conftest import Storefront
from tests.storefront_orders.samples import PLACED, later, order_of, paid, sold, usd

ORDER = "SELECT status, payment_status, total_minor, version FROM orders"
LINES = "SELECT sku, ordered - canceled AS units, reserved + allocated AS promised FROM order_lines ORDER BY position"
EXCEPTIONS = "SELECT category, message, suggested_action FROM order_exceptions WHERE status = 'OPEN' ORDER BY category"
JOBS = (
    "SELECT entrypoint FROM jobs.pgqueuer WHERE entrypoint NOT IN ('notify.order_confirmed', 'order.route') ORDER BY 1"
)


def with_line(order: StorefrontOrder, number: int, **changes: Any) -> StorefrontOrder:
    """Its next version, in which that line is changed."""
    lines = tuple(replace(each, **changes) if each.external_id == f"L{number}" else each for each in order.lines)
    return later(order, lines=lines)


async def routed(managed: Storefront, order: StorefrontOrder, *, accepted: bool = False) -> None:
    """Captured, and its locations asked; with `accepted` they have begun."""
    captured = await managed.capture(order)
    await route_confirmed({"order_id": str(captured.order_id)}, managed.work)
    for (id_,) in await managed.rows("SELECT id FROM fulfillment_orders") if accepted else ():
        async with managed.work.writers.transaction(TESTER) as tx:
            await fulfillment_order_accept(tx, FulfillmentOrderAccept(fulfillment_order_id=id_), managed.work)


async def events(managed: Storefront) -> Sequence[str]:
    rows = await managed.rows("SELECT type FROM events WHERE subject_type = 'Order' ORDER BY sequence")
    return [name for (name,) in rows]


async def test_what_says_nothing_new_changes_nothing(managed: Storefront) -> None:
    order = order_of()
    await managed.capture(order)
    told = [
        order,
        later(order),
        later(order, -1, canceled_at=PLACED),
        later(order, 2, tags=("new",), closed_at=PLACED, payments=(paid(3_500, method="other"),)),
    ]
    for each in told:
        assert (await managed.capture(each)).outcome is CaptureOutcome.UNCHANGED
    assert await managed.row(ORDER) == ("CONFIRMED", "AUTHORIZED", 3_500, 1)
    assert await managed.row("SELECT seen_version_at FROM order_references") == (later(order, 2).updated_at,)


async def test_their_parcels_follow_ours(managed: Storefront) -> None:
    order = order_of()
    await routed(managed, order)
    version = await managed.row(ORDER)
    shipped = with_line(order, 1, shipped=2)
    assert (await managed.capture(shipped)).outcome is CaptureOutcome.UNCHANGED
    assert await managed.row(ORDER) == version


# ── canceled


async def test_canceled_there_it_is_canceled_here(managed: Storefront) -> None:
    order = order_of()
    await routed(managed, order)
    gone = later(order, canceled_at=PLACED, payments=(paid(3_500, is_released=True),))
    assert (await managed.capture(gone)).outcome is CaptureOutcome.CHANGED
    assert (await managed.row(ORDER))[:3] == ("CANCELED", "VOIDED", 0)
    assert await managed.rows("SELECT status FROM fulfillment_orders") == [("CANCELED",)]
    assert await managed.shop.stock("MUG") == {"east": (10, 0, 0), "west": (5, 0, 0)}
    assert await managed.rows(EXCEPTIONS) == []
    assert await managed.rows("SELECT kind, status FROM payment_transactions ORDER BY kind") == [
        ("AUTHORIZATION", "SUCCESS"), ("VOID", "SUCCESS"),
    ]  # fmt: skip
    assert (await managed.capture(later(gone))).outcome is CaptureOutcome.UNCHANGED


async def test_what_is_being_packed_is_for_somebody_to_decide(managed: Storefront) -> None:
    order = order_of()
    await routed(managed, order, accepted=True)
    await managed.capture(later(order, canceled_at=PLACED))
    assert (await managed.row(ORDER))[:3] == ("PROCESSING", "AUTHORIZED", 3_500)
    assert await managed.rows(EXCEPTIONS) == [
        (
            "storefront.canceled",
            "canceled at the storefront, but 3 units are being packed and 0 have shipped",
            "fulfillmentOrderReject",
        )
    ]


async def test_what_was_given_back_with_it_is_not_given_back_again(managed: Storefront) -> None:
    order = order_of(payments=(paid(3_500, 3_500, is_sale=True),))
    await routed(managed, order)
    back = (paid(3_500, 3_500, 3_500, is_sale=True),)
    await managed.capture(later(order, canceled_at=PLACED, payments=back))
    assert (await managed.row(ORDER))[:3] == ("CANCELED", "REFUNDED", 0)
    assert await managed.rows(EXCEPTIONS) == []
    assert await managed.rows("SELECT kind, amount_minor, status FROM payment_transactions ORDER BY kind") == [
        ("REFUND", 3_500, "SUCCESS"), ("SALE", 3_500, "SUCCESS"),
    ]  # fmt: skip


async def test_what_was_taken_and_not_given_back_is_given_back(managed: Storefront) -> None:
    order = order_of(payments=(paid(3_500, 3_500, is_sale=True),))
    await routed(managed, order)
    await managed.capture(later(order, canceled_at=PLACED))
    assert await managed.rows("SELECT amount_minor FROM payment_transactions WHERE status = 'PENDING'") == [(3_500,)]
    assert ("payment.settle",) in await managed.rows(JOBS)


# ── edited


async def test_fewer_units_more_and_new_ones(managed: Storefront) -> None:
    order = order_of(payments=())
    await managed.capture(order)
    fewer = with_line(order, 1, canceled=1)
    assert (await managed.capture(fewer)).outcome is CaptureOutcome.CHANGED
    assert await managed.rows(LINES) == [("MUG", 1, 1), ("LAMP", 1, 1)]
    more = with_line(fewer, 2, quantity=3)
    await managed.capture(more)
    assert await managed.rows(LINES) == [("MUG", 1, 1), ("LAMP", 3, 3)]
    new = later(more, lines=(*more.lines, sold(3, "MUG", 1, 900, discount=100)))
    await managed.capture(new)
    assert await managed.rows(LINES) == [("MUG", 1, 1), ("LAMP", 3, 3), ("MUG", 1, 1)]
    assert await managed.row("SELECT total_minor FROM orders") == (500 + 1_000 + 3_000 + 800,)
    await managed.capture(with_line(new, 3, canceled=1))
    assert await managed.rows(LINES) == [("MUG", 1, 1), ("LAMP", 3, 3), ("MUG", 0, 0)]
    assert await managed.rows(EXCEPTIONS) == []
    assert await events(managed) == ["order.placed", *["order.edited"] * 4]


async def test_a_line_that_is_gone_there_is_canceled_here(managed: Storefront) -> None:
    order = order_of(payments=())
    await managed.capture(order)
    await managed.capture(later(order, lines=order.lines[:1]))
    assert await managed.rows(LINES) == [("MUG", 2, 2), ("LAMP", 0, 0)]


async def test_without_any_unit_left_it_is_canceled(managed: Storefront) -> None:
    order = order_of(sold(1, "MUG", 2), payments=())
    await managed.capture(order)
    await managed.capture(with_line(order, 1, canceled=2))
    assert (await managed.row(ORDER))[:3] == ("CANCELED", "NOT_PAID", 0)


async def test_units_canceled_before_it_was_seen_are_canceled_here(managed: Storefront) -> None:
    captured = await managed.capture(order_of(sold(1, "MUG", 3, canceled=1), payments=()))
    assert captured.outcome is CaptureOutcome.CREATED
    assert await managed.rows(LINES) == [("MUG", 2, 2)]
    assert await managed.rows("SELECT kind, amount_minor FROM order_changes ORDER BY at, id") == [
        ("PLACE", 3_500), ("EDIT", -1_000),
    ]  # fmt: skip


async def test_what_we_canceled_ourselves_is_not_canceled_twice(managed: Storefront) -> None:
    order = order_of(sold(1, "MUG", 5), payments=())
    captured = await managed.capture(order)
    (line_id,) = await managed.row("SELECT id FROM order_lines")
    async with managed.work.writers.transaction(TESTER) as tx:
        lines = [LineQuantity(order_line_id=line_id, quantity=2)]
        await order_cancel(tx, OrderCancel(order_id=captured.order_id, reason="broken", lines=lines), managed.work)
    echo = with_line(order, 1, canceled=2)
    assert (await managed.capture(echo)).outcome is CaptureOutcome.UNCHANGED
    assert await managed.rows(LINES) == [("MUG", 3, 3)]
    await managed.capture(with_line(echo, 1, canceled=4))
    assert await managed.rows(LINES) == [("MUG", 1, 1)]


ELSEWHERE = {**ADDRESS, "line1": "1 Elm St"}


async def test_it_goes_somewhere_else(managed: Storefront) -> None:
    order = order_of()
    await managed.capture(order)
    await managed.capture(later(order, shipping_address=ELSEWHERE))
    (address,) = await managed.row("SELECT shipping_address FROM orders")
    assert orjson.loads(address) == ELSEWHERE
    (kept,) = await managed.row("SELECT seen FROM order_references")
    assert "Elm" not in kept
    assert await managed.rows(EXCEPTIONS) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"shipping_address": ELSEWHERE}, "another shipping address, and some of it is packed for the old one"),
        ({"shipping": usd(700)}, "the price of the shipping"),
        ({"lines": (sold(1, "MUG", 2, 900), sold(2, "LAMP", 1))}, "the price of A mug"),
        ({"lines": (sold(1, "MUG", 2, tax=5), sold(2, "LAMP", 1))}, "the price of A mug"),
        (
            {"lines": (sold(1, "MUG", 2, canceled=1), sold(2, "LAMP", 1))},
            "1 × A mug instead of 2: 2 are being packed or have shipped",
        ),
    ],
)
async def test_what_cannot_be_done_here_is_told(managed: Storefront, changes: Any, said: str) -> None:
    order = order_of()
    await routed(managed, order, accepted=True)
    before = await managed.rows(LINES)
    changed = later(order, **changes)
    assert (await managed.capture(changed)).outcome is CaptureOutcome.CHANGED
    told = [("storefront.changed", f"changed at the storefront and not here: {said}", "orderEdit")]
    assert await managed.rows(EXCEPTIONS) == told
    assert await managed.rows(LINES) == before
    assert (await managed.capture(later(changed))).outcome is CaptureOutcome.UNCHANGED
    assert (await events(managed))[-1] == "order.exception_raised"


async def test_an_order_that_is_over_is_not_edited(managed: Storefront) -> None:
    order = order_of(payments=())
    await managed.capture(order)
    await managed.capture(later(order, canceled_at=PLACED))
    await managed.capture(later(with_line(order, 1, quantity=3), 4))
    assert (await managed.row(ORDER))[0] == "CANCELED"
    message = "changed at the storefront and not here: 3 × A mug instead of 2"
    assert await managed.rows(EXCEPTIONS) == [("storefront.changed", message, "orderEdit")]


# ── money


async def test_it_is_paid_later(managed: Storefront) -> None:
    order = order_of(payments=(paid(0),))
    await managed.capture(order)
    assert (await managed.row(ORDER))[:2] == ("ON_HOLD", "NOT_PAID")
    assert (await managed.capture(later(order, payments=(paid(3_500),)))).outcome is CaptureOutcome.CHANGED
    assert (await managed.row(ORDER))[:2] == ("CONFIRMED", "AUTHORIZED")


async def test_a_capture_there_is_one_of_ours(managed: Storefront) -> None:
    order = order_of()
    await managed.capture(order)
    await managed.capture(later(order, payments=(paid(3_500, 3_500),)))
    assert (await managed.row(ORDER))[:2] == ("CONFIRMED", "PAID")
    assert await managed.rows(EXCEPTIONS) == []


async def test_a_refund_there_that_nothing_explains_is_told_and_holds_the_order(managed: Storefront) -> None:
    order = order_of(payments=(paid(3_500, 3_500),))
    await managed.capture(order)
    await managed.capture(later(order, payments=(paid(3_500, 3_500, 1_500),)))
    assert (await managed.row(ORDER))[:2] == ("ON_HOLD", "PARTIALLY_PAID")
    assert await managed.row("SELECT paid_minor, refunded_minor FROM orders") == (3_500, 1_500)
    message = "15.00 USD was given back at the storefront, for nothing that is canceled or came back here"
    assert await managed.rows(EXCEPTIONS) == [("storefront.refunded", message, "orderCancel")]


async def test_a_refund_there_for_units_canceled_there_is_just_that(managed: Storefront) -> None:
    order = order_of(payments=(paid(3_500, 3_500),))
    await managed.capture(order)
    fewer = with_line(order, 2, canceled=1)
    await managed.capture(replace(fewer, payments=(paid(3_500, 3_500, 1_000),)))
    assert (await managed.row(ORDER))[:3] == ("CONFIRMED", "PARTIALLY_REFUNDED", 2_500)
    assert await managed.rows(EXCEPTIONS) == []
    assert await managed.rows("SELECT FROM payment_transactions WHERE status = 'PENDING'") == []


async def test_money_told_while_a_refund_of_ours_is_undecided_is_told_again(managed: Storefront) -> None:
    order = order_of(payments=(paid(3_500, 3_500),))
    captured = await managed.capture(order)
    fewer = with_line(order, 2, canceled=1)
    # A refund of ours is asked for, and not answered.
    await managed.capture(fewer)
    assert await managed.rows("SELECT amount_minor FROM payment_transactions WHERE status = 'PENDING'") == [(1_000,)]
    await managed.capture(later(fewer, payments=(paid(3_500, 3_500, 1_200),)))
    (job,) = await managed.rows("SELECT payload FROM jobs.pgqueuer WHERE entrypoint = 'storefront.payments'")
    data = orjson.loads(bytes(job[0]))
    assert data["order_id"] == str(captured.order_id)
    with pytest.raises(SourceUnavailable):
        await report_again(data, managed.work)
    assert await managed.row("SELECT refunded_minor FROM orders") == (0,)
    (transaction_id,) = await managed.row("SELECT id FROM payment_transactions WHERE status = 'PENDING'")
    await payment_settle({"order_id": data["order_id"], "transaction_id": str(transaction_id)}, managed.work)
    for _ in range(2):
        await report_again(data, managed.work)
    assert await managed.row("SELECT refunded_minor FROM orders") == (1_200,)
    message = "2.00 USD was given back at the storefront, for nothing that is canceled or came back here"
    assert await managed.rows(EXCEPTIONS) == [("storefront.refunded", message, "orderCancel")]
