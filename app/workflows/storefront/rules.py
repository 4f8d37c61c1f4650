"""What of a storefront's order cannot be an order at all. Whatever else is wrong with it becomes a hold."""

from collections.abc import Iterator

from app.connectors.ports.storefront import StorefrontLine, StorefrontOrder
from app.domain.money import CURRENCIES, Money, decimal_amount
from app.domain.refusals import Path, Refusal, RefusalCode, refuse_if_any
from app.workflows.order_input import MINOR_MAX, UNITS_MAX

ROUNDING_MINOR_PER_AMOUNT = 1
"""Ours: a storefront rounds each line, and the shipping, by less than one unit of its currency."""


def require_order(order: StorefrontOrder) -> None:
    """Raises Refused with every rule that is broken."""
    # Amounts that are none cannot be added up.
    refuse_if_any(_impossible(order))
    refuse_if_any(_not_adding_up(order))


def rounding_minor(order: StorefrontOrder) -> int:
    """What the storefront's total is above the sum of its parts."""
    return 0 if order.total is None else order.total.minor - _sum_minor(order)


def _impossible(order: StorefrontOrder) -> Iterator[Refusal]:
    if not order.lines:
        yield _invalid(order, "it has no lines", "lines")
    if order.currency not in CURRENCIES:
        yield _invalid(order, f"{order.currency!r} is not a currency", "currency")
    for number, line in enumerate(order.lines):
        if not 1 <= line.quantity <= UNITS_MAX:
            message = f"the quantity of {line.title} is {line.quantity}, not between 1 and {UNITS_MAX:,}"
            yield _invalid(order, message, "lines", str(number), "quantity")
    for path, money in _amounts(order):
        if money.currency != order.currency:
            message = f"{money.currency} and {order.currency} in one order: its amounts must be in one currency"
            yield _invalid(order, message, *path)
        elif not 0 <= money.minor <= MINOR_MAX:
            message = f"{'.'.join(path)} is {money.amount} {money.currency}: an amount is not below zero, nor endless"
            yield _invalid(order, message, *path)


def _not_adding_up(order: StorefrontOrder) -> Iterator[Refusal]:
    for number, line in enumerate(order.lines):
        if line.discount.minor > line.unit_price.minor * line.quantity:
            message = f"the discount of {line.title} is more than its units are worth"
            yield _invalid(order, message, "lines", str(number), "discount")
    for number, payment in enumerate(order.payments):
        if payment.refunded.minor > payment.captured.minor:
            message = (
                f"{payment.refunded.amount} {order.currency} of {payment.captured.amount} that were taken are back"
            )
            yield _invalid(order, message, "payments", str(number), "refunded")
    off_minor, off_minor_max = abs(rounding_minor(order)), ROUNDING_MINOR_PER_AMOUNT * (len(order.lines) + 1)
    if order.total is not None and off_minor > off_minor_max + order.rounding_minor:
        parts = decimal_amount(_sum_minor(order), order.currency)
        message = f"its lines and shipping come to {parts} {order.currency}, its total is {order.total.amount}"
        yield _invalid(order, message, "total")


def _amounts(order: StorefrontOrder) -> Iterator[tuple[Path, Money]]:
    yield ("shipping",), order.shipping
    if order.total is not None:
        yield ("total",), order.total
    for number, line in enumerate(order.lines):
        for name, money in (("unit_price", line.unit_price), ("discount", line.discount), ("tax", line.tax)):
            yield ("lines", str(number), name), money
    for number, payment in enumerate(order.payments):
        for name in ("authorized", "captured", "refunded"):
            yield ("payments", str(number), name), getattr(payment, name)


def _sum_minor(order: StorefrontOrder) -> int:
    return order.shipping.minor + sum(line_minor(each) for each in order.lines)


def line_minor(line: StorefrontLine) -> int:
    """All its units as ordered."""
    return line.unit_price.minor * line.quantity - line.discount.minor + line.tax.minor


def _invalid(order: StorefrontOrder, message: str, *path: str) -> Refusal:
    return Refusal(code=RefusalCode.INVALID, message=f"order {order.number}: {message}", field=path)
