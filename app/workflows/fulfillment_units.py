"""Units of a fulfillment order: which of them a command means, and what becomes of those that its location gives up."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from app.domain.commanded import LineQuantity
from app.domain.fulfillment import FulfillmentOrderStatus
from app.domain.fulfillment_lifecycle import FULFILLMENT_LIFECYCLE, FulfillmentTrigger
from app.domain.inventory import MovementKind
from app.domain.order import OrderStatus
from app.domain.order_summary import Fulfillment, FulfillmentLine, OrderSummary
from app.domain.refusals import Refusal, RefusalCode, Refused, refuse
from app.stores.orders import load_order, require_version
from app.stores.reservations import reserve
from app.stores.shipments import load_place, order_of_fulfillment
from app.stores.stock import Movement, Position, lock_positions, move_stock
from app.stores.transaction import Transaction
from app.workflows.order_intake import promise
from app.workflows.policy import Shortage
from app.workflows.routing.configuration import Routing
from app.workflows.routing.route_units import route_units


async def load_fulfillment(
    tx: Transaction, fulfillment_order_id: UUID, expected_version: int | None
) -> tuple[OrderSummary, Fulfillment]:
    """With its order, which is locked. Raises Refused."""
    order = await load_order(tx, await order_of_fulfillment(tx, fulfillment_order_id))
    fulfillment = order.fulfillment(fulfillment_order_id)
    if fulfillment is None:
        raise AssertionError("it is of this order")
    require_version(fulfillment.version, expected_version, f"fulfillment order {fulfillment.number}")
    return order, fulfillment


def meant_units(
    order: OrderSummary,
    fulfillment: Fulfillment,
    lines: Sequence[LineQuantity] | None,
    most: Callable[[FulfillmentLine], int],
    why: str,
) -> dict[UUID, int]:
    """Units by line of the order: those given, or else all that are possible. `most` says how many are, `why` what
    they are. Raises Refused.
    """
    parts = {part.order_line_id: part for part in fulfillment.lines}
    if lines is None:
        return {id_: units for id_, part in parts.items() if (units := most(part)) > 0}
    meant: dict[UUID, int] = {}
    refusals = []
    for place, given in enumerate(lines):
        path, part = ("lines", str(place)), parts.get(given.order_line_id)
        if part is None:
            message = f'fulfillment order {fulfillment.number} has no line of "OrderLine:{given.order_line_id}"'
            refusals.append(Refusal(code=RefusalCode.NOT_FOUND, message=message, field=(*path, "order_line_id")))
            continue
        meant[part.order_line_id] = meant.get(part.order_line_id, 0) + given.quantity
        if given.quantity < 1 or meant[part.order_line_id] > most(part):
            sku = order.line_of(part).sku
            message = f"{given.quantity} units of {sku} are not possible: {most(part)} are {why}"
            refusals.append(Refusal(code=RefusalCode.INVALID, message=message, field=(*path, "quantity")))
    if refusals:
        raise Refused(*refusals)
    if not meant:
        raise refuse(RefusalCode.REQUIRED, "name at least one line, or leave lines out for all", "lines")
    return meant


async def route_elsewhere(
    tx: Transaction, order: OrderSummary, fulfillment: Fulfillment, routing: Routing, trigger: FulfillmentTrigger
) -> dict[str, Any]:
    """Ends a fulfillment order by the trigger. Its location no longer holds what has not left, and others are asked for
    that. What finds no other place is backordered, and an exception tells. Answers facts for the event.

    While the order is held nobody is asked; the units are promised anew.
    """
    skus = [line.sku for line in order.lines]
    positions = await lock_positions(tx, skus)
    freed = let_go(order, fulfillment, positions)
    fulfillment.status = FULFILLMENT_LIFECYCLE.move(fulfillment.status, trigger)
    if order.status in (OrderStatus.CONFIRMED, OrderStatus.PROCESSING):
        await move_stock(tx, freed)
        place = await load_place(tx, fulfillment.location_id)
        return (await route_units(tx, order, routing, exclude=[place.key])).facts
    affected = [order.line_of(part) for part in fulfillment.lines]
    released = [each for each in freed if each.kind is MovementKind.RELEASE]
    promises = promise(affected, positions, shortage=Shortage.BACKORDER, freed=released)
    await move_stock(tx, [*freed, *reserve(order, promises)])
    return {}


def let_go(order: OrderSummary, fulfillment: Fulfillment, positions: Sequence[Position]) -> list[Movement]:
    """What has not left is free at the location, and promised nowhere. The counters of the order's lines follow."""
    places = {(each.sku, each.location_id): each for each in positions}
    movements = []
    for part in fulfillment.lines:
        line, units = order.line_of(part), part.quantity - part.shipped
        if units:
            count_begun(order, fulfillment, part, -units)
            position, reference = places[line.sku, fulfillment.location_id], ("Order", order.id)
            movements.append(Movement(position, MovementKind.DEALLOCATE, units, reference))
            movements.append(Movement(position, MovementKind.RELEASE, units, reference))
    return movements


def count_begun(order: OrderSummary, fulfillment: Fulfillment, part: FulfillmentLine, units: int) -> None:
    """Its units are `in_fulfillment` once the location has begun, and `allocated` before."""
    line = order.line_of(part)
    if fulfillment.status is FulfillmentOrderStatus.IN_PROGRESS:
        line.in_fulfillment += units
    else:
        line.allocated += units
