"""The customers: who they are, which systems know them, and the golden records that follow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from app.domain.actor import ActorKind
from app.domain.customer import ConsentChannel
from app.domain.inventory import LocationKind
from app.domain.source import INTERNAL_SOURCE, SourceKind
from app.identity.survivorship import SourceRecord, golden_record, priorities
from app.sandbox.story.book import SYSTEM, Actor, Book, Row
from app.sandbox.story.catalog import Catalog
from app.sandbox.story.names import (
    CITIES,
    CITIES_ABROAD,
    COMPANIES,
    CUSTOMER_TAGS,
    FAMILY_NAMES,
    GIVEN_NAMES,
    LOCALES,
    STREETS,
    City,
)
from app.sandbox.story.systems import Party, Seen, salesforce_contact, sap_partner, shopify_customer

STORY_DAYS = 730
"""The first customer came so long before the story ends."""
PERSONS = 266
_SHOPS = ("shopify", "shopify_outlet")

SOURCES: tuple[tuple[str, str, SourceKind], ...] = (
    (INTERNAL_SOURCE, "Junction", SourceKind.INTERNAL),
    ("salesforce", "Salesforce", SourceKind.CRM),
    ("sap", "SAP S/4HANA", SourceKind.ERP),
    ("shopify", "Shopify", SourceKind.STOREFRONT),
    ("shopify_outlet", "Shopify Outlet", SourceKind.STOREFRONT),
    ("stripe", "Stripe", SourceKind.PAYMENT),
    ("ups", "UPS", SourceKind.CARRIER),
    ("fedex", "FedEx", SourceKind.CARRIER),
    ("usps", "USPS", SourceKind.CARRIER),
)
_PRIORITY = priorities({key: kind for key, _, kind in SOURCES})


@dataclass(frozen=True, slots=True)
class Shopper:
    """A stored customer, with what the rest of the story asks of them."""

    row: Row
    party: Party
    seen: Mapping[str, Seen]
    """By source key."""

    @property
    def id(self) -> UUID:
        customer_id: UUID = self.row["id"]
        return customer_id

    @property
    def created_at(self) -> datetime:
        created_at: datetime = self.row["created_at"]
        return created_at

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.CUSTOMER, self.row["number"], self.party.name)

    @property
    def shops(self) -> list[str]:
        return [key for key in _SHOPS if key in self.seen]


def write_sources(book: Book) -> None:
    for key, name, kind in SOURCES:
        book.link("sources", key=key, name=name, kind=kind)


def write_people(book: Book) -> list[Shopper]:
    """The hero first, then the others in the order in which they came."""
    count = PERSONS + len(COMPANIES)
    companies = dict(zip(book.random.sample(range(count), len(COMPANIES)), COMPANIES, strict=True))
    arrivals = sorted((book.random.uniform(30, STORY_DAYS - 7) for _ in range(count)), reverse=True)
    shoppers = [_write_hero(book)]
    for birth, days_ago in enumerate(arrivals, start=1):
        party = _company(book, companies[birth - 1], birth) if birth - 1 in companies else _person(book, birth)
        created_at = book.moment(days_ago, hour=book.random.randrange(7, 22))
        shoppers.append(write_customer(book, sightings(book, party, created_at, _systems(book, party)), party))
    return shoppers


def _write_hero(book: Book) -> Shopper:
    """Ada, whom every system knows, and the main shop saw last."""
    hero = Party(
        "Ada", "Ada", "Lovelace", None, ("ada.lovelace@example.com", "ada.king@example.org"), "+14155550101",
        "12 Garden Terrace", CITIES[2], "USD", "en-US", ("vip", "trail-club"), 0, None, "ups", "standard", True,
    )  # fmt: skip
    met_at = book.moment(STORY_DAYS)
    days = {"shopify": (0, 1), "salesforce": (2, 9), "sap": (3, 16), "shopify_outlet": (211, 64)}
    seen = [_see(key, hero, met_at + timedelta(days=met), book.moment(ago, hour=9)) for key, (met, ago) in days.items()]
    return write_customer(book, seen, hero)


def sightings(book: Book, party: Party, created_at: datetime, systems: Sequence[str]) -> list[Seen]:
    """The first system met them at `created_at`, the others some days later; each saw them again since."""
    seen = []
    for turn, key in enumerate(systems):
        latest = book.now - timedelta(hours=2)
        met_at = created_at if turn == 0 else min(created_at + timedelta(hours=book.random.randint(1, 700)), latest)
        observed_at = met_at + (latest - met_at) * book.random.random()
        seen.append(_see(key, party, met_at, observed_at.replace(microsecond=0)))
    return seen


def _see(key: str, party: Party, met_at: datetime, observed_at: datetime) -> Seen:
    if key == "salesforce":
        return salesforce_contact(party, met_at, observed_at)
    if key == "sap":
        return sap_partner(party, met_at, observed_at)
    return shopify_customer(key, party, met_at, observed_at)


def write_customer(book: Book, seen: Sequence[Seen], party: Party, *, merged_into: UUID | None = None) -> Shopper:
    """The golden record of these sightings, with the crosswalk to them unless it was merged away."""
    created_at = seen[0].created_at
    row = book.add(
        "customers", created_at, version=1, number=f"C{100_001 + len(book.tables['customers'])}",
        **golden_columns(seen),
        pickup_location_id=None, merged_into_id=merged_into, created_at=created_at,
        updated_at=max(one.observed_at for one in seen),
    )  # fmt: skip
    book.event("customer.created", created_at, SYSTEM, ("Customer", row["id"]), number=row["number"])
    if merged_into is None:
        link_records(book, row["id"], seen)
        _write_consents(book, row["id"], seen)
    return Shopper(row, party, {one.source_key: one for one in seen})


def golden_columns(seen: Sequence[Seen]) -> Row:
    records = [SourceRecord(one.source_key, one.external_id, one.observed_at, one.profile) for one in seen]
    return golden_record(records, _PRIORITY).columns()


def link_records(book: Book, customer_id: UUID, seen: Sequence[Seen], *, joined_at: datetime | None = None) -> None:
    """The first record founds the customer, unless these joined an older one by a match that an agent accepted."""
    for turn, one in enumerate(seen):
        linked_by, confidence = ("first_record", 1.0) if turn == 0 else _match_of(one, seen[0])
        linked_at = one.created_at
        if joined_at:
            linked_by, confidence, linked_at = "match_proposal", 0.9, joined_at
        book.add(
            "customer_source_records", one.created_at, customer_id=customer_id, source_key=one.source_key,
            external_id=one.external_id, profile=one.profile, record=one.record, linked_at=linked_at,
            linked_by=linked_by, confidence=confidence, observed_at=one.observed_at,
        )  # fmt: skip
        if turn or joined_at:
            book.event(
                "customer.record_linked", linked_at, SYSTEM, ("Customer", customer_id),
                source=one.source_key, externalId=one.external_id, rule=linked_by,
            )  # fmt: skip


def _match_of(one: Seen, first: Seen) -> tuple[str, float]:
    """The rule that would have linked the two, and how sure it is."""
    if set(one.profile.get("emails", ())) & set(first.profile.get("emails", ())):
        return "email", 0.99
    if set(one.profile.get("phones", ())) & set(first.profile.get("phones", ())):
        return "phone_and_family_name", 0.96
    return "name_and_address", 0.91


def _write_consents(book: Book, customer_id: UUID, seen: Sequence[Seen]) -> None:
    for one in seen:
        channels = {"salesforce": (ConsentChannel.PHONE, ConsentChannel.POST), "sap": ()}.get(
            one.source_key, (ConsentChannel.EMAIL, ConsentChannel.SMS)
        )
        for channel in channels:
            granted = book.chance({ConsentChannel.EMAIL: 0.7, ConsentChannel.SMS: 0.3}.get(channel, 0.5))
            book.add(
                "consents", one.created_at, customer_id=customer_id, channel=channel, granted=granted,
                at=one.created_at, source_key=one.source_key,
            )  # fmt: skip


def _person(book: Book, birth: int) -> Party:
    given_name, nickname = book.random.choice(GIVEN_NAMES)
    family_name = book.random.choice(FAMILY_NAMES)
    city = book.random.choice(CITIES)
    mailbox = _mailbox(f"{given_name}.{family_name}")
    emails = (f"{mailbox}{birth}@example.com", f"{_mailbox(nickname)}{birth}@example.org")
    tags = tuple(tag for tag in CUSTOMER_TAGS if book.chance(0.15))
    return Party(
        given_name, nickname, family_name, None, emails, _phone(city, birth), _street(book), city, "USD",
        LOCALES[city.country], tags, birth, _apartment(birth),
        book.random.choice((None, None, None, "ups", "fedex", "usps")),
        book.random.choice((None, None, "standard", "express")), book.random.choice((None, None, True, False)),
    )  # fmt: skip


def _company(book: Book, company: str, birth: int) -> Party:
    given_name, nickname = book.random.choice(GIVEN_NAMES)
    city, currency = (book.random.choice(CITIES), "USD")
    if book.chance(0.2):
        city, currency = book.random.choice(CITIES_ABROAD)
    mailbox = _mailbox(company.replace(" ", "-"))
    return Party(
        given_name, nickname, book.random.choice(FAMILY_NAMES), company, (f"{mailbox}@example.com",),
        _phone(city, birth), _street(book), city, currency, LOCALES[city.country], ("wholesale",), birth,
        f"Floor {birth % 7 + 2}" if birth % 3 == 0 else None,
    )  # fmt: skip


def _apartment(birth: int) -> str | None:
    """Of every fourth. No chance is drawn, so that everything else in the story stays as it was."""
    return f"Apartment {birth % 23 + 1}{'ABCD'[birth // 4 % 4]}" if birth % 4 == 0 else None


def choose_pickup(shoppers: Sequence[Shopper], catalog: Catalog) -> None:
    """Every second customer in a city with a store of ours picks up there."""
    stores = {site.place.city: site for site in catalog.sites.values() if site.place.kind is LocationKind.STORE}
    neighbors = [one for one in shoppers if one.party.city.name in stores]
    for one in neighbors[::2]:
        one.row["pickup_location_id"] = stores[one.party.city.name].id


def _systems(book: Book, party: Party) -> list[str]:
    if party.company:
        return ["salesforce", "sap", *(["shopify"] if book.chance(0.2) else [])]
    shops = book.random.choice((["shopify"], ["shopify"], ["shopify_outlet"], [*_SHOPS]))
    if book.chance(0.25):
        return shops
    return [*shops, "salesforce", *(["sap"] if book.chance(0.85) else [])]


def _phone(city: City, birth: int) -> str:
    """One of the hundred fictitious numbers of each area code."""
    return f"+1{city.area_code}55501{birth % 100:02d}"


def _street(book: Book) -> str:
    return f"{book.random.randint(2, 980)} {book.random.choice(STREETS)}"


def _mailbox(name: str) -> str:
    plain = name.lower().translate(str.maketrans("éöåü", "eoau"))
    return "".join(letter for letter in plain if letter.isascii() and (letter.isalnum() or letter in ".-"))
