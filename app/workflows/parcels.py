"""Parcels as units count: made of picked ones, shipped once there is a label, packed again once that is void."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from app.domain.fulfillment import FulfillmentOrderStatus, ShipmentStatus
from app.domain.fulfillment_lifecycle import FULFILLMENT_LIFECYCLE, FulfillmentTrigger
from app.domain.ids import new_id
from app.domain.inventory import MovementKind
from app.domain.notification import NotificationKind
from app.domain.order_summary import Fulfillment, FulfillmentLine, OrderSummary, Parcel, ParcelLine
from app.domain.shipment_lifecycle import SHIPMENT_LIFECYCLE, ShipmentTrigger
from app.stores.jobs import Job
from app.stores.stock import Movement, lock_positions, move_stock
from app.stores.transaction import Transaction
from app.workflows.fulfillment_units import route_elsewhere
from app.workflows.notify import notification
from app.workflows.order_money import capture_for
from app.workflows.routing.configuration import Routing

VOIDED = (MovementKind.RETURN_RESTOCK, MovementKind.RESERVE, MovementKind.ALLOCATE)
"""What makes up for a unit that did not leave after all: it is on hand again, and held for its order."""


def make_parcel(order: OrderSummary, fulfillment: Fulfillment, units: Mapping[UUID, int]) -> Parcel:
    """CREATED, of picked units by line of the order; those that were not packed are packed by it."""
    labeling = order.labeling(fulfillment)
    fulfillment.status = FULFILLMENT_LIFECYCLE.move(fulfillment.status, FulfillmentTrigger.SHIP)
    for part in fulfillment.lines:
        count = units.get(part.order_line_id, 0)
        part.packed = max(part.packed, part.shipped + labeling[part.order_line_id] + count)
    parcel = Parcel(
        id=new_id(),
        number=f"{order.number}-S{len(order.shipments) + 1}",
        status=SHIPMENT_LIFECYCLE.move(None, ShipmentTrigger.CREATE),
        fulfillment_order_id=fulfillment.id,
        location_id=fulfillment.location_id,
        lines=[ParcelLine(id=new_id(), order_line_id=line_id, quantity=count) for line_id, count in units.items()],
    )
    order.shipments.append(parcel)
    return parcel


async def leave(
    tx: Transaction, order: OrderSummary, parcel: Parcel, routing: Routing
) -> tuple[list[Job], dict[str, Any]]:
    """The parcel has its label: its units have shipped, and are paid for. Answers jobs, and facts for the event.

    With the last unit its fulfillment order is CLOSED. Where all that was picked has shipped, the rest is missing:
    INCOMPLETE, and other locations are asked for it. One that brings a return back moves no units before they arrive.
    """
    said: dict[str, Any] = {"shipment": parcel.number, "carrier": parcel.carrier_key}
    if parcel.fulfillment_order_id is None:
        parcel.status = SHIPMENT_LIFECYCLE.move(parcel.status, ShipmentTrigger.LABEL)
        return [], said
    fulfillment, parts = _of(order, parcel)
    parcel.status = SHIPMENT_LIFECYCLE.move(parcel.status, ShipmentTrigger.LABEL)
    parcel.shipped_at = tx.at
    for inside in parcel.lines:
        line, units = order.line_of(inside), inside.quantity
        parts[inside.order_line_id].shipped += units
        line.in_fulfillment -= units
        line.shipped += units
    is_short = _is_short(fulfillment)
    await _move(tx, order, parcel, fulfillment, (MovementKind.SHIP,), locks_all=is_short)
    routed: dict[str, Any] = {}
    if is_short:
        routed = await route_elsewhere(tx, order, fulfillment, routing, FulfillmentTrigger.FALL_SHORT)
    elif all(part.shipped == part.quantity for part in fulfillment.lines):
        fulfillment.status = FULFILLMENT_LIFECYCLE.move(fulfillment.status, FulfillmentTrigger.CLOSE)
    jobs = [*await capture_for(tx, order), notification(NotificationKind.SHIPPED, order.id, parcel.id)]
    return jobs, {**routed, **said, "fulfillmentOrderStatus": fulfillment.status}


async def come_back(tx: Transaction, order: OrderSummary, parcel: Parcel) -> None:
    """The parcel is called off. Where it had shipped, its units are packed again, and on hand; what was captured for
    them stays captured, and pays for the next parcel.
    """
    was_shipped = parcel.status is ShipmentStatus.LABEL_PURCHASED
    parcel.status = SHIPMENT_LIFECYCLE.move(parcel.status, ShipmentTrigger.CANCEL)
    parcel.shipped_at = None
    if not was_shipped or parcel.fulfillment_order_id is None:
        return
    fulfillment, parts = _of(order, parcel)
    if fulfillment.status is FulfillmentOrderStatus.INCOMPLETE:
        # What it could not supply is another location's by now.
        for part in fulfillment.lines:
            part.quantity = part.picked = part.packed = part.shipped
    fulfillment.status = FULFILLMENT_LIFECYCLE.move(fulfillment.status, FulfillmentTrigger.UNSHIP)
    for inside in parcel.lines:
        line, units = order.line_of(inside), inside.quantity
        parts[inside.order_line_id].shipped -= units
        line.shipped -= units
        line.in_fulfillment += units
    await _move(tx, order, parcel, fulfillment, VOIDED)


def _of(order: OrderSummary, parcel: Parcel) -> tuple[Fulfillment, dict[UUID, FulfillmentLine]]:
    fulfillment = order.fulfillment(parcel.fulfillment_order_id)
    assert fulfillment is not None  # noqa: S101 - it was made from it
    return fulfillment, {part.order_line_id: part for part in fulfillment.lines}


def _is_short(fulfillment: Fulfillment) -> bool:
    is_all_gone = all(part.picked == part.shipped for part in fulfillment.lines)
    return is_all_gone and any(part.picked < part.quantity for part in fulfillment.lines)


async def _move(
    tx: Transaction,
    order: OrderSummary,
    parcel: Parcel,
    fulfillment: Fulfillment,
    kinds: tuple[MovementKind, ...],
    *,
    locks_all: bool = False,
) -> None:
    """`locks_all`: positions of the whole order are locked, since they will be needed."""
    inside = [(order.line_of(part).sku, part.quantity) for part in parcel.lines]
    positions = await lock_positions(
        tx,
        [line.sku for line in order.lines] if locks_all else [sku for sku, _ in inside],
        location_id=None if locks_all else fulfillment.location_id,
    )
    here = {each.sku: each for each in positions if each.location_id == fulfillment.location_id}
    reference = ("Shipment", parcel.id)
    await move_stock(tx, [Movement(here[sku], kind, units, reference) for kind in kinds for sku, units in inside])
