"""How each outside system writes the same customer: its ids and spelling, its record, and what intake reads of it."""

from dataclasses import dataclass
from datetime import UTC, datetime

from app.sandbox.story.book import Row
from app.sandbox.story.names import City

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


@dataclass(frozen=True, slots=True)
class Party:
    """A customer as they would introduce themselves."""

    given_name: str
    nickname: str
    family_name: str
    company: str | None
    emails: tuple[str, ...]
    phone: str
    """E.164."""
    line1: str
    city: City
    currency: str
    locale: str
    tags: tuple[str, ...]
    birth: int
    """Their turn in the story: vendors' numbers are made from it."""
    line2: str | None = None
    carrier: str | None = None
    shipping_method: str | None = None
    allow_split_shipments: bool | None = None

    @property
    def kind(self) -> str:
        return "ORGANIZATION" if self.company else "PERSON"

    @property
    def name(self) -> str:
        return self.company or f"{self.given_name} {self.family_name}"

    def address(self) -> Row:
        address = {"name": f"{self.given_name} {self.family_name}", "line1": self.line1, "city": self.city.name}
        if self.line2:
            address["line2"] = self.line2
        if self.company:
            address["company"] = self.company
        return {
            **address,
            "region": self.city.region,
            "postalCode": self.city.postal_code,
            "country": self.city.country,
            "phone": self.phone,
        }


@dataclass(frozen=True, slots=True)
class Seen:
    """One system's version: `record` in the vendor's words, `profile` as survivorship reads it."""

    source_key: str
    external_id: str
    created_at: datetime
    observed_at: datetime
    record: Row
    profile: Row


def salesforce_contact(party: Party, created_at: datetime, observed_at: datetime) -> Seen:
    """Salesforce keeps full names and the number it was told on the telephone."""
    contact_id = salesforce_id("003", party.birth)
    record = {
        "Id": contact_id,
        "AccountId": salesforce_id("001", party.birth) if party.company else None,
        "FirstName": party.given_name,
        "LastName": party.family_name,
        "Name": f"{party.given_name} {party.family_name}",
        "Email": party.emails[0],
        "Phone": _national(party.phone),
        "MailingStreet": party.line1,
        "MailingCity": party.city.name,
        "MailingState": party.city.region,
        "MailingPostalCode": party.city.postal_code,
        "MailingCountry": party.city.country,
        "LeadSource": "Web",
        "CreatedDate": salesforce_time(created_at),
        "LastModifiedDate": salesforce_time(observed_at),
        "SystemModstamp": salesforce_time(observed_at),
        "IsDeleted": False,
    }
    profile = {**_profile(party), "emails": [party.emails[0]], "tags": list(party.tags[:1])}
    return Seen("salesforce", contact_id, created_at, observed_at, record, profile)


def sap_partner(party: Party, created_at: datetime, observed_at: datetime) -> Seen:
    """SAP holds names in capitals and streets abbreviated. A_BusinessPartner of API_BUSINESS_PARTNER."""
    number = f"{1_000_200 + party.birth:010d}"
    street = party.line1.upper().replace(" STREET", " ST").replace(" AVENUE", " AVE").replace(" ROAD", " RD")
    record = {
        "BusinessPartner": number,
        "BusinessPartnerCategory": "2" if party.company else "1",
        "FirstName": "" if party.company else party.given_name.upper(),
        "LastName": "" if party.company else party.family_name.upper(),
        "OrganizationBPName1": (party.company or "").upper(),
        "CreationDate": f"/Date({int(created_at.timestamp()) * 1000})/",
        "BusinessPartnerIsBlocked": False,
    }
    address = {**party.address(), "name": party.name.upper(), "line1": street, "city": party.city.name.upper()}
    if party.line2:
        address["line2"] = party.line2.upper()
    profile = {
        "kind": party.kind,
        "currency": party.currency,
        "addresses": [address],
        **(
            {"company": party.company.upper()}
            if party.company
            else {"givenName": party.given_name.upper(), "familyName": party.family_name.upper()}
        ),
    }
    return Seen("sap", number, created_at, observed_at, record, profile)


def shopify_customer(key: str, party: Party, created_at: datetime, observed_at: datetime) -> Seen:
    """In a shop people go by their nickname and, in the outlet, by their other e-mail address."""
    number = {"shopify": 7_104_593_002_611, "shopify_outlet": 6_288_017_449_081}[key] + party.birth * 32_768
    email = party.emails[-1 if key == "shopify_outlet" else 0]
    customer_id, address_id = f"gid://shopify/Customer/{number}", f"gid://shopify/MailingAddress/{number}"
    record = {
        "id": customer_id,
        "displayName": f"{party.nickname} {party.family_name}",
        "firstName": party.nickname,
        "lastName": party.family_name,
        "defaultEmailAddress": {"emailAddress": email},
        "defaultPhoneNumber": {"phoneNumber": party.phone},
        "defaultAddress": {"id": address_id},
        "addressesV2": [_mailing_address(address_id, party.address())],
        "tags": list(party.tags),
        "locale": party.locale,
        "createdAt": shopify_time(created_at),
        "updatedAt": shopify_time(observed_at),
    }
    profile = {
        "givenName": party.nickname,
        "familyName": party.family_name,
        "emails": [email],
        "phones": [party.phone],
        "addresses": [party.address()],
        "tags": list(party.tags),
        "locale": party.locale,
        "carrier": party.carrier,
        "shippingMethod": party.shipping_method,
        "allowSplitShipments": party.allow_split_shipments,
    }
    return Seen(key, customer_id, created_at, observed_at, record, profile)


def _mailing_address(id_: str, address: Row) -> Row:
    return {
        "id": id_,
        "name": address["name"],
        "company": address.get("company"),
        "address1": address["line1"],
        "address2": address.get("line2"),
        "city": address["city"],
        "province": None,
        "provinceCode": address["region"],
        "zip": address["postalCode"],
        "countryCodeV2": address["country"],
        "phone": address["phone"],
    }


def salesforce_id(prefix: str, number: int) -> str:
    """18 characters: key prefix, instance, record, and three that carry the letter case of the first fifteen."""
    record, number = "", 40_000_000 + number * 61
    for _ in range(6):
        number, digit = divmod(number, 62)
        record = _BASE62[digit] + record
    short = f"{prefix}Hs0000{record}"[:15]
    check = "".join(
        _CHECK[sum(1 << bit for bit, letter in enumerate(short[start : start + 5]) if letter.isupper())]
        for start in (0, 5, 10)
    )
    return short + check


def salesforce_time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def shopify_time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _profile(party: Party) -> Row:
    return {
        "kind": party.kind,
        "givenName": party.given_name,
        "familyName": party.family_name,
        "company": party.company,
        "phones": [party.phone],
        "addresses": [party.address()],
        "currency": party.currency,
    }


def _national(phone: str) -> str:
    return f"({phone[2:5]}) {phone[5:8]}-{phone[8:]}"
