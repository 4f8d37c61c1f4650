"""What systems say of customers: linked, shown by the rules, told when it changes, and in any order."""

import asyncio
from collections.abc import Sequence
from itertools import permutations
from typing import Any

import pytest

from app.connectors.ports.feeds import CustomerRecord, Feed
from app.domain.actor import Actor, ActorKind
from app.domain.customer import CustomerKind
from app.domain.refusals import Refused
from app.domain.sync import Taken
from app.stores.transaction import Transaction
from app.workflows.customer_take_in import take_in_customer
from app.workflows.sync_records import Told, take_records
from app.workflows.work import Work
from tests.workflows.fake_source import at, customer
from tests.workflows.shop import Shop

SOURCES = """INSERT INTO sources (key, name, kind)
             VALUES ('web', 'Web', 'STOREFRONT'), ('crm', 'CRM', 'CRM'), ('erp', 'ERP', 'ERP')"""
CUSTOMERS = "SELECT display_name, emails, version FROM customers ORDER BY created_at, id"
RECORDS = (
    "SELECT source_key, external_id, linked_by, confidence FROM customer_source_records ORDER BY source_key, linked_at"
)
EVENTS = "SELECT type, data::jsonb - 'number' AS data, actor_kind, actor_id FROM events ORDER BY position"


@pytest.fixture
async def here(shop: Shop, work: Work) -> "Here":
    await shop.run(SOURCES)
    return Here(shop, work)


class Here:
    def __init__(self, shop: Shop, work: Work) -> None:
        self.rows, self.work = shop.rows, work

    async def take(self, record: CustomerRecord, source_key: str = "web") -> Taken:
        async with self.work.writers.transaction(Actor(ActorKind.CONNECTOR, source_key)) as tx:
            return await take_in_customer(tx, source_key, record, self.work)


async def test_somebody_unknown_is_a_new_customer(here: Here) -> None:
    ada = customer(
        1, family_name="Lovelace", emails=(" Ada@Example.com ", ""), phones=("+442079460018",), tags=("vip",),
        addresses=({"line1": "12 St James's Square", "city": "London", "country": "GB"},), accepts_email=True,
        currency="GBP", locale="en-GB",
    )  # fmt: skip
    assert await here.take(ada) is Taken.CREATED
    shown = (
        """SELECT kind, display_name, email, phone, tags, addresses ->> 0, currency, locale, version FROM customers"""
    )
    assert await here.rows(shown) == [
        ("PERSON", "Ada 1 Lovelace", "ada@example.com", "+442079460018", ["vip"],
         '{"city": "London", "line1": "12 St James\'s Square", "country": "GB"}', "GBP", "en-GB", 2),
    ]  # fmt: skip
    assert await here.rows(RECORDS) == [("web", "1", "first_record", 1.0)]
    assert await here.rows("SELECT record::text, observed_at FROM customer_source_records") == [('{"id": 1}', at(0))]
    assert await here.rows("SELECT channel, granted, at, source_key FROM consents") == [("EMAIL", True, at(0), "web")]
    created = ("customer.created", '{"source": "web", "externalId": "1"}', "CONNECTOR", "web")
    assert await here.rows(EVENTS) == [created]


async def test_nobodys_name_is_the_sources_id(here: Here) -> None:
    await here.take(CustomerRecord(external_id="7", updated_at=at(0)))
    assert await here.rows(CUSTOMERS) == [("web 7", [], 1)]


async def test_one_who_has_the_address_is_the_same_customer(here: Here) -> None:
    await here.take(customer(1, emails=("ada@example.com",)))
    crm = customer(9, 5, given_name="Augusta", family_name="King", emails=("king@example.com", "ADA@example.com"))
    assert await here.take(crm, "crm") is Taken.CREATED
    # A CRM goes before a storefront in names, the newer record in addresses.
    assert await here.rows(CUSTOMERS) == [("Augusta King", ["king@example.com", "ada@example.com"], 3)]
    assert await here.rows(RECORDS) == [("crm", "9", "email", 0.95), ("web", "1", "first_record", 1.0)]
    linked = '{"rule": "email", "source": "crm", "externalId": "9"}'
    assert (await here.rows(EVENTS))[1:] == [("customer.record_linked", linked, "CONNECTOR", "crm")]


async def test_an_address_of_several_customers_links_to_none(here: Here) -> None:
    for number in (1, 2):
        await here.take(customer(number, emails=(f"{number}@example.com",)))
    await here.take(customer(3, emails=("1@example.com", "2@example.com")), "crm")
    assert [row[2] for row in await here.rows(RECORDS)] == ["first_record"] * 3


async def test_one_who_was_merged_away_is_not_found_by_address(here: Here) -> None:
    for number in (1, 2):
        await here.take(customer(number, emails=(f"{number}@example.com",)))
    async with here.work.writers.transaction(Actor(ActorKind.SYSTEM, "test")) as tx:
        first, second = (row["id"] for row in await tx.rows("SELECT id FROM customers ORDER BY id"))
        await tx.run("UPDATE customer_source_records SET customer_id = $1", first)
        await tx.run("UPDATE customers SET merged_into_id = $1 WHERE id = $2", first, second)
    await here.take(customer(3, emails=("2@example.com",)), "crm")
    assert [row[2] for row in await here.rows(RECORDS)] == ["first_record"] * 3


async def test_what_changes_is_told_by_its_names_alone(here: Here) -> None:
    await here.take(customer(1, accepts_email=True))
    assert await here.take(customer(1, 5, family_name="King", accepts_email=False)) is Taken.CHANGED
    told = '{"source": "web", "changed": ["family_name", "display_name", "consents"], "externalId": "1"}'
    assert (await here.rows(EVENTS))[1:] == [("customer.synced", told, "CONNECTOR", "web")]
    assert await here.rows("SELECT granted, at FROM consents") == [(False, at(5))]
    assert await here.rows(CUSTOMERS) == [("Ada 1 King", ["ada1@example.com"], 3)]


async def test_a_version_that_says_nothing_new_is_no_event(here: Here) -> None:
    await here.take(customer(1, accepts_email=True))
    before = await here.rows(CUSTOMERS)
    again = customer(1, 5, accepts_email=True, raw={"id": 1, "orders": 9})
    assert await here.take(again) is Taken.UNCHANGED
    assert (await here.rows(CUSTOMERS), len(await here.rows(EVENTS))) == (before, 1)
    # Yet it is the newest word.
    assert await here.rows("SELECT observed_at, record ->> 'orders' FROM customer_source_records") == [(at(5), "9")]


async def test_what_a_feed_has_no_word_for_stays(here: Here) -> None:
    await here.take(customer(1, tags=("vip",)))
    async with here.work.writers.transaction(Actor(ActorKind.SYSTEM, "test")) as tx:
        sql = "UPDATE customer_source_records SET profile = profile || $1"
        await tx.run(sql, '{"carrier": "web", "allowSplitShipments": false}')
    await here.take(customer(1, 5))
    shown = "SELECT tags, carrier_key, allow_split_shipments FROM customers"
    assert await here.rows(shown) == [([], "web", False)]


async def test_an_older_version_changes_nothing(here: Here) -> None:
    await here.take(customer(1, 5, given_name="Grace"))
    assert await here.take(customer(1, 4)) is Taken.UNCHANGED
    assert await here.rows("SELECT display_name FROM customers") == [("Grace",)]
    assert len(await here.rows(EVENTS)) == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_the_newest_version_is_shown_in_whatever_order_they_come(here: Here, order: Sequence[int]) -> None:
    versions = [
        customer(1, 1, given_name="Ada", accepts_email=True),
        customer(1, 2, given_name="Augusta", kind=CustomerKind.ORGANIZATION, company="Engines Ltd"),
        customer(1, 3, given_name="Grace", emails=("grace@example.com",), accepts_email=False),
    ]
    for number in order:
        async with here.work.writers.transaction(Actor(ActorKind.CONNECTOR, "web")) as tx:
            await _take_records(tx, [versions[number]], here.work)
    shown = "SELECT display_name, kind, company, emails FROM customers"
    assert await here.rows(shown) == [("Grace", "PERSON", None, ["grace@example.com"])]
    assert await here.rows("SELECT granted FROM consents") == [(False,)]


async def test_of_several_versions_in_one_page_the_newest_counts(here: Here) -> None:
    async with here.work.writers.transaction(Actor(ActorKind.CONNECTOR, "web")) as tx:
        await _take_records(tx, [customer(1, 5, given_name="Grace"), customer(1, 1)], here.work)
    assert await here.rows(CUSTOMERS) == [("Grace", ["ada1@example.com"], 2)]


async def test_two_sources_that_meet_the_same_person_at_once_make_one_customer(here: Here) -> None:
    ada = customer(1, emails=("ada@example.com",))
    await asyncio.gather(*(here.take(ada, key) for key in ("web", "crm", "erp")))
    assert await here.rows("SELECT count(*) FROM customers") == [(1,)]
    assert sorted(row[2] for row in await here.rows(RECORDS)) == ["email", "email", "first_record"]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (customer(1, currency="XXQ"), r"^XXQ is no currency of ISO 4217$"),
        (CustomerRecord(external_id=" ", updated_at=at(0)), r"^web gives the customer no id$"),
    ],
)
async def test_what_cannot_be_a_customer_is_refused(here: Here, record: CustomerRecord, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        await here.take(record)
    assert await here.rows("SELECT FROM customers") == []


async def _take_records(tx: Transaction, records: Sequence[Any], work: Work) -> None:
    await take_records(tx, Told(source_key="web", feed=Feed.CUSTOMERS, records=records), work)
