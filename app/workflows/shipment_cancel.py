"""shipmentCancel: calls a parcel off before the carrier has it, and has its label voided."""

from dataclasses import dataclass

from app.domain.actions import require
from app.domain.commanded import ShipmentId
from app.domain.shipment_lifecycle import SHIPMENT_ACTIONS
from app.stores.jobs import enqueue
from app.stores.labels import carrier_reference
from app.stores.orders import load_order, save_order
from app.stores.shipments import order_of_shipment
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.labels import VOID, later, step_of
from app.workflows.parcels import come_back
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentCancel:
    shipment_id: ShipmentId
    reason: str | None = None


async def shipment_cancel(tx: Transaction, command: ShipmentCancel, _: Work) -> Outcome:
    order = await load_order(tx, await order_of_shipment(tx, command.shipment_id))
    parcel = order.shipment(command.shipment_id)
    if parcel is None:
        raise AssertionError("it is of this order")
    require(SHIPMENT_ACTIONS, "shipmentCancel", order.shipment_facts(parcel))
    said = {"shipment": parcel.number, "reason": command.reason}
    if parcel.label_asked_at is None and await carrier_reference(tx, parcel.id) is None:
        # If there is a label, it was printed elsewhere, and is for whoever printed it.
        await come_back(tx, order, parcel)
        await save_order(tx, order, "shipment.canceled", said)
        return Outcome({"shipment": parcel.id})
    step = step_of(VOID, order, parcel)
    if parcel.cancel_asked_at is None:
        parcel.cancel_asked_at, parcel.refused_because = tx.at, None
        await save_order(tx, order, "shipment.cancel_requested", said)
    await enqueue(tx, later(step))
    return Outcome({"shipment": parcel.id}, step=step)
