"""The carriers' side: what UPS knows of the story's parcels, in its own words."""

from datetime import datetime

from app.domain.fulfillment import ShipmentStatus
from app.sandbox.data import Row, UpsNetwork
from app.sandbox.story.book import Tables
from app.sandbox.ups.network import MANIFESTED, STATUSES, VOIDED, Step, activity

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
"""Of the story; the numbers of labels bought since tell their service's code."""
CARRIER = "ups"


def event_id(shipment: Row, at: datetime, status: ShipmentStatus) -> str:
    """As the connector makes it, so that a parcel tracked anew has no event twice."""
    if shipment["carrier_key"] != CARRIER:
        return f"{shipment['tracking_number']}-{at:%Y%m%d%H%M%S}-{status}"
    _, code, _, _ = STATUSES[_STEPS[status]]
    return f"{at:%Y%m%dT%H%M%SZ}-{code}-{status}"


def ups_network(tables: Tables) -> UpsNetwork:
    events: dict[object, list[Row]] = {}
    for event in sorted(tables["tracking_events"], key=lambda row: (row["at"], row["id"])):
        if event["source_key"] == CARRIER:
            events.setdefault(event["shipment_id"], []).append(event)
    labeled = [row for row in tables["shipments"] if row["carrier_key"] == CARRIER and row["tracking_number"]]
    return UpsNetwork(parcels=[_parcel(row, events.get(row["id"], [])) for row in labeled])


def _parcel(shipment: Row, events: list[Row]) -> Row:
    known = [each for each in events if each["status"] is ShipmentStatus.LABEL_PURCHASED]
    labeled_at, labeled_in = (known[0]["at"], _place(known[0])) if known else (shipment["created_at"], {})
    activities = [activity(MANIFESTED, labeled_at, labeled_in)]
    if shipment["status"] is ShipmentStatus.CANCELED:
        activities.append(activity(VOIDED, labeled_at, {}))
    activities += (
        activity(STATUSES[_STEPS[each["status"]]], each["at"], _place(each))
        for each in events
        if each["status"] in _STEPS
    )
    number, arrival = shipment["tracking_number"], shipment["estimated_delivery_at"]
    return {
        "trackingNumber": number,
        "service": _SERVICES.get(shipment["service"]) or number[8:10],
        "scheduledDelivery": f"{arrival:%Y%m%d}" if arrival else None,
        "activities": activities,
    }


def _place(event: Row) -> dict[str, str | None]:
    return {"City": event["city"], "CountryCode": event["country"]}
