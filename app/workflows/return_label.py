"""The parcel that brings a return back. Its label is bought and voided as any other, from the customer to us."""

from collections import Counter
from uuid import UUID

from app.domain.fulfillment import ShipmentStatus
from app.domain.ids import new_id
from app.domain.loaded_return import LoadedReturn
from app.domain.order_summary import OrderSummary, Parcel, ParcelLine
from app.domain.refusals import RefusalCode, refuse
from app.domain.return_lifecycle import RETURN_LIFECYCLE, ReturnTrigger
from app.domain.shipment_lifecycle import MOVING, SHIPMENT_LIFECYCLE, ShipmentTrigger
from app.stores.exceptions import raise_exception
from app.stores.returns import add_return, return_of_parcel
from app.stores.shipments import carrier_keys, load_place
from app.stores.transaction import Transaction
from app.workflows.command import Step
from app.workflows.labels import LABEL, VOID, carrier_of, step_of
from app.workflows.parcels import come_back
from app.workflows.work import Outside

FIELD = "buy_label"
LOST = "return.lost"
SENT = frozenset({*MOVING, ShipmentStatus.DELIVERED})
"""The carrier has the parcel, or had it."""


async def ask_for_label(tx: Transaction, order: OrderSummary, returned: LoadedReturn, outside: Outside) -> Step:
    """The parcel is saved with the order. It goes back to where the goods came from. Raises Refused."""
    before = order.shipment(returned.shipment_id) if returned.shipment_id else None
    if before is not None and before.status is not ShipmentStatus.CANCELED:
        message = f"return {returned.number} has its label: it is shipment {before.number}"
        raise refuse(RefusalCode.ALREADY_DONE, message, FIELD)
    came = _outgoing(order, returned)
    parcel = Parcel(
        id=new_id(),
        number=f"{order.number}-S{len(order.shipments) + 1}",
        status=SHIPMENT_LIFECYCLE.move(None, ShipmentTrigger.CREATE),
        fulfillment_order_id=None,
        location_id=await _destination(tx, order, came),
        carrier_key=await _carrier(tx, came, outside),
        lines=_contents(returned),
    )
    order.shipments.append(parcel)
    returned.shipment_id = parcel.id
    return step_of(LABEL, order, parcel)


async def call_off_label(tx: Transaction, order: OrderSummary, returned: LoadedReturn) -> Step | None:
    """Has the carrier void it, as long as nobody has brought the parcel there."""
    parcel = order.shipment(returned.shipment_id) if returned.shipment_id else None
    if parcel is None or not SHIPMENT_LIFECYCLE.can(parcel.status, ShipmentTrigger.CANCEL):
        return None
    if parcel.label_asked_at is None:
        await come_back(tx, order, parcel)
        return None
    parcel.cancel_asked_at, parcel.refused_because = tx.at, None
    return step_of(VOID, order, parcel)


async def sent_with(tx: Transaction, order: OrderSummary, parcel: Parcel) -> LoadedReturn | None:
    """The return that is on its way since the carrier has this parcel: saved with the order, to be told after it.

    Of one that the carrier lost somebody has to decide who bears that.
    """
    if parcel.status is ShipmentStatus.LOST:
        message = f"shipment {parcel.number}, which brings a return back, is lost; returnCancel ends the return"
        action = "returnCancel"
        await raise_exception(tx, order.id, category=LOST, message=message, suggested_action=action, attempts=1)
    if parcel.status not in SENT:
        return None
    returned = await return_of_parcel(tx, parcel.id)
    if returned is None or not RETURN_LIFECYCLE.can(returned.status, ReturnTrigger.SEND):
        return None
    returned.become(order, ReturnTrigger.SEND, tx.at)
    add_return(order, returned)
    return returned


def _outgoing(order: OrderSummary, returned: LoadedReturn) -> Parcel:
    """The newest that brought some of it."""
    lines = {each.order_line_id for each in returned.lines}
    return next(
        parcel
        for parcel in reversed(order.shipments)
        if parcel.fulfillment_order_id is not None and lines & {each.order_line_id for each in parcel.lines}
    )


async def _destination(tx: Transaction, order: OrderSummary, came: Parcel) -> UUID:
    """Raises Refused."""
    if came.location_id is None or order.shipping_address is None:
        raise refuse(RefusalCode.REQUIRED, f"order {order.number} does not say where its goods are", FIELD)
    place = await load_place(tx, came.location_id)
    if place.address is None:
        message = f"location {place.key} has no address to send goods back to; give it one with locationUpsert"
        raise refuse(RefusalCode.REQUIRED, message, FIELD)
    return came.location_id


async def _carrier(tx: Transaction, came: Parcel, outside: Outside) -> str:
    """The one that brought the goods, else the first that there is. Raises Refused."""
    for key in (came.carrier_key, *await carrier_keys(tx)):
        if key is not None and carrier_of(outside, key):
            return key
    raise refuse(RefusalCode.INVALID, "no carrier is configured that sells labels", FIELD)


def _contents(returned: LoadedReturn) -> list[ParcelLine]:
    units: Counter[UUID] = Counter()
    for line in returned.lines:
        units[line.order_line_id] += line.quantity
    return [ParcelLine(id=new_id(), order_line_id=line_id, quantity=count) for line_id, count in units.items()]
