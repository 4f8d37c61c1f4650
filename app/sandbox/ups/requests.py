"""Requests as the sandboxed UPS reads them, and what it refuses."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request

from app.sandbox.ups import rates

T = TypeVar("T")

# https://pe.usps.com/text/dmm300/L002.htm, read 2026-11: the first digit of a postal code tells the states.
_STATES_BY_DIGIT = (
    "CT MA ME NH NJ PR RI VI VT", "DE NY PA", "DC MD NC SC VA WV", "AL FL GA MS TN", "IN KY MI OH", "IA MN MT ND SD WI",
    "IL KS MO NE", "AR LA OK TX", "AZ CO ID NM NV UT WY", "AK CA HI OR WA",
)  # fmt: skip


class Refusal(Exception):
    def __init__(self, code: str, message: str, *, status: int = 400, beside: Mapping[str, Any] | None = None) -> None:
        """`beside` is what the body holds beside the error."""
        super().__init__(message)
        self.code, self.message, self.status = code, message, status
        self.beside = beside or {}


class Object(msgspec.Struct, rename="pascal"):
    pass


class Code(Object):
    code: str


class Address(Object):
    address_line: list[str]
    country_code: str
    city: str = ""
    state_province_code: str = ""
    postal_code: str = ""

    @property
    def is_plausible(self) -> bool:
        """Postal code and state are compared also where no validation was asked for."""
        if self.country_code != "US":
            return True
        first = self.postal_code[:1]
        return first.isdecimal() and self.state_province_code in _STATES_BY_DIGIT[int(first)].split()


class Party(Object):
    name: str
    address: Address
    shipper_number: str = ""


class Reference(Object):
    value: str


class Weight(Object):
    unit_of_measurement: Code
    weight: str


class Package(Object):
    package_weight: Weight
    reference_number: list[Reference] = []


class Pickup(Object):
    date: str


class DeliveryTimeInformation(Object):
    pickup: Pickup


class InvoiceLineTotal(Object):
    currency_code: str
    monetary_value: str


class ReturnService(Object):
    code: str


class Shipment(Object):
    shipper: Party
    ship_from: Party
    ship_to: Party
    package: list[Package]
    service: Code | None = None
    reference_number: list[Reference] = []
    delivery_time_information: DeliveryTimeInformation | None = None
    invoice_line_total: InvoiceLineTotal | None = None
    return_service: ReturnService | None = None

    @property
    def is_domestic(self) -> bool:
        return self.ship_from.address.country_code == self.ship_to.address.country_code

    @property
    def services(self) -> dict[str, rates.Service]:
        return rates.DOMESTIC if self.is_domestic else rates.INTERNATIONAL

    @property
    def zone(self) -> int:
        origin, destination = self.ship_from.address.postal_code, self.ship_to.address.postal_code
        return rates.zone(origin, destination) if self.is_domestic else rates.ABROAD

    @property
    def billed_lb(self) -> int:
        weight = self.package[0].package_weight
        try:
            return rates.billed_lb(Decimal(weight.weight), weight.unit_of_measurement.code)
        except InvalidOperation as exc:
            raise Refusal("120500", "Missing or invalid package weight") from exc

    @property
    def pickup(self) -> date | None:
        asked = self.delivery_time_information
        return datetime.strptime(asked.pickup.date, "%Y%m%d").date() if asked else None  # noqa: DTZ007

    def require_worth(self) -> None:
        """Forward from the US to Canada or Puerto Rico: Shipping.yaml, InvoiceLineTotal. The code:
        https://github.com/OCA/delivery-carrier/pull/464, read 2026-11.
        """
        way = self.ship_from.address.country_code, self.ship_to.address.country_code
        if way in (("US", "CA"), ("US", "PR")) and self.return_service is None and self.invoice_line_total is None:
            raise Refusal("120502", "InvoiceLineTotal/MonetaryValue must be greater than 0")

    def reference(self) -> str:
        """Where UPS takes it: at the package within the country, at the shipment beyond."""
        if self.is_domestic and self.reference_number:
            raise Refusal("120541", "Shipment/ReferenceNumber is not allowed for this shipment")
        given = self.package[0].reference_number if self.is_domestic else self.reference_number
        return given[0].value if given else ""


class RateRequest(Object):
    shipment: Shipment


class RateWrapper(Object):
    rate_request: RateRequest


class TransactionReference(Object):
    customer_context: str = ""


class ShipRequestHead(Object):
    transaction_reference: TransactionReference = msgspec.field(default_factory=TransactionReference)


class ShipRequest(Object):
    request: ShipRequestHead
    shipment: Shipment


class ShipWrapper(Object):
    shipment_request: ShipRequest


class ReferenceValues(Object):
    reference_number: Reference
    shipper_number: str


class RecoveryRequest(Object):
    tracking_number: str = ""
    reference_values: ReferenceValues | None = None


class RecoveryWrapper(Object):
    label_recovery_request: RecoveryRequest


async def body_of(request: Request, shape: type[T]) -> T:
    """Raises Refusal."""
    try:
        return msgspec.json.decode(await request.body(), type=shape)
    except msgspec.DecodeError as exc:
        raise Refusal("10002", f"The document is well formed but not valid: {exc}") from exc


def refusal_body(code: str, message: str) -> dict[str, Any]:
    return {"response": {"errors": [{"code": code, "message": message}]}}
