"""fulfillmentOrderPick: units are found and taken from the shelf."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.domain.actions import require
from app.domain.commanded import FulfillmentOrderId, LineQuantity
from app.domain.fulfillment_lifecycle import FULFILLMENT_ACTIONS, FULFILLMENT_LIFECYCLE, FulfillmentTrigger
from app.stores.orders import save_order
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.fulfillment_units import load_fulfillment, meant_units
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfillmentOrderPick:
    fulfillment_order_id: FulfillmentOrderId
    lines: Sequence[LineQuantity] | None = None
    expected_version: int | None = None


async def fulfillment_order_pick(tx: Transaction, command: FulfillmentOrderPick, _: Work) -> Outcome:
    """Each call tells what was found on one walk; what is never picked is missing (docs/fulfillment.md)."""
    order, fulfillment = await load_fulfillment(tx, command.fulfillment_order_id, command.expected_version)
    require(FULFILLMENT_ACTIONS, "fulfillmentOrderPick", order.fulfillment_facts(fulfillment))
    units = meant_units(order, fulfillment, command.lines, lambda part: part.quantity - part.picked, "left to pick")
    fulfillment.status = FULFILLMENT_LIFECYCLE.move(fulfillment.status, FulfillmentTrigger.PICK)
    for part in fulfillment.lines:
        part.picked += units.get(part.order_line_id, 0)
    said = {"fulfillmentOrder": fulfillment.number, "units": sum(units.values())}
    await save_order(tx, order, "fulfillment_order.picked", said)
    return Outcome({"fulfillmentOrder": fulfillment.id})
