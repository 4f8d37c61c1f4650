"""Amounts as Stripe counts them: mostly the currency's minor units, but not for every currency.

Source: https://docs.stripe.com/currencies (minor units, special cases), read 2026-11.
"""

from app.connectors.ports.payment import FailureCode
from app.domain.money import Money, minor_digits

STRIPE_DIGITS = {"ISK": 2, "UGX": 2, "MGA": 0}
"""Where Stripe's digits are not ISO 4217's: two currencies that lost their cents keep them, the ariary has none."""
LAST_DIGIT_ZERO = ("BHD", "JOD", "KWD", "OMR", "TND")
"""Have three decimals, of which the card networks carry two."""


class Inexpressible(ValueError):
    """The message is a sentence for clients."""

    code = FailureCode.INVALID


def to_stripe(money: Money) -> int:
    """Raises Inexpressible; never rounds."""
    units, rest = _shifted(money.minor, STRIPE_DIGITS.get(money.currency), minor_digits(money.currency))
    if rest or (money.currency in LAST_DIGIT_ZERO and units % 10):
        raise Inexpressible(f"stripe cannot take {money.amount} {money.currency}: the amount is too fine")
    return units


def from_stripe(amount: int, currency: str) -> Money:
    """Raises ValueError for an amount that is finer than the currency's smallest unit."""
    currency = currency.upper()
    theirs, ours = STRIPE_DIGITS.get(currency), minor_digits(currency)
    minor, rest = (amount, 0) if theirs is None else _shifted(amount, ours, theirs)
    if rest:
        raise ValueError(f"{amount} is finer than the smallest unit of {currency}")
    return Money(minor, currency)


def _shifted(units: int, to_digits: int | None, from_digits: int) -> tuple[int, int]:
    """Units of one size in units of another, and what does not fit."""
    if to_digits is None or to_digits == from_digits:
        return units, 0
    factor: int = 10 ** abs(to_digits - from_digits)
    return (units * factor, 0) if to_digits > from_digits else divmod(units, factor)
