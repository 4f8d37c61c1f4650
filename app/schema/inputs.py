"""Inputs that more than one query or mutation takes."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import strawberry

from app.schema.scalars import CountryCode, CurrencyCode


@strawberry.input(description="A thing as another system names it.")
class ExternalKey:
    source: str = strawberry.field(description="Key of the source, for instance `shopify`.")
    external_id: str = strawberry.field(description="Its id there.")


@strawberry.input(description="A range of time. An end that is left out is open.")
class DateTimeRange:
    from_: datetime | None = strawberry.field(name="from", description="At or after.", default=strawberry.UNSET)
    to: datetime | None = strawberry.field(description="Before.", default=strawberry.UNSET)


EXPECTED_VERSION = "The version that you decided on; another one now is a VERSION_CONFLICT. Without it, any will do."


def optional(description: str, *, default: Any = strawberry.UNSET, name: str | None = None) -> Any:
    """A field of an input that may be left out."""
    return strawberry.field(description=description, default=default, name=name)


def required(description: str) -> Any:
    return strawberry.field(description=description)


@strawberry.input(description="An amount with its currency.")
class MoneyInput:
    amount: Decimal = required("In major units, no finer than the currency's smallest: 12.50.")
    currency: CurrencyCode = required("ISO 4217.")


@strawberry.input(description="A postal address.")
class AddressInput:
    name: str | None = optional("Recipient.")
    company: str | None = optional("Company of the recipient.")
    line1: str = required("Street and number.")
    line2: str | None = optional("Apartment, floor, building.")
    city: str = required("City or town.")
    region: str | None = optional("State, province or county, as the country's post writes it.")
    postal_code: str | None = optional("Postal code, with its leading zeros.")
    country: CountryCode = required("ISO 3166-1 alpha-2.")
    phone: str | None = optional("For the carrier.")


@strawberry.input(description="Units of an order's line.")
class LineQuantityInput:
    order_line_id: strawberry.ID = required("Id of the order's line.")
    quantity: int = required("How many of its units.")


@strawberry.input(
    description="A means of payment. `token` is the gateway's payment-method token; card numbers are never accepted."
)
class PaymentInput:
    gateway: str = required("Key of the source that moves the money, for instance `stripe`.")
    method: str = required("Means of payment, for instance `card`.")
    token: str = required("The gateway's token.")
    amount: MoneyInput | None = optional("How much; what is due on the order when left out.")
