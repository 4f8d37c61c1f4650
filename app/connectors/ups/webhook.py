"""UPS's track alerts: which are true, and what they say of a parcel.

There is no signature. UPS shows the credential that was registered with it for the webhook, as a Bearer token; it does
not change with the message, so an alert is only as true as the credential is secret (UPSTrackAlert.yaml, read 2026-11).
"""

import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec

from app.connectors.contract import SourceInfo
from app.connectors.manifest import Manifest
from app.connectors.ports.carrier import CarrierEvent, TrackingRecord
from app.connectors.ports.webhook import Delivery, Unauthentic, Unreadable
from app.connectors.source_config import SourceConfig
from app.connectors.transport import SourceTransport
from app.connectors.ups.activities import Activity, Address, Location, Object, Status, carrier_event
from app.connectors.ups.api import Api
from app.domain.fulfillment import ShipmentStatus

SENDER = "UPSPubSubTrackingService"
OUT_FOR_DELIVERY = "OT"
"""Alerts lack the status code that says so in Tracking: UPSTrackAlert.yaml, first example of the webhook."""


class AlertLocation(Object):
    city: str | None = None
    country: str | None = None


class Alert(Object):
    tracking_number: str
    activity_status: Status
    local_activity_date: str
    local_activity_time: str
    activity_location: AlertLocation = msgspec.field(default_factory=AlertLocation)
    gmt_activity_date: str | None = None
    gmt_activity_time: str | None = None
    gmt_offset: str | None = None
    actual_delivery_date: str | None = None
    """Blank until the parcel is delivered."""


class Webhooks(Api):
    def __init__(self, info: SourceInfo, config: SourceConfig, manifest: Manifest, transport: SourceTransport) -> None:
        super().__init__(info, config, manifest, transport)
        self._credential = config.settings.get("webhook_credential", "")

    def receive(self, headers: Mapping[str, str], body: bytes, *, at: datetime) -> Delivery:
        if not self._credential:
            raise Unauthentic("webhook_credential is not configured, so nothing that UPS sends can be trusted")
        expected = f"Bearer {self._credential}".encode()
        if not hmac.compare_digest(headers.get("Authorization", "").encode(), expected):
            raise Unauthentic("the credential is missing or wrong")
        if headers.get("User-Agent", "") != SENDER:
            raise Unauthentic(f"the sender does not call itself {SENDER}")
        try:
            alert = msgspec.json.decode(body, type=Alert)
            event = _event(alert)
        except (msgspec.DecodeError, ValueError) as exc:
            raise Unreadable(f"the alert cannot be read: {exc}") from exc
        # UPS gives its messages no id: one that says the same is the same.
        id_ = sha256(f"{alert.tracking_number} {event.external_event_id}".encode()).hexdigest()
        return Delivery(id_, event.at, msgspec.json.decode(body), f"parcel {alert.tracking_number}")

    def tracked(self, event: Mapping[str, Any]) -> TrackingRecord:
        try:
            alert = msgspec.convert(event, Alert)
            return TrackingRecord(alert.tracking_number, (_event(alert),), None)
        except ValueError as exc:
            raise Unreadable(f"the alert cannot be read: {exc}") from exc


def _event(alert: Alert) -> CarrierEvent:
    event = carrier_event(_activity(alert))
    status = alert.activity_status
    if status.type == "D" and not alert.actual_delivery_date:
        # Type D is all that has to do with delivery: that the parcel was loaded, too (UPSTrackAlert.yaml, FAQs).
        return replace(event, status=ShipmentStatus.OUT_FOR_DELIVERY)
    if status.code == OUT_FOR_DELIVERY:
        return replace(event, status=ShipmentStatus.OUT_FOR_DELIVERY)
    return event


def _activity(alert: Alert) -> Activity:
    """An alert names what Tracking names, a little differently."""
    place = alert.activity_location
    return Activity(
        date=alert.local_activity_date,
        time=alert.local_activity_time,
        status=alert.activity_status,
        location=Location(Address(city=place.city, country=place.country)),
        gmt_date=alert.gmt_activity_date,
        gmt_time=alert.gmt_activity_time,
        gmt_offset=alert.gmt_offset,
    )
