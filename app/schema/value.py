"""Small values that many types hold: money, addresses, actors; and how they are made from columns."""

from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Numeric, Text, case, cast, literal_column

from app.domain.money import MINOR_DIGITS, decimal_amount
from app.execution.access import Read, public
from app.execution.declare import attribute, composite, value
from app.execution.sources import Expression, Part, term
from app.schema.enums import ActorKind
from app.schema.scalars import CountryCode, CurrencyCode

PART_OF_VALUE = public("A part of a value is as private as the field that holds the value.")


@value
class Money:
    """An amount with its currency."""

    amount: Decimal = attribute("In major units, with exactly the digits of the currency: 12.50.", read=PART_OF_VALUE)
    currency: CurrencyCode = attribute("ISO 4217.", read=PART_OF_VALUE)


@value
class Address:
    """A postal address, as it was given."""

    name: str | None = attribute("Recipient.", read=PART_OF_VALUE)
    company: str | None = attribute("Company of the recipient.", read=PART_OF_VALUE)
    line1: str = attribute("Street and number.", read=PART_OF_VALUE)
    line2: str | None = attribute("Apartment, floor, building.", read=PART_OF_VALUE)
    city: str = attribute("City or town.", read=PART_OF_VALUE)
    region: str | None = attribute("State, province or county, as the country's post writes it.", read=PART_OF_VALUE)
    postal_code: str | None = attribute("Postal code, with its leading zeros.", read=PART_OF_VALUE)
    country: CountryCode = attribute("ISO 3166-1 alpha-2.", read=PART_OF_VALUE)
    phone: str | None = attribute("For the carrier.", read=PART_OF_VALUE)


@value
class Actor:
    """Who did something, as they were called then."""

    kind: ActorKind = attribute("What kind of actor.", read=PART_OF_VALUE)
    id: str = attribute("Its id among actors of its kind.", read=PART_OF_VALUE)
    name: str | None = attribute("Its name, for people.", read=PART_OF_VALUE)


def money(minor: Expression, currency: Expression, description: str, *, read: Read) -> Any:
    """Money from an amount in minor units and its currency; null when the amount is."""
    amount = Part((term(minor), term(currency)), decimal_amount, _amount_sql)
    return composite({"amount": amount, "currency": currency}, description, read=read)


def _amount_sql(minor: ColumnElement[int], currency: ColumnElement[str]) -> ColumnElement[str]:
    """What `decimal_amount` prints, in SQL."""
    by_digits: dict[int, list[ColumnElement[str]]] = {}
    for code, digits in MINOR_DIGITS.items():
        by_digits.setdefault(digits, []).append(literal_column(f"'{code}'"))
    exceptional = [(currency.in_(codes), _printed(minor, digits)) for digits, codes in by_digits.items()]
    # Almost all have two digits: one look at the currency, instead of one for each number of digits.
    usual = currency.not_in([code for codes in by_digits.values() for code in codes])
    return case((usual, _printed(minor, 2)), *exceptional, else_=_printed(minor, 2))


def _printed(minor: ColumnElement[int], digits: int) -> ColumnElement[str]:
    """A product has as many digits behind the point as its factors: no division, and nothing to round."""
    major = minor * literal_column(f"0.{1:0{digits}}", Numeric) if digits else minor
    return cast(major, Text)


def actor(model: Any, description: str, *, read: Read) -> Any:
    """The actor columns of `models.base.Acted`."""
    return composite({"id": model.actor_id, "kind": model.actor_kind, "name": model.actor_name}, description, read=read)
