"""shipmentRecordEvent: what somebody knows of a parcel, and its carrier does not tell us."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from app.domain.actions import require
from app.domain.commanded import ShipmentId
from app.domain.fulfillment import ShipmentStatus
from app.domain.refusals import RefusalCode, refuse
from app.domain.shipment_lifecycle import REPORTABLE, SHIPMENT_ACTIONS
from app.domain.source import INTERNAL_SOURCE
from app.stores.orders import load_order
from app.stores.shipments import NewReport, order_of_shipment
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.policy import CLOCKS_DIFFER_BY
from app.workflows.shipment_reports import take_reports
from app.workflows.work import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentRecordEvent:
    shipment_id: ShipmentId
    status: ShipmentStatus
    at: datetime
    description: str | None = None
    city: str | None = None
    country: str | None = None


async def shipment_record_event(tx: Transaction, command: ShipmentRecordEvent, _: Work) -> Outcome:
    """The same one again changes nothing."""
    order = await load_order(tx, await order_of_shipment(tx, command.shipment_id))
    parcel = order.shipment(command.shipment_id)
    if parcel is None:
        raise AssertionError("it is of this order")
    require(SHIPMENT_ACTIONS, "shipmentRecordEvent", order.shipment_facts(parcel))
    _require_reportable(tx, command)
    await take_reports(tx, order, parcel, INTERNAL_SOURCE, [_report(command)])
    return Outcome({"shipment": parcel.id})


def _require_reportable(tx: Transaction, command: ShipmentRecordEvent) -> None:
    """Raises Refused."""
    if command.status not in REPORTABLE:
        message = f"{command.status} is not for a carrier to report; shipmentCancel calls a parcel off"
        raise refuse(RefusalCode.INVALID, message, "status")
    if command.at > tx.at + CLOCKS_DIFFER_BY:
        # It would be the latest report until then, whatever else is reported.
        raise refuse(RefusalCode.INVALID, "an event cannot be in the future", "at")


def _report(command: ShipmentRecordEvent) -> NewReport:
    identifying = f"{command.status}|{command.at.timestamp()}|{command.city}|{command.country}"
    return NewReport(
        external_id=hashlib.sha256(identifying.encode()).hexdigest()[:32],
        at=command.at,
        status=command.status,
        description=command.description or command.status.replace("_", " ").capitalize(),
        city=command.city,
        country=command.country,
    )
