"""fulfillmentOrderAccept: a location begins with what it was asked for."""

from dataclasses import dataclass

from app.domain.actions import require
from app.domain.commanded import FulfillmentOrderId
from app.domain.fulfillment_lifecycle import FULFILLMENT_ACTIONS, FULFILLMENT_LIFECYCLE, FulfillmentTrigger
from app.stores.orders import save_order
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.fulfillment_units import count_begun, load_fulfillment
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfillmentOrderAccept:
    fulfillment_order_id: FulfillmentOrderId
    expected_version: int | None = None


async def fulfillment_order_accept(tx: Transaction, command: FulfillmentOrderAccept, _: Work) -> Outcome:
    order, fulfillment = await load_fulfillment(tx, command.fulfillment_order_id, command.expected_version)
    require(FULFILLMENT_ACTIONS, "fulfillmentOrderAccept", order.fulfillment_facts(fulfillment))
    for part in fulfillment.lines:
        count_begun(order, fulfillment, part, -part.quantity)
    fulfillment.status = FULFILLMENT_LIFECYCLE.move(fulfillment.status, FulfillmentTrigger.ACCEPT)
    for part in fulfillment.lines:
        count_begun(order, fulfillment, part, part.quantity)
    await save_order(tx, order, "fulfillment_order.accepted", {"fulfillmentOrder": fulfillment.number})
    return Outcome({"fulfillmentOrder": fulfillment.id})
