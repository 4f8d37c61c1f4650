"""The scheduled job `shipments.track`: asks carriers for news of every parcel under way, and takes in what is new."""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

import structlog

from app.connectors.contract import SourceFailure, SourceGarbled
from app.connectors.ports.carrier import CarrierEvent, TrackingAlerts, TrackingRecord, TrackingSource
from app.domain.actor import SYSTEM
from app.stores.orders import load_order
from app.stores.shipments import NewReport, Tracked, known_reports, record_alerts, take_due
from app.stores.transaction import Transaction
from app.workflows.shipment_reports import take_reports
from app.workflows.work import JobData, Outside, Work

log = structlog.get_logger("junction.shipments")

TRACK = "shipments.track"
EVERY_S = 300.0
ASK_AGAIN_AFTER = timedelta(minutes=30)
ASK_ALERTED_AGAIN_AFTER = timedelta(hours=6)
"""Ours: an alert that is lost is made good the same day."""
ASKED_FOR = timedelta(days=120)
"""Ours: as long as UPS remembers a parcel (Tracking.yaml, read 2026-11). Labels that are never used would be asked for
for good, and carriers use their numbers again.
"""
BATCH_MAX = 100
CALL_TIMEOUT_S = 30.0
ROUNDS_MAX = 20
"""Batches of one run; the next run goes on with those that waited longest."""


async def track_shipments(_: JobData, work: Work) -> None:
    for _round in range(ROUNDS_MAX):
        async with work.writers.transaction(SYSTEM) as tx:
            due = await take_due(
                tx,
                not_since=tx.at - ASK_AGAIN_AFTER,
                alerted_not_since=tx.at - ASK_ALERTED_AGAIN_AFTER,
                made_since=tx.at - ASKED_FOR,
                limit=BATCH_MAX,
            )
        for key in sorted({each.carrier_key for each in due}):
            await _ask(key, [each for each in due if each.carrier_key == key], work)
        if len(due) < BATCH_MAX:
            return


async def _ask(key: str, due: Sequence[Tracked], work: Work) -> None:
    """One carrier's trouble is not the others'; its parcels are asked for again in their turn."""
    source = _tracking(work.outside, key)
    if source is None:
        return
    numbers = [each.tracking_number for each in due]
    try:
        found = await _told(source, numbers)
    except SourceFailure as failure:
        log.warning("carrier_not_asked", source=key, shipments=len(due), reason=failure.message)
        return
    for each, news in await _news(due, found, work):
        async with work.writers.transaction(SYSTEM) as tx:
            await take_record(tx, each, news)
    await _subscribe(key, [each for each in due if not each.is_alerted], work)


async def _told(source: TrackingSource, numbers: Sequence[str]) -> Mapping[str, TrackingRecord | None]:
    """An answer that cannot be read keeps its own parcel alone from its news. Raises SourceFailure."""
    try:
        return await source.track(numbers, deadline=time.monotonic() + CALL_TIMEOUT_S)
    except SourceGarbled:
        if len(numbers) == 1:
            raise
    found: dict[str, TrackingRecord | None] = {}
    for number in numbers:
        # One after the other: should they all be garbled, the open circuit soon ends it.
        with suppress(SourceGarbled):
            found |= await source.track([number], deadline=time.monotonic() + CALL_TIMEOUT_S)
    return found


async def _subscribe(key: str, unalerted: Sequence[Tracked], work: Work) -> None:
    """After the parcels were asked for: a carrier tells by itself only what comes from then on."""
    connector = work.outside[key]
    if not unalerted or not isinstance(connector, TrackingAlerts):
        return
    numbers = [each.tracking_number for each in unalerted]
    try:
        accepted = await connector.alert(numbers, deadline=time.monotonic() + CALL_TIMEOUT_S)
    except SourceFailure as failure:
        log.warning("carrier_not_subscribed", source=key, shipments=len(numbers), reason=failure.message)
        return
    subscribed = [each.shipment_id for each in unalerted if each.tracking_number in accepted]
    if subscribed:
        async with work.writers.transaction(SYSTEM) as tx:
            await record_alerts(tx, subscribed, until=tx.at + connector.alerts_last)


def _tracking(outside: Outside, key: str) -> TrackingSource | None:
    try:
        connector = outside[key]
    except KeyError:
        return None
    return connector if isinstance(connector, TrackingSource) else None


async def _news(
    due: Sequence[Tracked], found: Mapping[str, TrackingRecord | None], work: Work
) -> list[tuple[Tracked, TrackingRecord]]:
    """Of parcels of which something new is told, an event or a date: the others' orders need not be locked."""
    async with work.writers.transaction(SYSTEM) as tx:
        known = await known_reports(tx, [each.shipment_id for each in due])
    return [
        (each, record)
        for each in due
        if (record := found.get(each.tracking_number)) is not None
        and (_ids(record) - known[each.shipment_id] or _has_another_date(record, each))
    ]


def _has_another_date(record: TrackingRecord, tracked: Tracked) -> bool:
    return record.estimated_delivery_at not in (None, tracked.estimated_delivery_at)


async def take_record(tx: Transaction, tracked: Tracked, record: TrackingRecord) -> None:
    """What is known of it already changes nothing."""
    order = await load_order(tx, tracked.order_id)
    parcel = order.shipment(tracked.shipment_id)
    if parcel is not None:
        told = [_report(event) for event in record.events]
        estimate = record.estimated_delivery_at
        await take_reports(tx, order, parcel, tracked.carrier_key, told, estimated_delivery_at=estimate)


def _ids(record: TrackingRecord) -> set[str]:
    return {event.external_event_id for event in record.events}


def _report(event: CarrierEvent) -> NewReport:
    return NewReport(
        external_id=event.external_event_id,
        at=event.at,
        status=event.status,
        description=event.description,
        city=event.city,
        country=event.country,
    )
