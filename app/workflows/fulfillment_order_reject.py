"""fulfillmentOrderReject: a location declines what it was asked for, or gives up what it cannot supply of it."""

from dataclasses import dataclass

from app.domain.actions import require
from app.domain.commanded import FulfillmentOrderId
from app.domain.fulfillment import FulfillmentOrderStatus
from app.domain.fulfillment_lifecycle import FULFILLMENT_ACTIONS, FulfillmentTrigger
from app.stores.orders import save_order
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.fulfillment_units import load_fulfillment, route_elsewhere
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfillmentOrderReject:
    fulfillment_order_id: FulfillmentOrderId
    reason: str
    expected_version: int | None = None


async def fulfillment_order_reject(tx: Transaction, command: FulfillmentOrderReject, work: Work) -> Outcome:
    """REJECTED where nothing has begun, else INCOMPLETE: what has left stays, the rest is routed elsewhere."""
    order, fulfillment = await load_fulfillment(tx, command.fulfillment_order_id, command.expected_version)
    require(FULFILLMENT_ACTIONS, "fulfillmentOrderReject", order.fulfillment_facts(fulfillment))
    has_begun = fulfillment.status is FulfillmentOrderStatus.IN_PROGRESS
    trigger = FulfillmentTrigger.FALL_SHORT if has_begun else FulfillmentTrigger.REJECT
    routed = await route_elsewhere(tx, order, fulfillment, work.routing, trigger)
    event = "fulfillment_order.incomplete" if has_begun else "fulfillment_order.rejected"
    said = {"fulfillmentOrder": fulfillment.number, "reason": command.reason}
    await save_order(tx, order, event, {**routed, **said})
    return Outcome({"fulfillmentOrder": fulfillment.id})
