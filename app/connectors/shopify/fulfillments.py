"""What of an order has left, and the parcels that it left in."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Annotated

import msgspec

from app.connectors.ports.storefront import StorefrontParcel
from app.connectors.shopify.mapping import Object, Paged, Reference


class FulfillmentLine(Object):
    id: str
    line_item: Reference
    quantity: Annotated[int, msgspec.Meta(ge=0)] | None


class Tracking(Object):
    company: str | None
    number: str | None
    url: str | None


class Fulfillment(Object):
    id: str
    name: str
    status: str
    created_at: datetime
    delivered_at: datetime | None
    tracking_info: list[Tracking]
    fulfillment_line_items: Paged[FulfillmentLine]


def sent(fulfillments: Iterable[Fulfillment]) -> Iterable[Fulfillment]:
    return (each for each in fulfillments if each.status == "SUCCESS")


def parcel(fulfillment: Fulfillment) -> StorefrontParcel:
    tracking = fulfillment.tracking_info[0] if fulfillment.tracking_info else Tracking(None, None, None)
    return StorefrontParcel(
        external_id=fulfillment.id,
        carrier=tracking.company,
        tracking_number=tracking.number,
        tracking_url=tracking.url,
        shipped_at=fulfillment.created_at,
        delivered_at=fulfillment.delivered_at,
        units=dict(units_of(fulfillment)),
    )


def units_of(fulfillment: Fulfillment) -> Counter[str]:
    units: Counter[str] = Counter()
    for each in fulfillment.fulfillment_line_items.nodes:
        units[each.line_item.id] += each.quantity or 0
    return units
