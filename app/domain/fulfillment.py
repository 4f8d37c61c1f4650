"""Fulfillment and shipping: states of a request to a location and of a parcel under way."""

from enum import StrEnum


class FulfillmentOrderStatus(StrEnum):
    SCHEDULED = "SCHEDULED"
    OPEN = "OPEN"
    ON_HOLD = "ON_HOLD"
    IN_PROGRESS = "IN_PROGRESS"
    CLOSED = "CLOSED"
    INCOMPLETE = "INCOMPLETE"
    REJECTED = "REJECTED"
    CANCELED = "CANCELED"


class ShipmentStatus(StrEnum):
    CREATED = "CREATED"
    LABEL_PURCHASED = "LABEL_PURCHASED"
    PICKED_UP = "PICKED_UP"
    IN_TRANSIT = "IN_TRANSIT"
    OUT_FOR_DELIVERY = "OUT_FOR_DELIVERY"
    ATTEMPTED = "ATTEMPTED"
    DELAYED = "DELAYED"
    DELIVERED = "DELIVERED"
    RETURNED_TO_SENDER = "RETURNED_TO_SENDER"
    LOST = "LOST"
    CANCELED = "CANCELED"
