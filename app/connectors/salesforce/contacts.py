"""Contacts as they arrive, and as records of customers."""

from datetime import datetime

import msgspec

from app.connectors.ports.feeds import CustomerRecord
from app.connectors.salesforce.mapping import Row


class AccountName(Row):
    name: str


class ContactRow(Row):
    id: str
    name: str
    first_name: str | None
    last_name: str
    email: str | None
    phone: str | None
    mobile_phone: str | None
    mailing_street: str | None
    mailing_city: str | None
    mailing_state: str | None
    mailing_postal_code: str | None
    mailing_country: str | None
    account: AccountName | None
    is_deleted: bool
    system_modstamp: datetime

    @property
    def region(self) -> str | None:
        return self.mailing_state

    @property
    def country(self) -> str | None:
        return self.mailing_country


class ContactRowWithCodes(ContactRow, kw_only=True):
    """Of an org with state and country picklists, which have codes beside the names."""

    mailing_state_code: str | None
    mailing_country_code: str | None

    @property
    def region(self) -> str | None:
        return self.mailing_state_code

    @property
    def country(self) -> str | None:
        return self.mailing_country_code


def customer_record(row: ContactRow) -> CustomerRecord:
    account = row.account.name if row.account else None
    address = _address(row)
    return CustomerRecord(
        external_id=row.id,
        updated_at=row.system_modstamp,
        given_name=row.first_name,
        family_name=row.last_name,
        # The account of a person account is that person.
        company=None if account == row.name else account,
        emails=(row.email,) if row.email else (),
        phones=tuple(dict.fromkeys(number for number in (row.mobile_phone, row.phone) if number)),
        addresses=(address,) if address else (),
        raw=msgspec.to_builtins(row),
    )


def _address(row: ContactRow) -> dict[str, str] | None:
    """Only a whole one, in a country that has a code: a name in anybody's language names no country to us."""
    country = (row.country or "").upper()
    lines = [line for line in (row.mailing_street or "").splitlines() if line.strip()]
    if not (lines and row.mailing_city and len(country) == 2 and country.isalpha() and country.isascii()):
        return None
    address = {"line1": lines[0].strip(), "city": row.mailing_city, "country": country}
    if len(lines) > 1:
        address["line2"] = ", ".join(line.strip() for line in lines[1:])
    if row.region:
        address["region"] = row.region
    if row.mailing_postal_code:
        address["postalCode"] = row.mailing_postal_code
    return address
