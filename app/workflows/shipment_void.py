"""The step and job `shipment.void`: has the label of a parcel that is called off voided, then takes its units back."""

import time
from collections.abc import Sequence

from app.connectors.contract import SourceRefused, SourceUnavailable
from app.connectors.ports.carrier import Carrier
from app.domain.actor import SYSTEM
from app.domain.fulfillment import ShipmentStatus
from app.domain.order_summary import Parcel
from app.domain.refusals import Refusal
from app.domain.shipment_lifecycle import SHIPMENT_LIFECYCLE, ShipmentTrigger
from app.stores.jobs import enqueue
from app.stores.labels import carrier_reference, forget_label
from app.stores.orders import save_order
from app.workflows.labels import (
    CALL_TIMEOUT_S,
    LABEL,
    label_key,
    later,
    load_parcel,
    refusals_of,
    require_decided,
    required_carrier,
    step_of,
)
from app.workflows.parcels import come_back
from app.workflows.work import JobData, Work


async def void_shipment(data: JobData, work: Work) -> Sequence[Refusal]:
    async with work.writers.transaction(SYSTEM) as tx:
        _, parcel = await load_parcel(tx, data)
        reference = await carrier_reference(tx, parcel.id)
    if parcel.cancel_asked_at is None or not SHIPMENT_LIFECYCLE.can(parcel.status, ShipmentTrigger.CANCEL):
        return _told(parcel)
    carrier = required_carrier(work.outside, parcel.carrier_key)
    deadline = time.monotonic() + CALL_TIMEOUT_S
    key = label_key(parcel.id)
    reference = reference or await _bought(work, carrier, parcel, deadline)
    if reference is None:
        return await _cancel(data, work, has_label=False)
    try:
        voided = await carrier.void_label(key, reference, deadline=deadline)
    except SourceRefused as refused:
        return await _refuse(data, work, refused.message)
    if voided.is_void:
        return await _cancel(data, work, has_label=True)
    return await _refuse(data, work, f"{parcel.carrier_key} did not void the label: {voided.reason}")


async def _bought(work: Work, carrier: Carrier, parcel: Parcel, deadline: float) -> str | None:
    """By what the carrier knows a label that was asked for; None where none was sold. Raises SourceFailure."""
    assert parcel.carrier_key is not None and parcel.label_asked_at is not None  # noqa: S101, PT018 - else no step
    label = await carrier.find_label(label_key(parcel.id), deadline=deadline)
    if label is not None:
        return label.carrier_reference
    async with work.writers.transaction(SYSTEM) as tx:
        require_decided(carrier, parcel.carrier_key, parcel.label_asked_at, tx.at)
    return None


async def _cancel(data: JobData, work: Work, *, has_label: bool) -> Sequence[Refusal]:
    async with work.writers.transaction(SYSTEM) as tx:
        order, parcel = await load_parcel(tx, data)
        if not SHIPMENT_LIFECYCLE.can(parcel.status, ShipmentTrigger.CANCEL):
            return _told(parcel)
        if parcel.status is ShipmentStatus.LABEL_PURCHASED and not has_label:
            # Its label has come after all.
            raise SourceUnavailable(str(parcel.carrier_key), "the label was sold in the meantime", retry_after_s=1)
        await come_back(tx, order, parcel)
        parcel.label_url = None
        await forget_label(tx, parcel.id)
        await save_order(tx, order, "shipment.canceled", {"shipment": parcel.number})
    return []


async def _refuse(data: JobData, work: Work, because: str) -> Sequence[Refusal]:
    """The parcel goes on as if nobody had called it off."""
    async with work.writers.transaction(SYSTEM) as tx:
        order, parcel = await load_parcel(tx, data)
        if parcel.cancel_asked_at is not None:
            parcel.cancel_asked_at, parcel.refused_because = None, because
            await save_order(tx, order, "shipment.cancel_refused", {"shipment": parcel.number, "reason": because})
            if parcel.status is ShipmentStatus.CREATED:
                await enqueue(tx, later(step_of(LABEL, order, parcel)))
    return _told(parcel)


def _told(parcel: Parcel) -> Sequence[Refusal]:
    return [] if parcel.status is ShipmentStatus.CANCELED else refusals_of(parcel)
