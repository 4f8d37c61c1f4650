"""A parcel's tracking, live from the carrier that moves it: all parcels of a page at once, carriers side by side."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Text, cast, func

from app.connectors.ports.carrier import TrackingRecord
from app.connectors.reads import Tracking
from app.domain.fulfillment import ShipmentStatus
from app.domain.shipment_lifecycle import Report, shipment_status
from app.execution.errors import SourceFailed
from app.execution.rows import Row
from app.models import Shipment
from app.resolvers.context import Context, Identity
from app.resolvers.live import SourceReading, ask, failure, statuses

PARCEL: ColumnElement[str] = cast(func.jsonb_build_array(Shipment.carrier_key, Shipment.tracking_number), Text)
"""What the carrier has to be asked, as JSON: its key and its number."""
_PARCEL = msgspec.json.Decoder(tuple[str | None, str | None])


async def of_shipments(
    parcels: Sequence[str], arguments: Mapping[str, Any], context: Context
) -> list[dict[str, Any] | SourceFailed | None]:
    numbers = [_number(*_PARCEL.decode(parcel)) for parcel in parcels]
    readings = await ask(numbers, Tracking(), arguments.get("max_age"), context)
    return [_tracking(each, context) for each in readings]


def _number(carrier_key: str | None, tracking_number: str | None) -> list[Identity]:
    return [(carrier_key, tracking_number)] if carrier_key and tracking_number else []


def _tracking(readings: Sequence[SourceReading], context: Context) -> dict[str, Any] | SourceFailed | None:
    """None where no carrier can be asked, or the one that was does not know the parcel."""
    failed = failure(readings, context)
    if failed is not None:
        return failed
    told = [(each.source, each.reading.value) for each in readings if each.reading.value is not None]
    return {**_told(*told[0]), "sources": statuses(readings)} if told else None


def _told(source: Row, record: TrackingRecord) -> dict[str, Any]:
    reports = [Report(event.at, event.status) for event in record.events]
    return {
        "status": shipment_status(ShipmentStatus.LABEL_PURCHASED, reports),
        "events": [
            Row(
                "TrackingEvent",
                {
                    "at": event.at,
                    "status": event.status,
                    "description": event.description,
                    "city": event.city,
                    "country": event.country,
                    "source_key": source.values["key"],
                },
            )
            for event in record.events
        ],
        "estimatedDeliveryAt": record.estimated_delivery_at,
    }
