"""UPS's track alerts: which are true, and what they say of a parcel.

There is no signature. UPS shows the credential that was registered with it for the webhook, as a Bearer token; it does
not change with the message, so an alert is only as true as the credential is secret (UPSTrackAlert.yaml, read 2026-11).
"""

import hmac
from collections.abc import Mapping
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
from app.connectors.ups.activities import (
    BY_STATUS_CODE,
    Activity,
    Address,
    Location,
    Object,
    Status,
    carrier_event,
)
from app.connectors.ups.api import Api

SENDER = "UPSPubSubTrackingService"
ANOTHER_DATE = "U"
"""The type of an alert that tells no more than when the parcel is expected now: UPSTrackAlert.yaml, FAQs."""
ON_THE_LAST_VEHICLE = "O"
"""The type that Tracking has for it."""
OUT_FOR_DELIVERY = "OT"
"""The two-letter code of the first example of the webhook in UPSTrackAlert.yaml."""

# Not every field has a value in every alert: UPSTrackAlert.yaml, FAQs.


class AlertLocation(Object):
    city: str | None = None
    country: str | None = None


class AlertStatus(Object):
    type: str | None = None
    code: str | None = None
    description: str | None = None
    description_code: str | int | None = None
    """What Tracking calls the status code; in both examples of the webhook, and not in its schema."""


class Alert(Object):
    tracking_number: str
    activity_status: AlertStatus
    local_activity_date: str | None = None
    local_activity_time: str | None = None
    activity_location: AlertLocation | None = None
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

    def tracked(self, event: Mapping[str, Any]) -> TrackingRecord | None:
        try:
            alert = msgspec.convert(event, Alert)
            if alert.activity_status.type == ANOTHER_DATE:
                return None
            return TrackingRecord(alert.tracking_number, (_event(alert),), None)
        except ValueError as exc:
            raise Unreadable(f"the alert cannot be read: {exc}") from exc


def _event(alert: Alert) -> CarrierEvent:
    """Raises ValueError for a time that is none."""
    return carrier_event(_activity(alert))


def _activity(alert: Alert) -> Activity:
    """An alert names what Tracking names, a little differently."""
    place = alert.activity_location or AlertLocation()
    date, time, offset = alert.local_activity_date, alert.local_activity_time, alert.gmt_offset
    if not (date and time):
        date = time = offset = None
    return Activity(
        date=date or "",
        time=time or "",
        status=_status(alert),
        location=Location(Address(city=place.city, country=place.country)),
        gmt_date=alert.gmt_activity_date,
        gmt_time=alert.gmt_activity_time,
        gmt_offset=offset,
    )


def _status(alert: Alert) -> Status:
    told = alert.activity_status
    status = Status(told.type or "", told.code or "", told.description or "", _status_code(told))
    if status.status_code in BY_STATUS_CODE:
        return status
    # Type D is all that has to do with delivery: that the parcel was loaded, too (UPSTrackAlert.yaml, FAQs).
    is_undelivered = status.type == "D" and not alert.actual_delivery_date
    if is_undelivered or status.code == OUT_FOR_DELIVERY:
        return msgspec.structs.replace(status, type=ON_THE_LAST_VEHICLE)
    return status


def _status_code(told: AlertStatus) -> str:
    return str(told.description_code).zfill(3) if told.description_code else ""
