"""fulfillmentOrderMove: another location is asked for what has not left."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.actions import require
from app.domain.commanded import FulfillmentOrderId
from app.domain.fulfillment import FulfillmentOrderStatus
from app.domain.fulfillment_lifecycle import FULFILLMENT_ACTIONS, FULFILLMENT_LIFECYCLE, FulfillmentTrigger
from app.domain.ids import new_id
from app.domain.inventory import MovementKind
from app.domain.order_summary import Fulfillment, FulfillmentLine, OrderSummary
from app.domain.refusals import InsufficientStock, RefusalCode, Refused, refuse
from app.stores.orders import release_hold, save_order
from app.stores.stock import Movement, Position, lock_positions, move_stock
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.fulfillment_units import let_go, load_fulfillment
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfillmentOrderMove:
    fulfillment_order_id: FulfillmentOrderId
    to_location_key: str
    expected_version: int | None = None


async def fulfillment_order_move(tx: Transaction, command: FulfillmentOrderMove, _: Work) -> Outcome:
    """Answers with the fulfillment order at the other location."""
    order, fulfillment = await load_fulfillment(tx, command.fulfillment_order_id, command.expected_version)
    require(FULFILLMENT_ACTIONS, "fulfillmentOrderMove", order.fulfillment_facts(fulfillment))
    to_id = await _location(tx, fulfillment, command.to_location_key)
    units = {part.order_line_id: part.quantity - part.shipped for part in fulfillment.lines}
    units = {line_id: left for line_id, left in units.items() if left}
    positions = await lock_positions(tx, [line.sku for line in order.lines if line.id in units])
    there = {each.sku: each for each in positions if each.location_id == to_id}
    _require_stock(order, units, there, command.to_location_key)
    movements = let_go(order, fulfillment, positions)
    for hold in [each for each in order.holds if each.fulfillment_order_id == fulfillment.id]:
        await release_hold(tx, order, hold)
    asked = _ask(order, fulfillment, to_id, units)
    for line in order.lines:
        if left := units.get(line.id):
            line.allocated += left
            reference = ("Order", order.id)
            movements.append(Movement(there[line.sku], MovementKind.RESERVE, left, reference))
            movements.append(Movement(there[line.sku], MovementKind.ALLOCATE, left, reference))
    said = {"fulfillmentOrder": fulfillment.number, "to": command.to_location_key, "movedTo": asked.number}
    await save_order(tx, order, "fulfillment_order.moved", said)
    await move_stock(tx, movements)
    return Outcome({"fulfillmentOrder": asked.id})


async def _location(tx: Transaction, fulfillment: Fulfillment, key: str) -> UUID:
    """Raises Refused."""
    location_id: UUID | None = await tx.value("SELECT id FROM locations WHERE key = $1", key)
    if location_id is None:
        raise refuse(RefusalCode.NOT_FOUND, f"there is no location {key}", "to_location_key")
    if location_id == fulfillment.location_id:
        raise refuse(RefusalCode.INVALID, f"{fulfillment.number} is at {key} already", "to_location_key")
    return location_id


def _require_stock(order: OrderSummary, units: dict[UUID, int], there: dict[str, Position], key: str) -> None:
    """Lines of one SKU share what is there. Raises Refused."""
    wanted: dict[str, int] = {}
    for line in order.lines:
        wanted[line.sku] = wanted.get(line.sku, 0) + units.get(line.id, 0)
    missing = []
    for sku, count in wanted.items():
        available = there[sku].available_to_fulfill if sku in there else 0
        if available < count:
            message = f"{sku}: {count} wanted, {available} available at {key}; choose another location"
            path = ("to_location_key",)
            missing.append(
                InsufficientStock(message=message, field=path, sku=sku, requested=count, available=available)
            )
    if missing:
        raise Refused(*missing)


def _ask(order: OrderSummary, fulfillment: Fulfillment, location_id: UUID, units: dict[UUID, int]) -> Fulfillment:
    """Ends the one, and makes the other."""
    is_scheduled = fulfillment.status is FulfillmentOrderStatus.SCHEDULED
    has_begun = fulfillment.status is FulfillmentOrderStatus.IN_PROGRESS
    has_shipped = any(part.shipped for part in fulfillment.lines)
    ended = FulfillmentOrderStatus.INCOMPLETE if has_begun and has_shipped else FulfillmentOrderStatus.CANCELED
    fulfillment.status = FULFILLMENT_LIFECYCLE.move(fulfillment.status, FulfillmentTrigger.MOVE, ended)
    trigger = FulfillmentTrigger.SCHEDULE if is_scheduled else FulfillmentTrigger.REQUEST
    asked = Fulfillment(
        id=new_id(),
        version=1,
        number=f"{order.number}-F{len(order.fulfillments) + 1}",
        status=FULFILLMENT_LIFECYCLE.move(None, trigger),
        location_id=location_id,
        fulfill_by=fulfillment.fulfill_by,
        opens_at=fulfillment.opens_at,
        lines=[FulfillmentLine(id=new_id(), order_line_id=line_id, quantity=left) for line_id, left in units.items()],
    )
    order.fulfillments.append(asked)
    return asked
