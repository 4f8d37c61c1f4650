"""Kinds of columns that the entity sets are described with."""

from app.sandbox.sap.model import Property


def text(length: int) -> Property:
    return Property("String", length)


def key(length: int) -> Property:
    return Property("String", length, nullable=False)


def quantity(precision: int = 15) -> Property:
    return Property("Decimal", precision=precision, scale=3)


def texts(**lengths: int) -> dict[str, Property]:
    return {name: text(length) for name, length in lengths.items()}


DATE = Property("DateTime", precision=0)
DATE_7 = Property("DateTime", precision=7)
TIME = Property("Time", precision=0)
STAMP = Property("DateTimeOffset", precision=7)
FLAG = Property("Boolean")
LANDLINES = {"PhoneNumberType": frozenset({"1"})}
MOBILES = {"PhoneNumberType": frozenset({"3"})}
