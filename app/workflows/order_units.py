"""Takes units off an order that have not left: what was promised for them is free again, and the money follows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from app.domain.fulfillment import FulfillmentOrderStatus
from app.domain.fulfillment_lifecycle import FULFILLMENT_LIFECYCLE, FulfillmentTrigger
from app.domain.inventory import MovementKind
from app.domain.order_summary import Fulfillment, FulfillmentLine, Line, OrderSummary
from app.domain.refunds import Goods, goods_of
from app.stores.reservations import Reserved, reduce_reserved, reserved_of
from app.stores.returns import credited_of
from app.stores.stock import Movement, Position, lock_positions
from app.stores.transaction import Transaction

NOT_BEGUN = frozenset({FulfillmentOrderStatus.SCHEDULED, FulfillmentOrderStatus.OPEN, FulfillmentOrderStatus.ON_HOLD})
"""A location that has one of these can be relieved of it without being asked."""


@dataclass(slots=True)
class TakenBack:
    movements: list[Movement] = field(default_factory=list)
    lines: list[tuple[UUID, int, int]] = field(default_factory=list)
    """For the change ledger: what the lines' units and totals became larger by, so below zero."""


def cancelable_units(line: Line) -> int:
    """Open units that no location has begun to pick."""
    return line.open_units - line.in_fulfillment


async def take_back(tx: Transaction, order: OrderSummary, units_by_line: Mapping[UUID, int]) -> TakenBack:
    """At most `cancelable_units` of each line. First what waits for supply, then what is reserved, then what locations
    were asked for and have not begun; one that is left with nothing to do has its request canceled.
    """
    lines = {line.id: line for line in order.lines if units_by_line.get(line.id)}
    taken = TakenBack()
    places = _Places(await lock_positions(tx, [line.sku for line in lines.values()]))
    credited = await credited_of(tx, order)
    reserved = await reserved_of(tx, order.id) if any(line.reserved for line in lines.values()) else []
    reduced: dict[UUID, int] = {}
    for line in lines.values():
        left = units_by_line[line.id]
        waiting = min(left, line.backordered + max(0, line.unpromised_units))
        line.backordered -= min(waiting, line.backordered)
        left -= waiting
        left -= _release(order, line, left, reserved, places, reduced, taken)
        _deallocate(order, line, left, places, taken)
        before_minor = line.total_minor
        cancel_units(line, units_by_line[line.id], credited.get(line.id, Goods()))
        taken.lines.append((line.id, -units_by_line[line.id], line.total_minor - before_minor))
    await reduce_reserved(tx, reduced)
    _cancel_empty(order)
    return taken


def cancel_units(line: Line, units: int, credited: Goods) -> None:
    """Their share of price, discount and tax goes with them, of what was not `credited` for units that came back. Those
    that stay are worth no less than before, each, and the last unit takes what rounding left.
    """
    goods = goods_of(line)
    going = goods.less(credited).part(units)
    line.canceled += units
    line.discount_minor = line.unit_price_minor * line.units - (goods.item_minor - going.item_minor)
    line.tax_minor -= going.tax_minor
    line.add_up()


class _Places:
    """Locked positions by SKU and location."""

    def __init__(self, positions: list[Position]) -> None:
        self._positions = {(each.sku, each.location_id): each for each in positions}

    def of(self, line: Line, location_id: UUID) -> Position:
        return self._positions[line.sku, location_id]


def _release(
    order: OrderSummary,
    line: Line,
    units: int,
    reserved: list[Reserved],
    places: _Places,
    reduced: dict[UUID, int],
    taken: TakenBack,
) -> int:
    """Answers how many it found."""
    found = 0
    for each in reserved:
        count = min(units - found, each.quantity) if each.order_line_id == line.id else 0
        if count:
            reduced[each.id] = count
            position = places.of(line, each.location_id)
            taken.movements.append(Movement(position, MovementKind.RELEASE, count, ("Order", order.id)))
            line.reserved -= count
            found += count
    return found


def _deallocate(order: OrderSummary, line: Line, units: int, places: _Places, taken: TakenBack) -> None:
    for request, requested in requested_of(order, line):
        count = min(units, requested.quantity)
        if count:
            position, reference = places.of(line, request.location_id), ("Order", order.id)
            taken.movements.append(Movement(position, MovementKind.DEALLOCATE, count, reference))
            taken.movements.append(Movement(position, MovementKind.RELEASE, count, reference))
            requested.quantity -= count
            line.allocated -= count
            units -= count


def requested_of(order: OrderSummary, line: Line) -> list[tuple[Fulfillment, FulfillmentLine]]:
    """Lines of fulfillment orders that have not begun."""
    return [
        (request, each)
        for request in order.fulfillments
        if request.status in NOT_BEGUN
        for each in request.lines
        if each.order_line_id == line.id
    ]


def _cancel_empty(order: OrderSummary) -> None:
    for request in order.fulfillments:
        if request.status in NOT_BEGUN and not any(each.quantity for each in request.lines):
            request.status = FULFILLMENT_LIFECYCLE.move(request.status, FulfillmentTrigger.CANCEL)
