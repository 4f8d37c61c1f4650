from decimal import Decimal

import pytest
from iso4217 import Currency

from app.domain.money import CURRENCIES, MINOR_DIGITS, InvalidAmount, Money, decimal_amount


def test_digits_are_those_of_the_standards_list() -> None:
    """Codes without a minor unit are metals, funds and tests: nothing is priced in them."""
    assert {each.code: each.exponent for each in Currency if each.exponent not in (2, None)} == MINOR_DIGITS


def test_currencies_are_those_of_the_standards_list_that_things_are_priced_in() -> None:
    assert {each.code for each in Currency if each.exponent is not None} == CURRENCIES


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.50", "USD", 1250),
        ("12.500", "USD", 1250),
        ("-0.01", "USD", -1),
        ("1250", "JPY", 1250),
        ("1.250", "KWD", 1250),
        ("0.0001", "CLF", 1),
        (Decimal("90071992547409.93"), "EUR", 9_007_199_254_740_993),
    ],
)
def test_a_decimal_becomes_minor_units_exactly(amount: str | Decimal, currency: str, minor: int) -> None:
    assert Money.parse(amount, currency) == Money(minor, currency)


@pytest.mark.parametrize("amount", ["12,50", "twelve", "NaN", "Infinity"])
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(InvalidAmount, match=f"^{amount} is not an amount$"):
        Money.parse(amount, "USD")


@pytest.mark.parametrize(("amount", "currency"), [("12.505", "USD"), ("1.5", "JPY"), ("0.00001", "CLF")])
def test_what_the_currency_cannot_hold_is_refused_and_not_rounded(amount: str, currency: str) -> None:
    with pytest.raises(InvalidAmount, match=f"^{amount} is finer than the smallest unit of {currency}$"):
        Money.parse(amount, currency)


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [(1250, "USD", "12.50"), (-5, "USD", "-0.05"), (1250, "JPY", "1250"), (0, "KWD", "0.000")],
)
def test_minor_units_become_a_decimal_with_the_currencys_digits(minor: int, currency: str, text: str) -> None:
    assert str(decimal_amount(minor, currency)) == text
    assert str(Money(minor, currency).amount) == text
