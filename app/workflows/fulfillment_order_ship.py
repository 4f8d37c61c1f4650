"""fulfillmentOrderShip: picked units leave in a parcel. Its label is bought from a carrier, or comes from elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from app.domain.actions import require
from app.domain.commanded import FulfillmentOrderId, LineQuantity
from app.domain.fulfillment_lifecycle import FULFILLMENT_ACTIONS
from app.domain.order_summary import OrderSummary
from app.domain.refusals import RefusalCode, refuse
from app.stores.jobs import enqueue
from app.stores.orders import save_order
from app.stores.shipments import carrier_keys, load_place
from app.stores.transaction import Transaction
from app.workflows.command import Outcome
from app.workflows.fulfillment_units import load_fulfillment, meant_units
from app.workflows.labels import LABEL, carrier_of, later, step_of
from app.workflows.parcels import leave, make_parcel
from app.workflows.work import Outside, Work


@dataclass(frozen=True, slots=True, kw_only=True)
class FulfillmentOrderShip:
    fulfillment_order_id: FulfillmentOrderId
    lines: Sequence[LineQuantity] | None = None
    carrier: str | None = None
    service: str | None = None
    tracking_number: str | None = None
    expected_version: int | None = None


async def fulfillment_order_ship(tx: Transaction, command: FulfillmentOrderShip, work: Work) -> Outcome:
    order, fulfillment = await load_fulfillment(tx, command.fulfillment_order_id, command.expected_version)
    require(FULFILLMENT_ACTIONS, "fulfillmentOrderShip", order.fulfillment_facts(fulfillment))
    labeling = order.labeling(fulfillment)
    units = meant_units(
        order,
        fulfillment,
        command.lines,
        lambda part: part.picked - part.shipped - labeling[part.order_line_id],
        "picked and in no parcel yet",
    )
    parcel = make_parcel(order, fulfillment, units)
    parcel.service = command.service
    ids = {"fulfillmentOrder": fulfillment.id, "shipment": parcel.id}
    said = {"fulfillmentOrder": fulfillment.number, "units": sum(units.values())}
    if command.tracking_number is not None:
        parcel.tracking_number = _tracking_number(command.tracking_number)
        parcel.carrier_key = command.carrier and await _known_carrier(tx, command.carrier)
        jobs, facts = await leave(tx, order, parcel, work.routing)
        await save_order(tx, order, "shipment.labeled", {**facts, **said})
        await enqueue(tx, *jobs)
        return Outcome(ids)
    parcel.carrier_key = await _selling_carrier(tx, command.carrier, work.outside)
    await _require_addresses(tx, order, fulfillment.location_id)
    await save_order(tx, order, "shipment.created", {**said, "shipment": parcel.number, "carrier": parcel.carrier_key})
    step = step_of(LABEL, order, parcel)
    await enqueue(tx, later(step))
    return Outcome(ids, step=step)


def _tracking_number(given: str) -> str:
    """Raises Refused."""
    number = given.strip()
    if not number:
        message = "an empty tracking number is none; leave it out to have a label bought"
        raise refuse(RefusalCode.INVALID, message, "tracking_number")
    return number


async def _known_carrier(tx: Transaction, key: str) -> str:
    """Of a label from elsewhere: any carrier that the store knows. Raises Refused."""
    known = await carrier_keys(tx)
    if key not in known:
        raise refuse(RefusalCode.NOT_FOUND, f"no carrier is called {key}; {_choice(known)}", "carrier")
    return key


async def _selling_carrier(tx: Transaction, wanted: str | None, outside: Outside) -> str:
    """The one wanted, or the only one there is. Raises Refused."""
    selling = [key for key in await carrier_keys(tx) if carrier_of(outside, key)]
    if wanted is None and len(selling) == 1:
        return selling[0]
    if wanted in selling:
        return wanted
    if not selling:
        message = "no carrier is configured that sells labels; give the trackingNumber of a label from elsewhere"
        raise refuse(RefusalCode.REQUIRED, message, "tracking_number")
    if wanted is None:
        raise refuse(RefusalCode.REQUIRED, f"several carriers sell labels; {_choice(selling)}", "carrier")
    message = f"no carrier called {wanted} is configured to sell labels; {_choice(selling)}"
    raise refuse(RefusalCode.NOT_FOUND, message, "carrier")


def _choice(keys: Sequence[str]) -> str:
    return f"choose from {', '.join(keys)}" if keys else "none is configured"


async def _require_addresses(tx: Transaction, order: OrderSummary, location_id: UUID) -> None:
    """Raises Refused."""
    place = await load_place(tx, location_id)
    if place.address is None:
        message = f"location {place.key} has no address to ship from; give it one with locationUpsert"
        raise refuse(RefusalCode.REQUIRED, message, "fulfillment_order_id")
    if order.shipping_address is None:
        message = f"order {order.number} has no shipping address; give it one with orderEdit"
        raise refuse(RefusalCode.REQUIRED, message, "fulfillment_order_id")
