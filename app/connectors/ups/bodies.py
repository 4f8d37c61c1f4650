"""What is asked of UPS, as JSON: parcels in the units of the country they leave, addresses cut to UPS's lengths.

Lengths and required fields: Rating.yaml and Shipping.yaml of https://github.com/UPS-API/api-documentation, commit
e6f36df, read 2026-11.
"""

import re
import textwrap
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_UP, Decimal
from hashlib import sha256
from typing import Any

from app.connectors.ports.carrier import Dimensions, Parcel, PostalAddress
from app.domain.money import Money

Json = dict[str, Any]

POUNDS_AND_INCHES = frozenset({"US", "PR"})
"""Ours: origins whose own post measures so; UPS takes kilograms and centimeters from all others."""
_GRAMS_PER_POUND, _MM_PER_INCH = Decimal("453.59237"), Decimal("25.4")
_UNITS = {
    "LBS": {"Code": "LBS", "Description": "Pounds"},
    "KGS": {"Code": "KGS", "Description": "Kilograms"},
    "IN": {"Code": "IN", "Description": "Inches"},
    "CM": {"Code": "CM", "Description": "Centimeters"},
}
RATES, RATES_AND_TIMES = "Shop", "Shoptimeintransit"
"""Request options: all services, each with its price; and with when it would arrive, too."""
_DOMESTIC = frozenset({("US", "US"), ("PR", "PR")})
_WORTH_DECLARED = frozenset({("US", "CA"), ("US", "PR")})
"""Forward only, and refused on any other way: Shipping.yaml, Shipment/InvoiceLineTotal."""
_AREA_CODE_FIRST = frozenset({"US", "PR", "CA", "VI"})
"""Where phone numbers have ten digits, or fourteen with an extension, and no country's: Shipping.yaml, ShipTo/Phone."""
_LINE_CHARACTERS, _LINES_MAX = 35, 3
_CUSTOMER_PACKAGING, _PRINT_RETURN_LABEL, _NON_DOCUMENT, _TRANSPORTATION = "02", "9", "03", "01"
_LABEL = {
    "LabelImageFormat": {"Code": "GIF"},
    "HTTPUserAgent": "Mozilla/4.5",
    # Of no effect on a GIF, but the specification demands it.
    "LabelStockSize": {"Height": "6", "Width": "4"},
}


class Unshippable(ValueError):
    """The message is a sentence for clients."""


@dataclass(frozen=True, slots=True)
class Account:
    number: str
    weight_g_default: int


def reference_of(key: str) -> str:
    """What our key is called at UPS, whose reference numbers hold 35 characters and whose transaction ids hold 32."""
    return sha256(key.encode()).hexdigest()[:32]


def rate_option(parcel: Parcel) -> str:
    """Abroad UPS reckons times only for a declared value of the goods (Rating.yaml, InvoiceLineTotal), and refuses the
    whole request without (111549): https://github.com/UPS-API/api-documentation/issues/64, read 2026-11.
    """
    return RATES_AND_TIMES if parcel.ship_from.country == parcel.ship_to.country else RATES


def rating(account: Account, parcel: Parcel, *, pickup: date) -> Json:
    option = rate_option(parcel)
    shipment = _parties(account, parcel, with_phones=False) | {
        "PaymentDetails": {"ShipmentCharge": [_charge(account)]},
        "ShipmentRatingOptions": {"NegotiatedRatesIndicator": "Y"},
        "Package": [{"PackagingType": {"Code": _CUSTOMER_PACKAGING}} | _measures(account, parcel)],
    }
    if option == RATES_AND_TIMES:
        shipment["DeliveryTimeInformation"] = {
            "PackageBillType": _NON_DOCUMENT,
            "Pickup": {"Date": f"{pickup:%Y%m%d}"},
        }
    return {"RateRequest": {"Request": {"RequestOption": option}, "Shipment": shipment}}


def shipping(account: Account, parcel: Parcel, *, service_code: str, key: str) -> Json:
    package: Json = {"Packaging": {"Code": _CUSTOMER_PACKAGING}} | _measures(account, parcel)
    shipment = _parties(account, parcel, with_phones=True) | {
        "Description": "Merchandise",
        "PaymentInformation": {"ShipmentCharge": [_charge(account)]},
        "ShipmentRatingOptions": {"NegotiatedRatesIndicator": "Y"},
        "Service": {"Code": service_code},
        "Package": [package],
    }
    # UPS refuses a reference at the shipment within the US (120541), and at the package anywhere else.
    referring = package if _is_domestic(parcel) else shipment
    referring["ReferenceNumber"] = [{"Value": reference_of(key)}]
    if parcel.worth and (parcel.ship_from.country, parcel.ship_to.country) in _WORTH_DECLARED and not parcel.is_return:
        shipment["InvoiceLineTotal"] = _declared(parcel.worth)
    if parcel.is_return:
        shipment["ReturnService"] = {"Code": _PRINT_RETURN_LABEL}
        package["Description"] = "Returned merchandise"
    context = {"RequestOption": "nonvalidate", "TransactionReference": {"CustomerContext": key[:512]}}
    return {"ShipmentRequest": {"Request": context, "Shipment": shipment, "LabelSpecification": _LABEL}}


def recovery_by_reference(account: Account, reference: str) -> Json:
    values = {"ReferenceNumber": {"Value": reference}, "ShipperNumber": account.number}
    return _recovery({"ReferenceValues": values})


def recovery_by_tracking_number(tracking_number: str) -> Json:
    return _recovery({"TrackingNumber": tracking_number})


def _recovery(which: Json) -> Json:
    specification = {"HTTPUserAgent": "Mozilla/4.5", "LabelImageFormat": {"Code": "GIF"}}
    return {"LabelRecoveryRequest": {"Request": {}, "LabelSpecification": specification} | which}


def _parties(account: Account, parcel: Parcel, *, with_phones: bool) -> Json:
    # Who pays is the shipper, also of a parcel that a customer sends.
    shipper = parcel.ship_to if parcel.is_return else parcel.ship_from
    addresses = {"Shipper": shipper, "ShipFrom": parcel.ship_from, "ShipTo": parcel.ship_to}
    parties = {role: _party(address) | (_phone(address) if with_phones else {}) for role, address in addresses.items()}
    parties["Shipper"]["ShipperNumber"] = account.number
    return parties


def _party(address: PostalAddress) -> Json:
    name = address.company or address.name
    if not name:
        raise Unshippable(f"the address in {address.city} names neither a person nor a company")
    return {
        "Name": name[:_LINE_CHARACTERS],
        "AttentionName": (address.name or name)[:_LINE_CHARACTERS],
        "Address": _address(address),
    }


def _phone(address: PostalAddress) -> Json:
    digits = re.sub(r"\D", "", address.phone or "")
    if address.country in _AREA_CODE_FIRST and len(digits) in (11, 15):
        digits = digits.removeprefix("1")
    return {"Phone": {"Number": digits[:15]}} if digits else {}


def _address(address: PostalAddress) -> Json:
    given = (address.line1, address.line2 or "")
    lines = [part for line in given for part in textwrap.wrap(line, _LINE_CHARACTERS)]
    if not 1 <= len(lines) <= _LINES_MAX:
        limit = f"{_LINES_MAX} lines of {_LINE_CHARACTERS} characters"
        raise Unshippable(f"the street in {address.city} must fit into {limit}")
    written: Json = {"AddressLine": lines, "City": address.city[:30], "CountryCode": address.country}
    region = (address.region or "").upper().removeprefix(f"{address.country}-")
    if re.fullmatch(r"[A-Z]{2}", region):
        written["StateProvinceCode"] = region
    elif address.country in ("US", "CA"):
        raise Unshippable(f"the region of the address in {address.city} must be a code of two letters")
    postal_code = re.sub(r"[^0-9A-Z]", "", (address.postal_code or "").upper())
    return written | ({"PostalCode": postal_code[:9]} if postal_code else {})


def _charge(account: Account) -> Json:
    return {"Type": _TRANSPORTATION, "BillShipper": {"AccountNumber": account.number}}


def _declared(worth: Money) -> Json:
    # One at least, whatever the currency.
    return {"CurrencyCode": worth.currency, "MonetaryValue": str(max(worth.amount, Decimal(1)))}


def _measures(account: Account, parcel: Parcel) -> Json:
    weight_g = account.weight_g_default if parcel.weight_g is None else parcel.weight_g
    is_imperial = parcel.ship_from.country in POUNDS_AND_INCHES
    weight = _rounded_up(Decimal(weight_g) / (_GRAMS_PER_POUND if is_imperial else 1000), Decimal("0.1"))
    unit = _UNITS["LBS" if is_imperial else "KGS"]
    measures: Json = {"PackageWeight": {"UnitOfMeasurement": unit, "Weight": str(weight)}}
    return measures | ({"Dimensions": _dimensions(parcel.dimensions, is_imperial)} if parcel.dimensions else {})


def _dimensions(size: Dimensions, is_imperial: bool) -> Json:
    # The longest side is the length, whatever it was called.
    longest_first = sorted((size.length_mm, size.width_mm, size.height_mm), reverse=True)
    per_unit = _MM_PER_INCH if is_imperial else Decimal(10)
    length, width, height = (str(_rounded_up(Decimal(side) / per_unit, Decimal(1))) for side in longest_first)
    unit = _UNITS["IN" if is_imperial else "CM"]
    return {"UnitOfMeasurement": unit, "Length": length, "Width": width, "Height": height}


def _rounded_up(amount: Decimal, step: Decimal) -> Decimal:
    """Never zero: UPS refuses a parcel that weighs nothing."""
    return max(amount.quantize(step, ROUND_UP), step)


def _is_domestic(parcel: Parcel) -> bool:
    return (parcel.ship_from.country, parcel.ship_to.country) in _DOMESTIC
