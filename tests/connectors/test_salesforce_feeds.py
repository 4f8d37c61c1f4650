"""Contacts that changed or were deleted, and contacts whose cases did, followed from page to page and poll to poll."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.connectors.ports.feeds import Changes, CustomerRecord
from app.connectors.registry import Registry
from app.connectors.salesforce.feeds import IN_FLIGHT
from app.sandbox.data import SalesforceOrg
from tests.connectors.salesforce_org import SalesforceInProcess
from tests.connectors.vendor_rows import contact_id, make_case, make_config, make_contact, record_id

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=1)


def time_of(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def contact(number: int, changed: datetime = LONG_AGO, /, **fields: Any) -> dict[str, Any]:
    return make_contact(number) | {"SystemModstamp": time_of(changed)} | fields


class Org(SalesforceInProcess):
    """In small pages."""

    def __init__(self, org: SalesforceOrg, *, changes_per_page: int = 3) -> None:
        super().__init__(org, limits={"changes_per_page": changes_per_page}, now=NOW)

    async def changed(self, cursor: str | None) -> Changes[CustomerRecord]:
        return await self.connector.changed_customers(cursor, deadline=self.clock.monotonic() + 60)

    async def cases(self, cursor: str | None) -> Changes[str]:
        return await self.connector.changed_cases(cursor, deadline=self.clock.monotonic() + 60)

    async def by_id(self, *ids: str) -> Mapping[str, CustomerRecord | None]:
        return await self.connector.customers_by_id(ids, deadline=self.clock.monotonic() + 60)

    async def all_changed(self, cursor: str | None) -> tuple[list[str], list[str], str]:
        """Ids, ids of deleted ones, and the cursor behind the last page."""
        ids: list[str] = []
        gone: list[str] = []
        while True:
            page = await self.changed(cursor)
            ids += [each.external_id for each in page.items]
            gone += page.gone
            cursor = page.cursor
            if not page.has_more:
                return ids, gone, cursor


def people(*numbers: int) -> list[str]:
    return [contact_id(number) for number in numbers]


async def test_a_contact_is_a_customer() -> None:
    full = {
        "FirstName": "Ada",
        "LastName": "Lovelace",
        "Name": "Ada Lovelace",
        "Email": "ada@example.com",
        "Phone": "(555) 010-0001",
        "MobilePhone": "+1 555 010 0002",
        "MailingStreet": "12 Analytical Way\r\nApt 3\r\nRear",
        "MailingCity": "Reno",
        "MailingState": "NV",
        "MailingPostalCode": "89501",
        "MailingCountry": "us",
        "AccountId": record_id("001", 1),
    }
    org = Org(
        SalesforceOrg(
            contacts=[contact(1, **full)], accounts=[{"Id": record_id("001", 1), "Name": "Analytical Engines"}]
        )
    )
    (ada,) = (await org.changed(None)).items
    assert ada == CustomerRecord(
        external_id=contact_id(1),
        updated_at=LONG_AGO,
        given_name="Ada",
        family_name="Lovelace",
        company="Analytical Engines",
        emails=("ada@example.com",),
        phones=("+1 555 010 0002", "(555) 010-0001"),
        addresses=(
            {
                "line1": "12 Analytical Way",
                "line2": "Apt 3, Rear",
                "city": "Reno",
                "region": "NV",
                "postalCode": "89501",
                "country": "US",
            },
        ),
        raw=ada.raw,
    )
    assert (ada.raw["Email"], ada.raw["Account"]) == ("ada@example.com", {"Name": "Analytical Engines"})


async def test_a_person_account_is_no_company_and_an_unknown_country_no_address() -> None:
    account = {"Id": record_id("001", 1), "Name": "Contact 1"}
    where = {"MailingStreet": "1 High Street", "MailingCity": "Leeds", "MailingCountry": "United Kingdom"}
    org = Org(SalesforceOrg(contacts=[contact(1, AccountId=account["Id"]) | where], accounts=[account]))
    (one,) = (await org.changed(None)).items
    assert (one.company, one.addresses) == (None, ())


async def test_changes_are_paged_by_time_and_id_to_the_end() -> None:
    org = Org(SalesforceOrg(contacts=[contact(number) for number in (5, 3, 1, 4, 2, 7, 6)]))
    first = await org.changed(None)
    assert [each.external_id for each in first.items] == people(1, 2, 3)
    assert (first.has_more, first.cursor) == (True, f"2026-11-19T12:00:00.000Z {contact_id(3)}")
    ids, _, cursor = await org.all_changed(first.cursor)
    assert ids == people(4, 5, 6, 7)
    assert await org.all_changed(cursor) == ([], [], cursor)


async def test_only_what_changed_since_is_told_and_what_was_deleted_is_gone() -> None:
    org = Org(SalesforceOrg(contacts=[contact(number) for number in (1, 2, 3, 4)]))
    _, _, cursor = await org.all_changed(None)
    org.now = NOW + timedelta(hours=1)
    org.records.change("Contact", contact_id(2), {"Email": "new@example.com"})
    org.records.change("Contact", contact_id(3), {"IsDeleted": True})
    ids, gone, _ = await org.all_changed(cursor)
    assert (ids, gone) == (people(2), people(3))
    assert set(org.paths) == {"token", "queryAll"}


async def test_a_change_that_comes_to_light_late_is_not_missed() -> None:
    """Its transaction ended after the poll that saw a younger one."""
    org = Org(SalesforceOrg(contacts=[contact(1, NOW - timedelta(seconds=5)), contact(2)]))
    _, _, cursor = await org.all_changed(None)
    assert cursor == soql_time(NOW - IN_FLIGHT)
    org.now = NOW - timedelta(minutes=9)
    org.records.change("Contact", contact_id(2), {})
    org.now = NOW
    ids, _, _ = await org.all_changed(cursor)
    assert ids == people(2, 1)


def soql_time(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.000Z")


async def test_once_nothing_can_be_in_flight_nothing_is_told_again() -> None:
    org = Org(SalesforceOrg(contacts=[contact(1, NOW)]))
    _, _, cursor = await org.all_changed(None)
    org.now = NOW + timedelta(minutes=11)
    ids, _, cursor = await org.all_changed(cursor)
    assert (ids, cursor) == (people(1), f"{soql_time(NOW)} {contact_id(1)}")
    assert (await org.all_changed(cursor))[0] == []


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(0, 3)), unique_by=lambda pair: pair[0], max_size=12),
    st.integers(1, 4),
)
async def test_every_contact_is_told_once_whatever_the_ties(contacts: list[tuple[int, int]], page_size: int) -> None:
    rows = [contact(number, LONG_AGO + timedelta(seconds=second)) for number, second in contacts]
    org = Org(SalesforceOrg(contacts=rows), changes_per_page=page_size)
    ids, _, _ = await org.all_changed(None)
    assert ids == [contact_id(number) for number, _ in sorted(contacts, key=lambda pair: (pair[1], pair[0]))]


async def test_a_cursor_of_somebody_elses_begins_anew() -> None:
    org = Org(SalesforceOrg(contacts=[contact(1)]))
    assert (await org.all_changed("gid://shopify/Customer/1' OR Id != '"))[0] == people(1)


async def test_customers_are_read_by_either_form_of_their_id() -> None:
    org = Org(SalesforceOrg(contacts=[contact(1), contact(2, IsDeleted=True)]))
    found = await org.by_id(contact_id(1), contact_id(1)[:15], contact_id(2), contact_id(9), "no such' id\\")
    assert {id_: record and record.external_id for id_, record in found.items()} == {
        contact_id(1): contact_id(1),
        contact_id(1)[:15]: contact_id(1),
        contact_id(2): None,
        contact_id(9): None,
        "no such' id\\": None,
    }


async def test_the_case_feed_begins_now_and_names_whose_cases_changed() -> None:
    cases = [make_case(number, contact=number, created="2026-10-01T08:00:00") for number in (1, 2, 3)]
    org = Org(SalesforceOrg(contacts=[contact(number) for number in (1, 2, 3)], cases=cases))
    begun = await org.cases(None)
    assert (begun.items, begun.has_more) == ((), False)
    org.now = NOW + timedelta(hours=1)
    org.records.change("Case", record_id("500", 2), {"Status": "Working"})
    org.records.change("Case", record_id("500", 3), {"IsDeleted": True})
    told = await org.cases(begun.cursor)
    assert told.items == (contact_id(2), contact_id(2)[:15], contact_id(3), contact_id(3)[:15])
    assert (told.gone, told.has_more) == ((), False)


async def test_the_case_feed_of_an_org_without_cases_begins_at_the_beginning() -> None:
    org = Org(SalesforceOrg(contacts=[contact(1)]))
    begun = await org.cases(None)
    org.records.create("Case", {"ContactId": contact_id(1), "Subject": "Help"}, key="1")
    assert (await org.cases(begun.cursor)).items == (contact_id(1), contact_id(1)[:15])


@pytest.mark.parametrize("value", ["maybe", ""])
def test_a_switch_is_yes_or_no(value: str) -> None:
    config = make_config("salesforce", "http://salesforce.test", address_codes=value)
    with pytest.raises(ValueError, match=r"^source salesforce: address_codes must be yes or no$"):
        Registry([config])
