"""What orderPlace is given, and what of it cannot be an order at all."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.domain.commanded import CustomerId, ReservationId
from app.domain.money import Money
from app.domain.refusals import Path, Refusal, RefusalCode, Refused
from app.workflows.policy import CLOCKS_DIFFER_BY

LINES_MAX = 200
UNITS_MAX = 1_000_000
"""Of one line: far from the end of the counters' range."""
MINOR_MAX = 10**15
"""So that no sum of an order's amounts leaves 64 bits."""
CARD_NUMBER = re.compile(r"[\s-]*(\d[\s-]*){12,19}")
"""Also one that is no card's: no gateway's token is all digits, and what might be one is not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalKey:
    source: str
    external_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedLine:
    sku: str
    quantity: int
    unit_price: Money
    discount: Money | None = None
    tax: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDetails:
    gateway: str
    method: str
    token: str = field(repr=False)
    amount: Money | None = None
    """The order's balance, when absent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderCustomer:
    email: str | None = None
    phone: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    company: str | None = None
    external: ExternalKey | None = None

    @property
    def name(self) -> str | None:
        return " ".join(each for each in (self.given_name, self.family_name) if each) or self.company


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPlace:
    channel: str
    lines: list[PlacedLine]
    shipping_address: dict[str, Any]
    external: ExternalKey | None = None
    customer_id: CustomerId | None = None
    customer: OrderCustomer | None = None
    billing_address: dict[str, Any] | None = None
    shipping_method: str | None = None
    shipping_price: Money | None = None
    discount: Money | None = None
    payment: PaymentDetails | None = None
    placed_at: datetime | None = None
    draft: bool = False
    reservation_id: ReservationId | None = None
    metadata: dict[str, Any] | None = None


def require_order(command: OrderPlace, *, now: datetime) -> None:
    """Raises Refused with everything that keeps it from being an order."""
    refusals = list(_impossible(command, now))
    if refusals:
        raise Refused(*refusals)


def _impossible(command: OrderPlace, now: datetime) -> Iterator[Refusal]:
    if not command.channel.strip():
        yield _required("channel must name where the order comes from", "channel")
    if (command.customer_id is None) == (command.customer is None):
        yield _required("give exactly one of customerId and customer", "customer_id")
    if not command.lines:
        yield _required("an order has at least one line", "lines")
    yield from too_many_lines(len(command.lines), "lines")
    yield from impossible_address(command.shipping_address, "shipping_address")
    if command.placed_at is not None and command.placed_at > now + CLOCKS_DIFFER_BY:
        yield _invalid("an order cannot be placed in the future", "placed_at")
    currency = command.lines[0].unit_price.currency if command.lines else None
    for number, line in enumerate(command.lines):
        yield from impossible_line(line, ("lines", str(number)), currency)
    amounts = {"shipping_price": command.shipping_price, "discount": command.discount}
    if command.payment is not None:
        yield from impossible_payment(command.payment, "payment")
        amounts["payment"] = command.payment.amount
    for name, money in amounts.items():
        yield from _impossible_amount(money, (name,), currency)
    net = sum(_net_minor(each) for each in command.lines)
    if command.discount is not None and command.discount.minor > net:
        yield _invalid("the discount is more than the lines are worth", "discount")


def too_many_lines(count: int, *path: str) -> Iterator[Refusal]:
    if count > LINES_MAX:
        message = f"an order may have {LINES_MAX} lines at most, not {count}"
        yield Refusal(code=RefusalCode.LIMIT_EXCEEDED, message=message, field=path)


def impossible_address(address: Mapping[str, Any], *path: str) -> Iterator[Refusal]:
    for name in ("line1", "city"):
        if not str(address.get(name, "")).strip():
            yield _required(f"{name} must not be empty", *path, name)


def impossible_payment(payment: PaymentDetails, *path: str) -> Iterator[Refusal]:
    for name, value in (("method", payment.method), ("token", payment.token)):
        if not value.strip():
            yield _required(f"{name} must not be empty", *path, name)
    if CARD_NUMBER.fullmatch(payment.token):
        yield _invalid("card numbers are not accepted: have the gateway make a token of it", *path, "token")


def impossible_line(line: PlacedLine, path: Path, currency: str | None) -> Iterator[Refusal]:
    if not line.sku.strip():
        yield _required("sku must not be empty", *path, "sku")
    if not 1 <= line.quantity <= UNITS_MAX:
        yield _invalid(f"quantity must be between 1 and {UNITS_MAX:,}, not {line.quantity}", *path, "quantity")
    for name, money in (("unit_price", line.unit_price), ("discount", line.discount), ("tax", line.tax)):
        yield from _impossible_amount(money, (*path, name), currency)
    if line.discount is not None and line.discount.minor > max(0, line.unit_price.minor * line.quantity):
        yield _invalid("the discount is more than the line is worth", *path, "discount")


def _impossible_amount(money: Money | None, path: Path, currency: str | None) -> Iterator[Refusal]:
    if money is None:
        return
    if money.minor < 0:
        yield _invalid("an amount must not be negative", *path, "amount")
    if money.minor > MINOR_MAX:
        yield _invalid("an amount is too large", *path, "amount")
    if currency is not None and money.currency != currency:
        message = f"{money.currency} and {currency} in one order: all amounts must be in one currency"
        yield _invalid(message, *path, "currency")


def _net_minor(line: PlacedLine) -> int:
    return line.unit_price.minor * line.quantity - (line.discount.minor if line.discount else 0)


def _required(message: str, *path: str) -> Refusal:
    return Refusal(code=RefusalCode.REQUIRED, message=message, field=path)


def _invalid(message: str, *path: str) -> Refusal:
    return Refusal(code=RefusalCode.INVALID, message=message, field=path)
