"""orderReleaseHold: releases a hold; with the last one gone the order goes on from where it was held."""

from dataclasses import dataclass

from app.domain.actions import require
from app.domain.commanded import HoldId, OrderId
from app.domain.fulfillment_lifecycle import FULFILLMENT_LIFECYCLE, FulfillmentTrigger
from app.domain.order import OrderStatus
from app.domain.order_lifecycle import ORDER_ACTIONS, OrderTrigger
from app.domain.order_summary import Fulfillment, OpenHold, OrderSummary
from app.domain.refusals import RefusalCode, refuse
from app.stores.jobs import Job, enqueue
from app.stores.orders import load_order, release_hold, save_order
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.order_progress import advance, job_to_route
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReleaseHold:
    order_id: OrderId
    hold_id: HoldId
    note: str | None = None
    expected_version: int | None = None


async def order_release_hold(tx: Transaction, command: OrderReleaseHold, _: Work) -> Outcome:
    order = await load_order(tx, command.order_id, command.expected_version)
    hold = next((each for each in order.holds if each.id == command.hold_id), None)
    if hold is None:
        require(ORDER_ACTIONS, "orderReleaseHold", order.facts)
        raise refuse(RefusalCode.NOT_FOUND, f"order {order.number} has no open hold of this id", "hold_id")
    await release_hold(tx, order, hold)
    said = {"reason": hold.reason, "note": command.note}
    if hold.fulfillment_order_id is not None:
        requested = resume_fulfillment(order, hold)
        await save_order(tx, order, "fulfillment_order.hold_released", {**said, "fulfillmentOrder": requested.number})
        return Outcome({"order": order.id})
    jobs = resume(tx, order)
    await save_order(tx, order, "order.hold_released", said)
    await enqueue(tx, *jobs)
    return Outcome({"order": order.id})


def resume(tx: Transaction, order: OrderSummary) -> list[Job]:
    """Where a hold of the order was released: back to where it was held, and on from there, if it was the last one."""
    if order.order_holds or order.status is not OrderStatus.ON_HOLD:
        return []
    order.become(OrderTrigger.RELEASE, tx.at, order.held_from or OrderStatus.PENDING)
    jobs = advance(tx, order)
    if order.status in (OrderStatus.CONFIRMED, OrderStatus.PROCESSING) and order.units("reserved") and not jobs:
        return [job_to_route(order)]
    return jobs


def resume_fulfillment(order: OrderSummary, hold: OpenHold) -> Fulfillment:
    requested = next(each for each in order.fulfillments if each.id == hold.fulfillment_order_id)
    if not any(each.fulfillment_order_id == requested.id for each in order.holds):
        requested.status = FULFILLMENT_LIFECYCLE.move(requested.status, FulfillmentTrigger.RELEASE)
    return requested
