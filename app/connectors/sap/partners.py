"""A business partner as it is copied: names, addresses, how to reach it, and when it last changed."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any, ClassVar

import msgspec
from msgspec import field

from app.connectors.ports.feeds import CustomerRecord
from app.connectors.sap.mapping import BUSINESS_PARTNER, Day
from app.connectors.sap.odata import Duration, Many, Row, local_instant
from app.domain.customer import CustomerKind

ORGANIZATION = "2"
NUMBER_LENGTH = 10
NUMBER_FIRST = frozenset({"AU", "CA", "FR", "GB", "IE", "NZ", "US"})
"""Where the house number stands before the street, among those we ship to."""


class EmailRow(Row):
    entity_set: ClassVar[str] = "A_AddressEmailAddress"
    email_address: str | None


class PhoneRow(Row):
    entity_set: ClassVar[str] = "A_AddressPhoneNumber"
    phone_number: str | None
    international_phone_number: str | None


class AddressRow(Row):
    entity_set: ClassVar[str] = "A_BusinessPartnerAddress"
    full_name: str | None
    street_name: str | None
    house_number: str | None
    street_prefix_name: str | None
    city_name: str | None
    region: str | None
    postal_code: str | None
    country: str | None
    emails: Many[EmailRow] = field(name="to_EmailAddress")
    phones: Many[PhoneRow] = field(name="to_PhoneNumber")
    mobiles: Many[PhoneRow] = field(name="to_MobilePhoneNumber")


class PartnerRow(Row):
    service: ClassVar[str] = BUSINESS_PARTNER
    entity_set: ClassVar[str] = "A_BusinessPartner"
    business_partner: str
    business_partner_category: str | None
    first_name: str | None
    last_name: str | None
    correspondence_language: str | None
    creation_date: Day
    creation_time: Duration | None
    last_change_date: Day
    last_change_time: Duration | None
    is_marked_for_archiving: bool | None
    name_1: str | None = field(name="OrganizationBPName1")
    name_2: str | None = field(name="OrganizationBPName2")
    addresses: Many[AddressRow] = field(name="to_BusinessPartnerAddress")


def changed_at(row: PartnerRow, zone: tzinfo) -> datetime:
    """A partner that never changed has been created."""
    if row.last_change_date:
        return local_instant(row.last_change_date, row.last_change_time, zone)
    if row.creation_date:
        return local_instant(row.creation_date, row.creation_time, zone)
    return datetime.min.replace(tzinfo=UTC)


def external_id(row: PartnerRow) -> str:
    """As SAP stores it: however it is shown, a partner is the same one."""
    return row.business_partner.zfill(NUMBER_LENGTH) if row.business_partner.isdecimal() else row.business_partner


def customer_record(row: PartnerRow, zone: tzinfo) -> CustomerRecord:
    is_organization = row.business_partner_category == ORGANIZATION
    company = " ".join(name for name in (row.name_1, row.name_2) if name) or None
    addresses = row.addresses.results
    return CustomerRecord(
        external_id=external_id(row),
        updated_at=changed_at(row, zone),
        kind=CustomerKind.ORGANIZATION if is_organization else CustomerKind.PERSON,
        given_name=None if is_organization else row.first_name or None,
        family_name=None if is_organization else row.last_name or None,
        company=company if is_organization else None,
        emails=_distinct(email.email_address for each in addresses for email in each.emails.results),
        phones=_distinct(
            phone.international_phone_number or phone.phone_number
            for each in addresses
            for phone in (*each.phones.results, *each.mobiles.results)
        ),
        addresses=tuple(address for each in addresses if (address := _address(each)) is not None),
        locale=(row.correspondence_language or "").lower() or None,
        raw=msgspec.to_builtins(row),
    )


def _address(row: AddressRow) -> Mapping[str, Any] | None:
    """None for one that nothing could be sent to."""
    street, number = row.street_name or "", row.house_number or ""
    parts = (number, street) if row.country in NUMBER_FIRST else (street, number)
    line1 = " ".join(part for part in parts if part)
    if not (line1 and row.city_name and row.country):
        return None
    known = {
        "name": row.full_name,
        "line1": line1,
        "line2": row.street_prefix_name,
        "city": row.city_name,
        "region": row.region,
        "postalCode": row.postal_code,
        "country": row.country,
    }
    return {name: value for name, value in known.items() if value}


def _distinct(texts: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))
