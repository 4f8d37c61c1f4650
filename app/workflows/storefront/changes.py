"""What the customer or the merchant changed at the storefront, of an order that is driven here.

Money first, since what was given back there is not to be given back again; then what was canceled or edited; what was
let go of last, when nothing counts on it any more. All else that a later version says follows from what we told the
storefront, and changes nothing.
"""

from collections.abc import Mapping
from uuid import UUID

from app.connectors.ports.storefront import StorefrontOrder
from app.domain.commanded import LineQuantity
from app.domain.order_lifecycle import ORDER_LIFECYCLE, OrderTrigger
from app.domain.order_summary import OrderSummary
from app.domain.refusals import Refused
from app.stores.jobs import enqueue
from app.stores.orders import load_order, save_order
from app.stores.storefront_orders import KnownOrder, remember_seen
from app.stores.transaction import Transaction
from app.workflows.order_cancel import OrderCancel, order_cancel
from app.workflows.order_edit import OrderEdit, order_edit
from app.workflows.order_units import cancelable_units
from app.workflows.payment_answer import OFF
from app.workflows.payment_hold import go_on_paid
from app.workflows.storefront.differences import Differences, differences
from app.workflows.storefront.exceptions import CANCELED, CHANGED, PAID, tell, tell_refund
from app.workflows.storefront.payments import record_payment
from app.workflows.storefront.reports import LET_GO, TAKEN, has_news, take_told, told_of, unknown_payments
from app.workflows.storefront.seen import Seen, seen_of
from app.workflows.work import Work

REASON = "changed at the storefront"
CANCEL_REASON = "canceled at the storefront"


async def take_changes(tx: Transaction, known: KnownOrder, source_key: str, order: StorefrontOrder, work: Work) -> bool:
    """Whether anything did change."""
    ours, seen, told = await load_order(tx, known.order_id), Seen.read(known.seen or {}), told_of(order)
    lines = {external_id: each.line for external_id, each in seen.lines.items()}
    before = after = ours.version
    if _says_something(ours, source_key, seen, order):
        await _take_new_payments(tx, ours, source_key, order)
        outside_minor = await take_told(tx, source_key, ours.id, told, TAKEN)
        if order.canceled_at is None:
            lines |= await _take_edits(tx, ours.id, seen, order, work)
        elif not seen.is_canceled:
            await _take_cancellation(tx, ours.id, work)
        await take_told(tx, source_key, ours.id, told, LET_GO)
        await tell_refund(tx, ours.id, outside_minor)
        after = (await load_order(tx, ours.id)).version
    now = seen_of(order, lines)
    if now != seen or order.updated_at != known.seen_version_at:
        await remember_seen(tx, known, order.url, order.updated_at, now.to_keep())
    return after != before


def _says_something(ours: OrderSummary, source_key: str, seen: Seen, order: StorefrontOrder) -> bool:
    """Most versions only follow from what we told the storefront."""
    if has_news(ours, source_key, order):
        return True
    return bool(differences(ours, seen, order)) if order.canceled_at is None else not seen.is_canceled


# ── money


async def _take_new_payments(tx: Transaction, ours: OrderSummary, source_key: str, order: StorefrontOrder) -> None:
    """Payments that began, or came about, after the version before."""
    for paid in unknown_payments(ours, source_key, order):
        payment = record_payment(ours, source_key, paid)
        if payment is None:
            continue
        jobs = [] if ours.status in OFF else await go_on_paid(tx, ours)
        event = "payment.captured" if payment.captured_minor else "payment.authorized"
        await save_order(tx, ours, event, {"payment": payment.id, "amountMinor": payment.amount_minor})
        await enqueue(tx, *jobs)
        if ours.status in OFF:
            message = f"it was paid at the storefront when it was {ours.status} here: give the money back"
            await tell(tx, ours.id, PAID, message, suggested_action="paymentRefund")


# ── units


async def _take_cancellation(tx: Transaction, order_id: UUID, work: Work) -> None:
    """Of all that is still open; somebody decides on the rest."""
    ours = await load_order(tx, order_id)
    if ours.status in OFF:
        return
    await _cancel_open(tx, ours, CANCEL_REASON, work)
    left = await load_order(tx, order_id)
    packed, shipped = left.units("in_fulfillment"), left.units("shipped")
    if packed or shipped:
        message = f"canceled at the storefront, but {packed} units are being packed and {shipped} have shipped"
        action = "fulfillmentOrderReject" if packed else "returnRequest"
        await tell(tx, order_id, CANCELED, message, suggested_action=action)


async def _cancel_open(tx: Transaction, ours: OrderSummary, reason: str, work: Work) -> None:
    open_ = [(line.id, cancelable_units(line)) for line in ours.lines]
    lines = [LineQuantity(order_line_id=id_, quantity=units) for id_, units in open_ if units]
    if lines and ours.status in ORDER_LIFECYCLE.sources(OrderTrigger.CANCEL):
        await order_cancel(tx, OrderCancel(order_id=ours.id, reason=reason, lines=lines), work)


async def _take_edits(
    tx: Transaction, order_id: UUID, seen: Seen, order: StorefrontOrder, work: Work
) -> Mapping[str, UUID | None]:
    """The lines that were added, by the storefront's ids."""
    ours = await load_order(tx, order_id)
    found = differences(ours, seen, order)
    added: Mapping[str, UUID | None] = dict.fromkeys(found.added)
    beyond = list(found.beyond)
    if found.is_edit:
        refused = await _edit(tx, ours, found, work)
        beyond += refused
        if not refused:
            added = _added(found, ours, await load_order(tx, order_id))
    if beyond:
        message = f"changed at the storefront and not here: {'; '.join(beyond)}"
        await tell(tx, order_id, CHANGED, message, suggested_action="orderEdit")
    return added


async def _edit(tx: Transaction, ours: OrderSummary, found: Differences, work: Work) -> list[str]:
    """What could not be done, in words. Then nothing of it was."""
    if ours.status not in ORDER_LIFECYCLE.sources(OrderTrigger.EDIT):
        return found.changes
    quantities = {each.order_line_id: each.quantity for each in found.quantities}
    is_nothing_left = not found.added and not any(quantities.get(line.id, line.units) for line in ours.lines)
    try:
        async with tx.savepoint():
            if is_nothing_left:
                await _cancel_open(tx, ours, REASON, work)
            else:
                await order_edit(
                    tx,
                    OrderEdit(
                        order_id=ours.id,
                        add_lines=list(found.added.values()) or None,
                        set_quantities=found.quantities or None,
                        shipping_address=found.shipping_address,
                        reason=REASON,
                    ),
                    work,
                )
    except Refused as refused:
        return [f"{', '.join(found.changes)} ({refused})"]
    return []


def _added(found: Differences, before: OrderSummary, after: OrderSummary) -> Mapping[str, UUID | None]:
    """orderEdit adds lines in the order in which they are given."""
    there = {line.id for line in before.lines}
    return dict(zip(found.added, (line.id for line in after.lines if line.id not in there), strict=True))
