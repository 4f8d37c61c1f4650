"""What follows from reports of a parcel, whoever sends them: its status, units that arrived or are gone, and jobs."""

from collections.abc import Sequence
from datetime import datetime

from app.domain.fulfillment import ShipmentStatus
from app.domain.notification import NotificationKind
from app.domain.order import OrderStatus
from app.domain.order_summary import OrderSummary, Parcel
from app.domain.shipment_lifecycle import shipment_status
from app.stores.exceptions import raise_exception, resolve_exception
from app.stores.jobs import enqueue
from app.stores.orders import save_order
from app.stores.returns import tell_return
from app.stores.shipments import NewReport, add_reports
from app.stores.transaction import Transaction
from app.workflows.notify import notification
from app.workflows.order_progress import advance
from app.workflows.return_label import sent_with

GONE = frozenset({ShipmentStatus.LOST, ShipmentStatus.RETURNED_TO_SENDER})
"""The customer does not get it. Its units are open again: `orderRoute` sends them anew, `orderCancel` cancels them."""


async def take_reports(
    tx: Transaction,
    order: OrderSummary,
    parcel: Parcel,
    source_key: str,
    told: Sequence[NewReport],
    *,
    estimated_delivery_at: datetime | None = None,
) -> bool:
    """Saves the order with its event, unless every report and the date were known: False then, and nothing is written.

    They may come in any order, and any number of times: the same reports lead to the same.
    """
    reports = await add_reports(tx, order, parcel.id, source_key, told)
    is_known_date = estimated_delivery_at in (None, parcel.estimated_delivery_at)
    parcel.estimated_delivery_at = estimated_delivery_at or parcel.estimated_delivery_at
    if reports is None:
        if not is_known_date:
            await save_order(tx, order, "shipment.reported", _said(parcel, source_key))
        return not is_known_date
    before = parcel.status
    parcel.status = shipment_status(before, reports)
    is_delivered = parcel.status is ShipmentStatus.DELIVERED
    deliveries = [each.at for each in reports if each.status is ShipmentStatus.DELIVERED]
    parcel.delivered_at = max(deliveries) if is_delivered and deliveries else None
    jobs = []
    if parcel.fulfillment_order_id is not None and parcel.status is not before:
        await _follow(tx, order, parcel, before)
        jobs = advance(tx, order)
        if is_delivered:
            jobs.append(notification(NotificationKind.DELIVERED, order.id, parcel.id))
    sent = await sent_with(tx, order, parcel) if parcel.fulfillment_order_id is None else None
    event = "shipment.reported" if parcel.status is before else f"shipment.{parcel.status.lower()}"
    said = _said(parcel, source_key)
    await save_order(tx, order, event, said)
    if sent is not None:
        await tell_return(tx, order, sent, "shipped", said)
    await enqueue(tx, *jobs)
    return True


def _said(parcel: Parcel, source_key: str) -> dict[str, str]:
    return {"shipment": parcel.number, "status": parcel.status, "source": source_key}


async def _follow(tx: Transaction, order: OrderSummary, parcel: Parcel, before: ShipmentStatus) -> None:
    """Units of the lines: first what the former status meant is undone, then what the present one means is done."""
    if before in GONE and parcel.status not in GONE:
        await _found(tx, order, parcel)
    if before is ShipmentStatus.DELIVERED and parcel.given_up_at is None:
        if order.status is OrderStatus.COMPLETED or not _can_be_undelivered(order, parcel):
            # The customer had it: what comes back now is a return.
            await _tell(tx, order, parcel, "returnRequest", "it was delivered before: take it in as a return")
            return
        for part in parcel.lines:
            order.line_of(part).delivered -= part.quantity
    if parcel.status is ShipmentStatus.DELIVERED and parcel.given_up_at is None:
        for part in parcel.lines:
            order.line_of(part).delivered += part.quantity
    if parcel.status in GONE:
        await _gone(tx, order, parcel)


def _can_be_undelivered(order: OrderSummary, parcel: Parcel) -> bool:
    """Its units are neither returned nor announced to be."""
    lines = [(order.line_of(part), part.quantity) for part in parcel.lines]
    return all(line.shipped - units >= line.returned + line.return_requested for line, units in lines)


async def _gone(tx: Transaction, order: OrderSummary, parcel: Parcel) -> None:
    """Its units are no longer shipped, but open: the order can go on without the parcel. What was captured for them
    pays for those that are sent instead, or is given back when they are canceled.
    """
    if parcel.given_up_at is None and _can_be_undelivered(order, parcel):
        parcel.given_up_at = tx.at
        for part in parcel.lines:
            order.line_of(part).shipped -= part.quantity
    way_out = "send its units again with orderRoute, or cancel them with orderCancel, which gives their money back"
    await _tell(tx, order, parcel, "orderRoute", way_out)


async def _found(tx: Transaction, order: OrderSummary, parcel: Parcel) -> None:
    """It turns up after all, and counts as shipped again, unless its units were sent anew or canceled meanwhile."""
    for status in GONE:
        await resolve_exception(tx, order.id, category=_category(status))
    if parcel.given_up_at is None:
        return
    lines = [(order.line_of(part), part.quantity) for part in parcel.lines]
    if any(line.unpromised_units + line.backordered < units for line, units in lines):
        await _tell(
            tx, order, parcel, None, "it turned up after its units were sent again or canceled", "shipment.found"
        )
        return
    parcel.given_up_at = None
    for line, units in lines:
        line.backordered -= max(0, units - line.unpromised_units)
        line.shipped += units


async def _tell(
    tx: Transaction, order: OrderSummary, parcel: Parcel, action: str | None, way_out: str, category: str | None = None
) -> None:
    message = f"shipment {parcel.number} is {parcel.status}; {way_out}"
    named = category or _category(parcel.status)
    await raise_exception(tx, order.id, category=named, message=message, suggested_action=action, attempts=1)


def _category(status: ShipmentStatus) -> str:
    return f"shipment.{status.lower()}"
