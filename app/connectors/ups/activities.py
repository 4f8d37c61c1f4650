"""UPS's tracking as it arrives, and as the carrier's records.

An activity's meaning stands in three codes: `statusCode` (three digits, the finest), `type` (one or two letters) and
`code` (two letters, one of hundreds). The finest that is known decides; a new code falls back to its type.
"""

import re
from datetime import UTC, datetime, timedelta, timezone

import msgspec

from app.connectors.ports.carrier import CarrierEvent, TrackingRecord
from app.domain.fulfillment import ShipmentStatus

BY_STATUS_CODE = {
    "003": ShipmentStatus.LABEL_PURCHASED,
    "007": ShipmentStatus.CANCELED,
    "011": ShipmentStatus.DELIVERED,
    "021": ShipmentStatus.OUT_FOR_DELIVERY,
    "022": ShipmentStatus.ATTEMPTED,
    "023": ShipmentStatus.ATTEMPTED,
    "024": ShipmentStatus.ATTEMPTED,
    "034": ShipmentStatus.RETURNED_TO_SENDER,
    "038": ShipmentStatus.PICKED_UP,
}
"""Package status codes of https://developer.ups.com/tag/Tracking (API codes); 011 and 021 also stand in the examples of
UPSTrackAlert.yaml. Those that only refine their type are left out."""

BY_TYPE = {
    "D": ShipmentStatus.DELIVERED,
    "I": ShipmentStatus.IN_TRANSIT,
    "M": ShipmentStatus.LABEL_PURCHASED,
    "MV": ShipmentStatus.CANCELED,
    "O": ShipmentStatus.OUT_FOR_DELIVERY,
    "P": ShipmentStatus.PICKED_UP,
    "RS": ShipmentStatus.RETURNED_TO_SENDER,
    "X": ShipmentStatus.DELAYED,
}
"""UPSTrackAlert.yaml, activityStatus/type, read 2026-11; O, P and RS by the Tracking API's codes."""

_LOST = re.compile(r"\blost\b", re.IGNORECASE)
_ESTIMATES = ("RDD", "SDD")
"""Rescheduled before scheduled: Tracking.yaml, deliveryDate/type."""
_END_OF_DAY = "235900"
_TIMES = frozenset({"CMT", "EDW", "CDW", "IDW"})
"""Types of deliveryTime whose endTime is one."""


class Object(msgspec.Struct, rename="camel"):
    pass


class Address(Object):
    city: str | None = None
    country: str | None = None
    country_code: str | None = None


class Location(Object):
    address: Address = msgspec.field(default_factory=Address)
    slic: str | None = None


class Status(Object):
    type: str = ""
    code: str = ""
    description: str = ""
    status_code: str = ""


class Activity(Object):
    date: str
    time: str
    status: Status
    location: Location = msgspec.field(default_factory=Location)
    gmt_date: str | None = None
    gmt_time: str | None = None
    gmt_offset: str | None = None


class DeliveryDate(Object):
    type: str
    date: str


class DeliveryTime(Object):
    type: str = ""
    end_time: str | None = None


class Package(Object):
    tracking_number: str | None = None
    activity: list[Activity] = []
    delivery_date: list[DeliveryDate] = []
    delivery_time: DeliveryTime | None = None


class Shipment(Object):
    package: list[Package] = []


class TrackResponse(Object):
    shipment: list[Shipment] = []


class Tracked(Object):
    track_response: TrackResponse


def tracking_record(tracked: Tracked, tracking_number: str) -> TrackingRecord | None:
    """None where UPS answers with warnings in place of the package. Raises ValueError for a time that is none."""
    packages = [package for shipment in tracked.track_response.shipment for package in shipment.package]
    # A number may belong to a shipment of several packages, all of which are told.
    package = next((each for each in packages if each.tracking_number == tracking_number), None)
    if package is None:
        package = packages[0] if len(packages) == 1 else None
    if package is None:
        return None
    # They come newest first; those of one moment keep their order, turned around.
    events = sorted(map(carrier_event, reversed(package.activity)), key=lambda each: each.at)
    return TrackingRecord(tracking_number, tuple(events), _estimated_delivery_at(package))


def carrier_event(activity: Activity) -> CarrierEvent:
    at, status, address = _moment(activity), activity.status, activity.location.address
    meaning = shipment_status(status)
    return CarrierEvent(
        # Not of the description, which is rewritten, nor of the position in the answer, which shifts, nor of type and
        # place, which an alert tells in other words. But of what it means to us: what was told roughly may be told
        # better.
        external_event_id=f"{at:%Y%m%dT%H%M%SZ}-{status.code}-{meaning}",
        at=at,
        status=meaning,
        description=status.description.strip(),
        city=address.city or None,
        country=address.country_code or address.country or None,
    )


def shipment_status(status: Status) -> ShipmentStatus:
    """A package's state between known codes is that it is on its way."""
    # No published code says that a parcel is lost; the text, which is asked for in English, does.
    if status.type == "X" and _LOST.search(status.description):
        return ShipmentStatus.LOST
    by_type = BY_TYPE.get(status.type, ShipmentStatus.IN_TRANSIT)
    return BY_STATUS_CODE.get(status.status_code, by_type)


def _moment(activity: Activity) -> datetime:
    if activity.gmt_offset:
        return _at(activity.date, activity.time, _zone(activity.gmt_offset)).astimezone(UTC)
    if activity.gmt_date and activity.gmt_time:
        return _at(activity.gmt_date, activity.gmt_time, UTC)
    return _at(activity.date, activity.time, UTC)


def _at(date: str, time: str, zone: timezone) -> datetime:
    # Early hours come without their leading zero: 74700.
    six_digits = time.replace(":", "").zfill(6)
    return datetime.strptime(date + six_digits, "%Y%m%d%H%M%S").replace(tzinfo=zone)


def _zone(offset: str) -> timezone:
    """-05:00 in answers, -05.00 in alerts."""
    match = re.fullmatch(r"([+-])(\d\d)[:.](\d\d)", offset)
    if match is None:
        raise ValueError(f"{offset} is no offset from GMT")
    sign, hours, minutes = match.groups()
    ahead = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-ahead if sign == "-" else ahead)


def _estimated_delivery_at(package: Package) -> datetime | None:
    dates = {each.type: each.date for each in package.delivery_date}
    date = next((dates[kind] for kind in _ESTIMATES if dates.get(kind)), None)
    if date is None:
        return None
    told = package.delivery_time
    time = told.end_time if told and told.type in _TIMES and told.end_time else _END_OF_DAY
    # The recipient's local time; the newest activity's offset is as near to it as UPS lets us come.
    offset = next((each.gmt_offset for each in package.activity if each.gmt_offset), None)
    return _at(date, time, _zone(offset) if offset else UTC).astimezone(UTC)
