"""What is copied from SAP: customers by day and number, each once more rather than never, and all stock."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from app.connectors.ports.feeds import CustomerRecord, StockRecord
from app.connectors.ports.inventory import StockLevel
from app.domain.customer import CustomerKind
from app.sandbox.data import SapSystem
from tests.connectors.sap_office import Office
from tests.connectors.vendor_rows import day, make_partner, make_stock


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def partners(count: int, **fields: Any) -> SapSystem:
    made = [make_partner(number) for number in range(1, count + 1)]
    return SapSystem(business_partners=[row | fields for row, _ in made], customers=[row for _, row in made])


async def test_all_customers_are_read_and_then_those_that_changed() -> None:
    system = partners(450)
    supplier, _ = make_partner(900)
    office = Office(
        replace(system, business_partners=[*system.business_partners, supplier | {"Customer": ""}]), guest_customer=""
    )
    seen: list[str] = []
    cursor, sizes = None, []
    while True:
        page = await office.sap.changed_customers(cursor, deadline=office.deadline())
        seen += [record.external_id for record in page.items]
        sizes.append(len(page.items))
        cursor = page.cursor
        if not page.has_more:
            break
    assert seen == [f"{number:010d}" for number in range(1, 451)]
    assert sizes == [200, 200, 50]
    assert (await office.sap.changed_customers(cursor, deadline=office.deadline())).items == ()

    tables, today = office.app.tables, day("2026-11-01")
    rows = {row["BusinessPartner"]: row for row in office.rows("A_BusinessPartner")}
    tables.change("A_BusinessPartner", rows["0000000007"], {"LastChangeDate": today, "LastChangeTime": "PT00H20M00S"})
    tables.change("A_BusinessPartner", rows["0000000008"], {"LastChangeDate": today, "LastChangeTime": "PT00H05M00S"})
    gone = {"LastChangeDate": today, "LastChangeTime": "PT00H30M00S", "IsMarkedForArchiving": True}
    tables.change("A_BusinessPartner", rows["0000000009"], gone)
    changed = await office.sap.changed_customers(cursor, deadline=office.deadline())
    # It is 00:16:40: from ten minutes before on, what changed is told.
    assert [record.external_id for record in changed.items] == ["0000000007"]
    assert (changed.gone, changed.has_more) == (("0000000009",), False)


async def test_whoever_stands_for_all_guests_is_no_customer() -> None:
    office = Office(partners(3), guest_customer="2")
    page = await office.sap.changed_customers(None, deadline=office.deadline())
    assert [record.external_id for record in page.items] == ["0000000001", "0000000003"]


async def test_a_change_under_way_is_told_by_the_next_run() -> None:
    office = Office(partners(250))
    first = await office.sap.changed_customers(None, deadline=office.deadline())
    row = office.rows("A_BusinessPartner")[4]
    changed = {"LastChangeDate": day("2026-11-01"), "LastChangeTime": "PT00H17M00S"}
    office.app.tables.change("A_BusinessPartner", row, changed)
    office.clock.now_s += 3_600
    last = await office.sap.changed_customers(first.cursor, deadline=office.deadline())
    assert (len(last.items), last.has_more) == (50, False)
    again = await office.sap.changed_customers(last.cursor, deadline=office.deadline())
    assert [record.external_id for record in again.items] == ["0000000005"]


async def test_a_customer_is_copied_with_addresses_and_how_to_reach_it() -> None:
    address = {
        "AddressID": "22",
        "FullName": "Ada Lovelace",
        "StreetName": "Main St",
        "HouseNumber": "12",
        "StreetPrefixName": "Apt 5",
        "CityName": "Reno",
        "Region": "NV",
        "PostalCode": "89501",
        "Country": "US",
        "to_EmailAddress": [
            {"OrdinalNumber": "1", "EmailAddress": "ada@example.com"},
            {"OrdinalNumber": "2", "EmailAddress": "office@example.com"},
        ],
        "to_PhoneNumber": [{"OrdinalNumber": "1", "InternationalPhoneNumber": "+17755550100"}],
        "to_MobilePhoneNumber": [{"OrdinalNumber": "2", "PhoneNumber": "775 555 0101"}],
    }
    berlin = {"AddressID": "23", "StreetName": "Torstr.", "HouseNumber": "1", "CityName": "Berlin", "Country": "DE"}
    box = {"AddressID": "24", "CityName": "Reno", "Country": "US"}
    changed = {"LastChangeDate": day("2026-10-05"), "LastChangeTime": "PT09H00M00S", "CorrespondenceLanguage": "EN"}
    row = make_partner(1)[0] | changed | {"to_BusinessPartnerAddress": [address, berlin, box]}
    office = Office(SapSystem(business_partners=[row]), time_zone="Europe/Berlin")
    found = await office.sap.customers_by_id(["0000000001", "2"], deadline=office.deadline())
    record = found["0000000001"]
    assert found["2"] is None
    assert record is not None
    assert record.raw["BusinessPartner"] == "1"
    assert replace(record, raw={}) == CustomerRecord(
        external_id="0000000001",
        updated_at=at("2026-10-05T07:00:00"),
        given_name="Partner",
        family_name="No. 1",
        emails=("ada@example.com", "office@example.com"),
        phones=("+17755550100", "775 555 0101"),
        addresses=(
            {
                "name": "Ada Lovelace",
                "line1": "12 Main St",
                "line2": "Apt 5",
                "city": "Reno",
                "region": "NV",
                "postalCode": "89501",
                "country": "US",
            },
            {"line1": "Torstr. 1", "city": "Berlin", "country": "DE"},
        ),
        locale="en",
    )


async def test_an_organization_goes_by_its_company() -> None:
    names = {"BusinessPartnerCategory": "2", "OrganizationBPName1": "Analytical", "OrganizationBPName2": "Engines"}
    office = Office(SapSystem(business_partners=[make_partner(1)[0] | names]))
    record = (await office.sap.customers_by_id(["1"], deadline=office.deadline()))["1"]
    assert record is not None
    assert (record.kind, record.company, record.given_name) == (CustomerKind.ORGANIZATION, "Analytical Engines", None)


async def all_stock(office: Office) -> tuple[list[StockRecord], int, str]:
    records: list[StockRecord] = []
    cursor, pages = "", 0
    while True:
        page = await office.sap.changed_stock(cursor or None, deadline=office.deadline())
        records += page.items
        cursor, pages = page.cursor, pages + 1
        if not page.has_more:
            return records, pages, cursor


@pytest.mark.parametrize("rows_per_page", [1_000, 5, 3, 2])
async def test_all_stock_is_told_once_however_it_is_paged(rows_per_page: int) -> None:
    rows = [make_stock(f"SKU-{n}", f"10{place}0/101A", f"{n}{place}.000") for n in range(1, 6) for place in range(3)]
    office = Office(SapSystem(stock=rows), rows_per_page=rows_per_page)
    records, pages, cursor = await all_stock(office)
    assert [record.sku for record in records] == [f"SKU-{n}" for n in range(1, 6)]
    assert {len(record.levels) for record in records} == {3}
    assert records[2].levels[1] == StockLevel("1010/101A", 31)
    assert (cursor, pages > 1) == ("", rows_per_page < 1_000)
