"""orderCancel: cancels units that have not shipped, all of them or some, as an entry of the change ledger."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.actions import require
from app.domain.commanded import LineQuantity, OrderId
from app.domain.order import OrderChangeKind, OrderStatus
from app.domain.order_lifecycle import ORDER_ACTIONS, OrderTrigger
from app.domain.order_summary import OrderSummary
from app.domain.refusals import Refusal, RefusalCode, Refused
from app.stores.jobs import Job, enqueue
from app.stores.orders import load_order, record_change, save_order
from app.stores.stock import move_stock
from app.stores.transaction import Transaction
from app.workflows.backorders_fill import jobs_to_fill
from app.workflows.command import Outcome
from app.workflows.order_money import capture_for, give_back
from app.workflows.order_progress import advance
from app.workflows.order_units import cancelable_units, take_back
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCancel:
    order_id: OrderId
    reason: str
    lines: list[LineQuantity] | None = None
    expected_version: int | None = None


async def order_cancel(tx: Transaction, command: OrderCancel, _: Work) -> Outcome:
    order = await load_order(tx, command.order_id, command.expected_version)
    require(ORDER_ACTIONS, "orderCancel", order.facts)
    units = _wanted(order, command.lines)
    taken = await take_back(tx, order, units)
    is_whole = not any(line.units for line in order.lines)
    shipping_minor = order.shipping_minor if is_whole else 0
    order.shipping_minor -= shipping_minor
    change_id = record_change(
        tx, order, OrderChangeKind.CANCEL, command.reason, taken.lines, other_minor=-shipping_minor
    )
    if is_whole:
        is_draft = order.status is OrderStatus.DRAFT
        order.become(OrderTrigger.DISCARD if is_draft else OrderTrigger.CANCEL, tx.at)
    jobs: list[Job] = [*await capture_for(tx, order), *give_back(tx, order), *advance(tx, order)]
    event = "order.canceled" if is_whole else "order.units_canceled"
    await save_order(tx, order, event, {"reason": command.reason, "units": sum(units.values())})
    await move_stock(tx, taken.movements)
    await enqueue(tx, *jobs, *await jobs_to_fill(tx, (each.position.sku for each in taken.movements)))
    return Outcome({"order": order.id, "change": change_id})


def _wanted(order: OrderSummary, lines: list[LineQuantity] | None) -> dict[UUID, int]:
    """Units by line. Raises Refused with all that cannot be canceled."""
    asked: list[tuple[UUID, int, tuple[str, ...]]]
    if lines is None:
        asked = [(line.id, line.open_units, ("order_id",)) for line in order.lines if line.open_units]
    else:
        asked = [(each.order_line_id, each.quantity, ("lines", str(n))) for n, each in enumerate(lines)]
    wanted: dict[UUID, int] = {}
    refusals = []
    for line_id, units, path in asked:
        line = order.line(line_id)
        if line is None:
            message = f'order {order.number} has no line with the id "OrderLine:{line_id}"'
            refusals.append(Refusal(code=RefusalCode.NOT_FOUND, message=message, field=(*path, "order_line_id")))
            continue
        wanted[line_id] = wanted.get(line_id, 0) + units
        most = cancelable_units(line)
        if units < 1 or wanted[line_id] > most:
            message = f"{units} units of {line.sku} cannot be canceled: {_left(line.in_fulfillment, most)}"
            refusals.append(Refusal(code=RefusalCode.INVALID, message=message, field=path))
    if refusals:
        raise Refused(*refusals)
    return wanted


def _left(in_fulfillment: int, most: int) -> str:
    if in_fulfillment:
        return (
            f"{in_fulfillment} are being picked and packed, {most} are left;"
            " fulfillmentOrderMove or fulfillmentOrderReject takes them from their location first"
        )
    return f"{most} have not shipped"
