"""The carriers' side: what UPS knows of the story's parcels, in its own words."""

from datetime import datetime

from app.domain.fulfillment import ShipmentStatus
from app.sandbox.data import UpsNetwork
from app.sandbox.story.book import Book, Row
from app.sandbox.ups_network import MANIFESTED, STATUSES, VOIDED, Step, activity

_STEPS = {
    ShipmentStatus.PICKED_UP: Step.PICKED_UP,
    ShipmentStatus.IN_TRANSIT: Step.IN_TRANSIT,
    ShipmentStatus.DELAYED: Step.DELAYED,
    ShipmentStatus.OUT_FOR_DELIVERY: Step.OUT_FOR_DELIVERY,
    ShipmentStatus.ATTEMPTED: Step.ATTEMPTED,
    ShipmentStatus.DELIVERED: Step.DELIVERED,
    ShipmentStatus.LOST: Step.LOST,
    ShipmentStatus.RETURNED_TO_SENDER: Step.RETURNED,
}
_SERVICES = {"UPS Ground": "03", "UPS 2nd Day Air": "02"}


def event_id(shipment: Row, at: datetime, status: ShipmentStatus, city: str) -> str:
    """As the connector makes it, so that a parcel tracked anew has no event twice."""
    if shipment["carrier_key"] != "ups":
        return f"{shipment['tracking_number']}-{at:%Y%m%d%H%M%S}-{status}"
    kind, code, _, _ = STATUSES[_STEPS[status]]
    return f"{at:%Y%m%dT%H%M%SZ}-{kind}-{code}-{city}"


def ups_network(book: Book) -> UpsNetwork:
    events: dict[object, list[Row]] = {}
    for event in book.tables["tracking_events"]:
        events.setdefault(event["shipment_id"], []).append(event)
    shipments = [row for row in book.tables["shipments"] if row["carrier_key"] == "ups"]
    return UpsNetwork(parcels=[_parcel(row, events.get(row["id"], [])) for row in shipments])


def _parcel(shipment: Row, events: list[Row]) -> Row:
    labeled_at = shipment["created_at"]
    activities = [activity(MANIFESTED, labeled_at, {})]
    if shipment["status"] is ShipmentStatus.CANCELED:
        activities.append(activity(VOIDED, labeled_at, {}))
    activities += (
        activity(STATUSES[_STEPS[each["status"]]], each["at"], {"City": each["city"], "CountryCode": each["country"]})
        for each in events
    )
    return {
        "trackingNumber": shipment["tracking_number"],
        "service": _SERVICES[shipment["service"]],
        "scheduledDelivery": f"{shipment['estimated_delivery_at']:%Y%m%d}",
        "activities": activities,
    }
