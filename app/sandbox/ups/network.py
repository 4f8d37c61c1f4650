"""The parcels of a sandboxed UPS account: labels bought and voided, and what happens on the road."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

from app.sandbox.data import UpsNetwork
from app.sandbox.effects import Effects

Activity = dict[str, Any]


class Step(StrEnum):
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    DELAYED = "delayed"
    OUT_FOR_DELIVERY = "out_for_delivery"
    ATTEMPTED = "attempted"
    DELIVERED = "delivered"
    LOST = "lost"
    RETURNED = "returned"


STATUSES = {
    Step.PICKED_UP: ("P", "PU", "038", "Pickup Scan"),
    Step.IN_TRANSIT: ("I", "DP", "005", "Departed from Facility"),
    Step.DELAYED: ("X", "WX", "048", "Severe weather conditions have delayed delivery."),
    Step.OUT_FOR_DELIVERY: ("I", "OT", "021", "Out For Delivery Today"),
    Step.ATTEMPTED: ("X", "NH", "022", "The receiver was not available for delivery."),
    Step.DELIVERED: ("D", "FS", "011", "DELIVERED"),
    Step.LOST: ("X", "LX", "013", "The package was lost. We will notify the sender with additional details."),
    Step.RETURNED: ("RS", "RS", "034", "Returned to Sender"),
}
"""type, code, statusCode and description of the activity."""
ALERTED_TYPES = {"P": "I", "RS": "X"}
"""Track alerts know fewer types than Tracking does."""
MANIFESTED = ("M", "MP", "003", "Shipper created a label, UPS has not received the package yet. ")
VOIDED = ("MV", "VM", "007", "Shipment information voided")
LOCAL_TIME = timedelta(hours=-5)
"""All of this UPS keeps the same clock."""


class NotVoidable(Exception):
    """Carries UPS's error code and message."""


@dataclass
class Package:
    tracking_number: str
    service_code: str
    reference: str = ""
    scheduled_delivery: date | None = None
    destination: dict[str, Any] = field(default_factory=dict)
    origin: dict[str, Any] = field(default_factory=dict)
    activities: list[Activity] = field(default_factory=list)
    """As they became known, whatever their times."""
    is_voided: bool = False

    @property
    def is_scanned(self) -> bool:
        return any(each["status"]["type"] not in ("M", "MV") for each in self.activities)


class Network:
    def __init__(self, data: UpsNetwork, *, tell: Callable[[Mapping[str, Any]], None] = lambda _: None) -> None:
        """`tell` takes an alert for each activity of a parcel that is subscribed to."""
        self._tell = tell
        self._subscribed: set[str] = set()
        self.account_number = data.account_number
        self.effects = Effects()
        known = (_known(row) for row in data.parcels)
        self._packages = {package.tracking_number: package for package in known}

    def find(self, tracking_number: str) -> Package | None:
        return self._packages.get(tracking_number)

    def by_reference(self, reference: str) -> list[Package]:
        return [package for package in self._packages.values() if reference and package.reference == reference]

    def take(self, package: Package, *, key: str) -> None:
        """A label is bought; `key` is what the client called the purchase."""
        package.activities.append(activity(MANIFESTED, datetime.now(UTC), package.origin))
        self._packages[package.tracking_number] = package
        self.effects.happened("label", key)

    def void(self, tracking_number: str) -> None:
        """Raises NotVoidable."""
        package = self._packages.get(tracking_number)
        if package is None or package.is_scanned:
            raise NotVoidable("190102", "No shipment found within the allowed void period")
        if package.is_voided:
            raise NotVoidable("190117", "The Shipment has already been voided")
        package.is_voided = True
        package.activities.append(activity(VOIDED, datetime.now(UTC), package.origin))
        self.effects.happened("void", tracking_number)

    def move(self, package: Package, step: Step, at: datetime) -> Activity:
        near_the_recipient = step in (Step.OUT_FOR_DELIVERY, Step.ATTEMPTED, Step.DELIVERED)
        told = activity(STATUSES[step], at, package.destination if near_the_recipient else package.origin)
        package.activities.append(told)
        if package.tracking_number in self._subscribed:
            self._tell(_alert(package.tracking_number, told))
        return told

    def subscribe(self, tracking_number: str) -> bool:
        """False for a parcel that UPS does not know."""
        if tracking_number not in self._packages:
            return False
        self._subscribed.add(tracking_number)
        self.effects.happened("subscription", tracking_number)
        return True

    def unused_number(self, service_code: str) -> str:
        while True:
            number = f"1Z{self.account_number}{service_code}{secrets.randbelow(10**8):08d}"
            if number not in self._packages:
                return number


def activity(status: tuple[str, str, str, str], at: datetime, address: Any) -> Activity:
    kind, code, status_code, description = status
    moment, local = at.astimezone(UTC), at.astimezone(UTC) + LOCAL_TIME
    place = {"city": address.get("City"), "countryCode": address.get("CountryCode")}
    return {
        "location": {"address": {name: value for name, value in place.items() if value}, "slic": ""},
        "status": {"type": kind, "code": code, "statusCode": status_code, "description": description},
        "date": f"{local:%Y%m%d}",
        "time": f"{local:%H%M%S}",
        "gmtDate": f"{moment:%Y%m%d}",
        "gmtTime": f"{moment:%H%M%S}",
        "gmtOffset": "-05:00",
    }


def _alert(tracking_number: str, told: Activity) -> Mapping[str, Any]:
    status, address = told["status"], told["location"]["address"]
    place = {"city": address.get("city"), "country": address.get("countryCode")}
    return {
        "trackingNumber": tracking_number,
        "localActivityDate": told["date"],
        "localActivityTime": told["time"],
        "gmtActivityDate": told["gmtDate"],
        "gmtActivityTime": told["gmtTime"],
        "gmtOffset": told["gmtOffset"].replace(":", "."),
        "activityLocation": {name: value for name, value in place.items() if value},
        "activityStatus": {
            "type": ALERTED_TYPES.get(status["type"], status["type"]),
            "code": status["code"],
            "description": status["description"],
            "descriptionCode": status["statusCode"],
        },
        **({"actualDeliveryDate": told["date"]} if status["type"] == "D" else {}),
    }


def _known(row: Any) -> Package:
    arrival = row.get("scheduledDelivery")
    return Package(
        row["trackingNumber"],
        row["service"],
        scheduled_delivery=date.fromisoformat(arrival) if arrival else None,
        activities=[dict(each) for each in row["activities"]],
    )
