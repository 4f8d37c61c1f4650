"""The step and job `shipment.label`: buys a parcel's label, once, whoever does it and however often.

What the carrier was asked is written down before it is asked. When no answer comes, the label is looked up by the
parcel's key, and bought again only when it must have been found by then.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.connectors.contract import SourceRefused, SourceThrottled, SourceUnavailable
from app.connectors.ports.carrier import Carrier, Label, RatedService
from app.connectors.ports.carrier import Parcel as CarrierParcel
from app.domain.actor import SYSTEM
from app.domain.fulfillment import ShipmentStatus
from app.domain.money import Money
from app.domain.order_summary import OrderSummary, Parcel
from app.domain.refusals import Refusal
from app.stores.exceptions import raise_exception, resolve_exception
from app.stores.jobs import enqueue
from app.stores.labels import StoredLabel, keep_label
from app.stores.orders import save_order
from app.stores.shipments import claim_label, load_place, weight_of
from app.workflows.job_kind import NotWorthRetrying
from app.workflows.labels import (
    CALL_TIMEOUT_S,
    LABEL,
    label_key,
    load_parcel,
    postal_address,
    refusals_of,
    require_decided,
    required_carrier,
)
from app.workflows.parcels import come_back, leave
from app.workflows.work import JobData, Work


@dataclass(frozen=True, slots=True)
class _Wish:
    """A label that is to be bought."""

    order_id: UUID
    shipment_id: UUID
    carrier_key: str
    service: str | None
    asked_at: datetime | None
    parcel: CarrierParcel

    @property
    def key(self) -> str:
        return label_key(self.shipment_id)


async def label_shipment(data: JobData, work: Work) -> Sequence[Refusal]:
    wish = await _look(data, work)
    if not isinstance(wish, _Wish):
        return wish
    carrier = required_carrier(work.outside, wish.carrier_key)
    deadline = time.monotonic() + CALL_TIMEOUT_S
    if wish.asked_at is not None:
        label = await carrier.find_label(wish.key, deadline=deadline)
        if label is not None:
            return await _record(data, work, carrier, label)
        async with work.writers.transaction(SYSTEM) as tx:
            require_decided(carrier, wish.carrier_key, wish.asked_at, tx.at)
    try:
        return await _buy(data, work, carrier, wish, deadline)
    except SourceRefused as refused:
        return await _refuse(data, work, refused.message)


async def _look(data: JobData, work: Work) -> _Wish | Sequence[Refusal]:
    """What came of it, where that is known already."""
    async with work.writers.transaction(SYSTEM) as tx:
        order, parcel = await load_parcel(tx, data)
        if parcel.status is not ShipmentStatus.CREATED or parcel.cancel_asked_at is not None:
            return _told(parcel)
        assert parcel.location_id is not None and parcel.carrier_key is not None  # noqa: S101, PT018 - made so
        place = await load_place(tx, parcel.location_id)
        if place.address is None or order.shipping_address is None:
            raise NotWorthRetrying(f"location {place.key} or order {order.number} has lost its address")
        here = postal_address(place.address, company=place.name)
        there = postal_address(order.shipping_address, company=order.contact_name)
        is_return = parcel.fulfillment_order_id is None
        return _Wish(
            order.id,
            parcel.id,
            parcel.carrier_key,
            parcel.service,
            parcel.label_asked_at,
            CarrierParcel(
                ship_from=there if is_return else here,
                ship_to=here if is_return else there,
                weight_g=await weight_of(tx, order, parcel),
                worth=_worth(order, parcel),
                is_return=is_return,
            ),
        )


def _worth(order: OrderSummary, parcel: Parcel) -> Money:
    return Money(sum(order.line_of(part).unit_price_minor * part.quantity for part in parcel.lines), order.currency)


async def _buy(data: JobData, work: Work, carrier: Carrier, wish: _Wish, deadline: float) -> Sequence[Refusal]:
    """The cheapest service, where none was asked for. Raises SourceFailure."""
    rated = None if wish.service else (await carrier.rate(wish.parcel, deadline=deadline))[0]
    service = wish.service or (rated.service if rated else "")
    async with work.writers.transaction(SYSTEM) as tx:
        asked_at = tx.at
        is_ours = await claim_label(
            tx, wish.order_id, wish.shipment_id, before=wish.asked_at, at=asked_at, service=service
        )
    if not is_ours:
        raise SourceUnavailable(wish.carrier_key, "the label is being bought, or was called off", retry_after_s=1)
    try:
        label = await carrier.buy_label(wish.key, wish.parcel, service, deadline=deadline)
    except SourceThrottled:
        # Nothing was bought, so nothing needs to be looked up before the next attempt.
        async with work.writers.transaction(SYSTEM) as tx:
            await claim_label(tx, wish.order_id, wish.shipment_id, before=asked_at, at=wish.asked_at, service=service)
        raise
    return await _record(data, work, carrier, label, rated)


async def _record(
    data: JobData, work: Work, carrier: Carrier, label: Label, rated: RatedService | None = None
) -> Sequence[Refusal]:
    async with work.writers.transaction(SYSTEM) as tx:
        order, parcel = await load_parcel(tx, data)
        if parcel.status is ShipmentStatus.CREATED:
            cost = label.cost or (rated and rated.cost)
            parcel.tracking_number, parcel.tracking_url = label.tracking_number, label.tracking_url
            image = StoredLabel(label.image.media_type, label.image.content)
            parcel.label_url = await keep_label(tx, parcel.id, image, carrier_reference=label.carrier_reference)
            parcel.cost_minor, parcel.currency = (cost.minor, cost.currency) if cost else (None, None)
            parcel.service = rated.name if rated else parcel.service
            parcel.estimated_delivery_at = rated.estimated_delivery_at if rated else None
            jobs, said = await leave(tx, order, parcel, work.routing)
            if any(each.refused_because for each in order.shipments):
                await resolve_exception(tx, order.id, category=LABEL)
            await save_order(tx, order, "shipment.labeled", said)
            await enqueue(tx, *jobs)
            return []
    if parcel.status is ShipmentStatus.CANCELED:
        # It was called off when nobody could find this label.
        await carrier.void_label(
            label_key(parcel.id), label.carrier_reference, deadline=time.monotonic() + CALL_TIMEOUT_S
        )
    return _told(parcel)


def _told(parcel: Parcel) -> Sequence[Refusal]:
    return refusals_of(parcel) if parcel.status is ShipmentStatus.CANCELED else []


async def _refuse(data: JobData, work: Work, because: str) -> Sequence[Refusal]:
    """The carrier does not take it: the parcel is called off, and its units wait to be shipped in another way."""
    async with work.writers.transaction(SYSTEM) as tx:
        order, parcel = await load_parcel(tx, data)
        if parcel.status is ShipmentStatus.CREATED:
            parcel.refused_because = because
            await come_back(tx, order, parcel)
            message = f"{parcel.carrier_key} did not take shipment {parcel.number}: {because}"
            action = "returnApprove" if parcel.fulfillment_order_id is None else "fulfillmentOrderShip"
            await raise_exception(tx, order.id, category=LABEL, message=message, suggested_action=action, attempts=1)
            await save_order(tx, order, "shipment.refused", {"shipment": parcel.number, "reason": because})
    return _told(parcel)
