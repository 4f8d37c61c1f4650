"""orderHold: stops an order for a named reason."""

from dataclasses import dataclass

from app.domain.actions import require
from app.domain.commanded import OrderId
from app.domain.order import HoldReason, OrderStatus
from app.domain.order_lifecycle import ORDER_ACTIONS, OrderTrigger
from app.stores.orders import load_order, place_hold, save_order
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderHold:
    order_id: OrderId
    reason: HoldReason
    note: str | None = None
    expected_version: int | None = None


async def order_hold(tx: Transaction, command: OrderHold, _: Work) -> Outcome:
    order = await load_order(tx, command.order_id, command.expected_version)
    require(ORDER_ACTIONS, "orderHold", order.facts)
    hold = place_hold(tx, order, command.reason, command.note)
    if order.status is not OrderStatus.ON_HOLD:
        order.become(OrderTrigger.HOLD, tx.at)
    await save_order(tx, order, "order.held", {"reason": command.reason, "note": command.note})
    return Outcome({"order": order.id, "hold": hold.id})
