"""orderSubmit: a draft becomes an order, with all that placing one does."""

from dataclasses import dataclass

from app.domain.actions import require
from app.domain.commanded import OrderId
from app.domain.order_lifecycle import ORDER_ACTIONS, OrderTrigger
from app.stores.jobs import enqueue
from app.stores.orders import load_order, save_order
from app.stores.placement import find_products
from app.stores.stock import move_stock
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.order_intake import take_in
from app.workflows.order_place import findings_of, said_of
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSubmit:
    order_id: OrderId
    expected_version: int | None = None


async def order_submit(tx: Transaction, command: OrderSubmit, work: Work) -> Outcome:
    order = await load_order(tx, command.order_id, command.expected_version)
    require(ORDER_ACTIONS, "orderSubmit", order.facts)
    findings = findings_of(order, await find_products(tx, [line.sku for line in order.lines]))
    order.become(OrderTrigger.SUBMIT, tx.at)
    order.placed_at = tx.at
    intake = await take_in(tx, order, findings, shortage=work.policy.shortage)
    await save_order(tx, order, "order.placed", said_of(order, findings))
    await move_stock(tx, intake.movements)
    await enqueue(tx, *intake.jobs)
    return Outcome({"order": order.id})
