"""UPS's rates and labels as they arrive, and as the carrier's records.

One-or-many fields come as a list from versions v2403 on and as a bare object before, and label recovery has no such
version: both are read.
"""

import binascii
from base64 import b64decode
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from app.connectors.ports.carrier import Label, LabelImage, RatedService
from app.connectors.ups.services import name_of
from app.domain.money import Money

T = TypeVar("T")
TRACKING_URL = "https://www.ups.com/track?tracknum="
_MEDIA_TYPES = {"GIF": "image/gif", "PNG": "image/png", "PDF": "application/pdf"}


class Object(msgspec.Struct, rename="pascal"):
    pass


class Code(Object):
    code: str


class Charge(Object):
    currency_code: str
    monetary_value: str

    def money(self) -> Money:
        return Money.parse(self.monetary_value, self.currency_code)


class Negotiated(Object):
    total_charge: Charge | None = None


class Arrival(Object):
    date: str
    time: str | None = None


class EstimatedArrival(Object):
    arrival: Arrival


class ServiceSummary(Object):
    estimated_arrival: EstimatedArrival


class TimeInTransit(Object):
    service_summary: ServiceSummary


class RatedShipment(Object):
    service: Code
    total_charges: Charge
    negotiated_rate_charges: Negotiated | None = None
    time_in_transit: TimeInTransit | None = None


class RateResponse(Object):
    rated_shipment: list[RatedShipment] | RatedShipment


class Rates(Object):
    rate_response: RateResponse


class Image(Object):
    graphic_image: str
    image_format: Code | None = None
    label_image_format: Code | None = None


class PackageResult(Object):
    tracking_number: str
    shipping_label: Image


class ShipmentCharges(Object):
    total_charges: Charge


class ShipmentResults(Object):
    shipment_identification_number: str
    package_results: list[PackageResult] | PackageResult
    shipment_charges: ShipmentCharges
    negotiated_rate_charges: Negotiated | None = None


class ShipmentResponse(Object):
    shipment_results: ShipmentResults


class Shipped(Object):
    shipment_response: ShipmentResponse


class LabelResult(Object):
    tracking_number: str
    label_image: Image


class TrackingCandidate(Object):
    tracking_number: str


class LabelRecoveryResponse(Object):
    shipment_identification_number: str | None = None
    label_results: list[LabelResult] | LabelResult = []
    tracking_candidate: list[TrackingCandidate] | TrackingCandidate = []


class Recovered(Object):
    label_recovery_response: LabelRecoveryResponse


class SummaryResult(Object):
    status: Code


class VoidShipmentResponse(Object):
    summary_result: SummaryResult


class VoidAnswer(Object):
    void_shipment_response: VoidShipmentResponse


class Error(msgspec.Struct):
    code: str


class Errors(msgspec.Struct):
    errors: list[Error] = []


class ErrorAnswer(msgspec.Struct):
    response: Errors


# The functions below raise ValueError for an amount, a time, an image or a list of rates that is none.


def rated_services(rates: Rates) -> list[RatedService]:
    services = [_rated_service(each) for each in many(rates.rate_response.rated_shipment)]
    if not services:
        raise ValueError("where no service takes a parcel, UPS says so")
    return sorted(services, key=lambda each: (each.cost.minor, each.service))


def _rated_service(rated: RatedShipment) -> RatedService:
    arrival = rated.time_in_transit.service_summary.estimated_arrival.arrival if rated.time_in_transit else None
    return RatedService(
        service=rated.service.code,
        name=name_of(rated.service.code),
        cost=_cost(rated.total_charges, rated.negotiated_rate_charges),
        estimated_delivery_at=_local_time(arrival) if arrival else None,
    )


def _local_time(arrival: Arrival) -> datetime:
    # At the recipient's, in a zone that UPS does not tell: read as UTC.
    time = (arrival.time or "235900").ljust(6, "0")
    return datetime.strptime(arrival.date + time, "%Y%m%d%H%M%S").replace(tzinfo=UTC)


def bought_label(shipped: Shipped) -> Label:
    results = shipped.shipment_response.shipment_results
    package = many(results.package_results)[0]
    cost = _cost(results.shipment_charges.total_charges, results.negotiated_rate_charges)
    return _label(package.tracking_number, package.shipping_label, cost, results.shipment_identification_number)


def found_label(recovered: Recovered) -> Label | None:
    """None where only candidates were named."""
    response = recovered.label_recovery_response
    results = many(response.label_results)
    if not results:
        return None
    first = results[0]
    reference = response.shipment_identification_number or first.tracking_number
    return _label(first.tracking_number, first.label_image, None, reference)


def _label(tracking_number: str, image: Image, cost: Money | None, reference: str) -> Label:
    image_format = image.image_format or image.label_image_format
    media_type = _MEDIA_TYPES.get(image_format.code.upper() if image_format else "GIF")
    if media_type is None:
        raise ValueError("the label is of a format that was not asked for")
    try:
        content = b64decode(image.graphic_image, validate=True)
    except binascii.Error as exc:
        raise ValueError("the label's image is no Base64") from exc
    return Label(tracking_number, TRACKING_URL + tracking_number, LabelImage(media_type, content), cost, reference)


def _cost(published: Charge, negotiated: Negotiated | None) -> Money:
    return ((negotiated and negotiated.total_charge) or published).money()


def many(value: Sequence[T] | T) -> Sequence[T]:
    return value if isinstance(value, list) else [value]  # type: ignore[list-item]
