"""SAP's own: dates without zones, blocks, pages, feeds by day, a description that lacks something."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from app.connectors.contract import SourceGarbled, SourceRefused
from app.connectors.ports.checking import Finding
from app.connectors.ports.feeds import CustomerRecord, StockRecord
from app.connectors.ports.inventory import StockLevel
from app.connectors.ports.sinks import StockChange
from app.connectors.registry import Registry
from app.connectors.sap import bodies, mapping, odata
from app.connectors.sap.check import used_names
from app.connectors.sap.client import SapConnector
from app.connectors.sap.documents import Order
from app.connectors.sap.mapping import AccountRow, StockRow
from app.connectors.sap.odata import Many, Metadata
from app.connectors.sap.session import session_headers
from app.connectors.source_config import InvalidSourceConfig
from app.connectors.transport import Answer
from app.domain.customer import CustomerKind
from app.sandbox.data import SapSystem
from app.sandbox.sap.metadata import metadata
from tests.connectors.fake_clock import FakeClock
from tests.connectors.sap_office import STOCKED, Office, make_line, make_order, make_return, make_shipment
from tests.connectors.vendor_rows import day, make_config, make_partner, make_sales_order, make_stock

SERVICE = "API_MATERIAL_STOCK_SRV"
BASE = f"https://sap.example/sap/opu/odata/sap/{SERVICE}"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# ── URLs and values


def test_a_quote_is_doubled_and_a_space_is_no_plus() -> None:
    where = odata.any_of("Material", ["O'Hara & Sons", "A+B"])
    assert where == "(Material eq 'O''Hara & Sons' or Material eq 'A+B')"
    path = odata.url(SERVICE, "A_MatlStkInAcctMod", {"$filter": where})
    assert path == (
        f"/sap/opu/odata/sap/{SERVICE}/A_MatlStkInAcctMod"
        "?$filter=(Material%20eq%20'O''Hara%20%26%20Sons'%20or%20Material%20eq%20'A%2BB')"
    )


def test_keys_are_named_where_there_are_several() -> None:
    assert odata.key(SalesOrder="1") == "('1')"
    assert odata.key(SalesOrder="1/2", SalesOrderItem="10") == "(SalesOrder='1%2F2',SalesOrderItem='10')"


def test_what_is_selected_are_the_rows_fields() -> None:
    assert odata.selection(StockRow) == {
        "$select": "Material,Plant,StorageLocation,MatlWrhsStkQtyInMatlBaseUnit",
    }
    assert odata.selection(AccountRow)["$expand"] == "to_Customer/to_CustomerCompany,to_Customer/to_CustomerSalesArea"


@pytest.mark.parametrize(
    ("ticks", "time", "zone", "instant"),
    [
        ("/Date(1793491200000)/", None, "UTC", "2026-11-01T00:00:00"),
        ("/Date(1793491200000)/", "PT09H30M05S", "UTC", "2026-11-01T09:30:05"),
        ("/Date(1793491200000)/", "PT09H", "Europe/Berlin", "2026-11-01T08:00:00"),
        ("/Date(1793491200000)/", None, "America/Los_Angeles", "2026-11-01T07:00:00"),
        ("/Date(-86400000)/", None, "UTC", "1969-12-31T00:00:00"),
    ],
)
def test_a_date_is_one_of_the_systems_clock(ticks: str, time: str | None, zone: str, instant: str) -> None:
    settings = Office(time_zone=zone).sap._api.settings
    assert odata.local_instant(ticks, time, settings.time_zone) == at(instant)


@pytest.mark.parametrize(
    ("following", "resource"),
    [
        (f"{BASE}/A_MatlStkInAcctMod?$skiptoken=2", "A_MatlStkInAcctMod?$skiptoken=2"),
        (f"https://inside.local:44300/proxy/sap/opu/odata/sap/{SERVICE}/A_X?$skiptoken=a'b", "A_X?$skiptoken=a'b"),
        (f"{BASE};v=0002/A_X?$skiptoken=1", "A_X?$skiptoken=1"),
        ("https://sap.example/sap/opu/odata/sap/API_BUSINESS_PARTNER/A_BusinessPartner", None),
        (f"{BASE}/../API_BUSINESS_PARTNER/A_BusinessPartner", None),
        ("/somewhere/else", None),
        ("", None),
    ],
)
def test_a_next_page_is_below_its_service(following: str, resource: str | None) -> None:
    assert odata.following_resource(SERVICE, following) == resource


async def test_rows_are_read_page_by_page() -> None:
    stock = [make_stock("ESP-1", f"10{number:02d}/101A", f"{number}.000") for number in range(7)]
    office = Office(SapSystem(stock=stock), rows_per_page=3)
    levels = (await office.sap.stock(["ESP-1"], deadline=office.deadline()))["ESP-1"]
    assert levels == tuple(StockLevel(f"10{number:02d}/101A", number) for number in range(7))
    access, pages = 1, 3
    assert office.faults.request_count == access + pages


def connector(answer: dict[str, Any]) -> SapConnector:
    """To a system that grants any token and gives one answer."""

    async def respond(request: httpx2.Request) -> httpx2.Response:
        is_token = request.url.path.endswith("/token")
        return httpx2.Response(200, json={"access_token": "t"} if is_token else answer)

    http = httpx2.MockTransport(respond)
    found = Registry([make_config("sap", "http://sap.test")], http=http, clock=FakeClock().as_clock())["sap"]
    assert isinstance(found, SapConnector)
    return found


ROW = {"Material": "A", "Plant": "1", "StorageLocation": "1", "MatlWrhsStkQtyInMatlBaseUnit": "1.000"}


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"d": {"results": [], "__next": "https://evil.test/"}}, "sap gave no usable address of the next page"),
        ({"d": {"results": [], "__next": f"{BASE}/A_X?$skiptoken=1"}}, "sap answered with more than 20 pages"),
        ({"d": {"results": [ROW | {"Material": 5}]}}, "sap sent an answer that cannot be read"),
        (
            {"d": {"results": [ROW | {"MatlWrhsStkQtyInMatlBaseUnit": "many"}]}},
            "sap sent an answer that cannot be read",
        ),
        ({"d": {}}, "sap sent an answer that cannot be read"),
    ],
)
async def test_an_answer_that_makes_no_sense_is_garbled(answer: dict[str, Any], message: str) -> None:
    with pytest.raises(SourceGarbled, match=f"^{message}$"):
        await connector(answer).stock(["A"], deadline=2_000)


# ── what is read live


async def test_stock_counts_whole_units_that_anybody_may_have() -> None:
    rows = [
        make_stock("ESP-1", "1010/101A", "12.700"),
        make_stock("ESP-1", "1010/101A", "3.000", InventoryStockType="02"),
        make_stock("ESP-1", "1010/101A", "4.000", InventorySpecialStockType="E", SDDocument="1"),
        make_stock("ESP-1", "1020/102A", "-0.500"),
        make_stock("000000000000000123", "1010/101A", "2.000"),
    ]
    office = Office(SapSystem(stock=rows))
    stock = await office.sap.stock(["esp-1", "123"], deadline=office.deadline())
    assert stock == {
        "esp-1": (StockLevel("1010/101A", 12), StockLevel("1020/102A", -1)),
        "123": (StockLevel("1010/101A", 2),),
    }


AREA = {"SalesOrganization": "1010", "DistributionChannel": "10", "Division": "00"}


@pytest.mark.parametrize(
    ("customer", "partner", "terms", "is_blocked"),
    [
        ({}, {}, "NT30", False),
        ({"OrderIsBlockedForCustomer": "01"}, {}, "NT30", True),
        ({"PostingIsBlocked": True}, {}, "NT30", True),
        ({}, {"BusinessPartnerIsBlocked": True}, "NT30", True),
        ({"to_CustomerSalesArea": [AREA | {"OrderIsBlockedForCustomer": "02"}]}, {}, None, True),
        ({"to_CustomerSalesArea": [AREA | {"Division": "01", "OrderIsBlockedForCustomer": "02"}]}, {}, None, False),
        (
            {
                "to_CustomerSalesArea": [],
                "to_CustomerCompany": [
                    {"CompanyCode": "0001", "PaymentTerms": "0001"},
                    {"CompanyCode": "1010", "PaymentTerms": "NT10"},
                ],
            },
            {},
            "NT10",
            False,
        ),
    ],
)
async def test_an_account_is_that_of_our_sales_area(
    customer: dict[str, Any], partner: dict[str, Any], terms: str | None, is_blocked: bool
) -> None:
    row, customer_row = make_partner(1, **customer)
    office = Office(SapSystem(business_partners=[row | partner], customers=[customer_row]))
    account = (await office.sap.accounts(["1"], deadline=office.deadline()))["1"]
    assert account is not None
    assert (account.external_id, account.payment_terms, account.blocked) == ("1", terms, is_blocked)


async def test_a_partner_who_is_no_customer_has_an_account_without_terms() -> None:
    row, _ = make_partner(1)
    office = Office(SapSystem(business_partners=[row | {"Customer": ""}]))
    account = (await office.sap.accounts(["0000000001"], deadline=office.deadline()))["0000000001"]
    assert account is not None
    assert (account.name, account.payment_terms, account.blocked) == ("Partner 1", None, False)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"OverallSDProcessStatus": "C"}, "completed"),
        ({"DeliveryBlockReason": "01"}, "delivery blocked"),
        ({"OverallSDDocumentRejectionSts": "C"}, "rejected"),
        ({"OverallSDProcessStatus": ""}, None),
    ],
)
async def test_a_status_is_told_in_plain_words(fields: dict[str, Any], status: str | None) -> None:
    office = Office(SapSystem(sales_orders=[make_sales_order(1, "J-1", **fields)]))
    (order,) = (await office.sap.documents(["J-1"], deadline=office.deadline()))["J-1"]
    assert order.status == status


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"InvoiceClearingStatus": "C"}, ("invoice", "paid")),
        ({"BillingDocumentIsCancelled": True}, ("invoice", "canceled")),
        ({"SDDocumentCategory": "O", "AccountingPostingStatus": "C"}, ("credit memo", "posted")),
        ({}, ("invoice", "not posted")),
    ],
)
async def test_a_billing_document_is_told_in_plain_words(fields: dict[str, Any], told: tuple[str, str]) -> None:
    row = {"BillingDocument": "1", "PurchaseOrderByCustomer": "J-1", "SalesOrganization": "1010"}
    office = Office(SapSystem(billing_documents=[row | fields]))
    (document,) = (await office.sap.documents(["J-1"], deadline=office.deadline()))["J-1"]
    assert (document.kind, document.status) == told


# ── what is copied


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


# ── credentials and set-up


async def test_basic_credentials_go_with_every_request_and_are_not_tried_twice() -> None:
    office = Office(STOCKED, auth="basic")
    assert (await office.sap.stock(["MUG-2"], deadline=office.deadline()))["MUG-2"] == (StockLevel("1010/101A", 40),)
    assert office.faults.request_count == 1
    locked_out = Office(STOCKED, auth="basic", client_secret="wrong")
    with pytest.raises(SourceRefused, match=r"^sap does not accept our credentials$"):
        await locked_out.sap.stock(["MUG-2"], deadline=locked_out.deadline())
    assert locked_out.faults.request_count == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"auth": "kerberos"}, "source sap: auth is 'kerberos'; choose from basic, oauth2"),
        ({"time_zone": "Berlin"}, "source sap: time_zone must be a name such as Europe/Berlin"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidSourceConfig, match=f"^{message}$"):
        Office(STOCKED, **settings)  # type: ignore[arg-type]


async def test_the_client_goes_with_every_request() -> None:
    asked: list[httpx2.URL] = []

    async def respond(request: httpx2.Request) -> httpx2.Response:
        asked.append(request.url)
        return httpx2.Response(200, json={"d": {"results": []}})

    config = make_config("sap", "http://sap.test", auth="basic", sap_client="100")
    found = Registry([config], http=httpx2.MockTransport(respond), clock=FakeClock().as_clock())["sap"]
    assert isinstance(found, SapConnector)
    await found.documents(["J-1"], deadline=2_000)
    assert [url.params["sap-client"] for url in asked] == ["100"] * 3


async def test_a_system_that_has_all_we_use_is_found_so() -> None:
    office = Office()
    findings = await office.sap.check(deadline=office.deadline())
    assert findings[0] == Finding("credentials", is_ok=True, detail="SAP lets us in.")
    assert [finding.what for finding in findings[1:]] == [
        "service API_BILLING_DOCUMENT_SRV",
        "service API_BUSINESS_PARTNER",
        "service API_CUSTOMER_RETURN_SRV",
        "service API_MATERIAL_DOCUMENT_SRV",
        "service API_MATERIAL_STOCK_SRV",
        "service API_OUTBOUND_DELIVERY_SRV;v=0002",
        "service API_SALES_ORDER_SRV",
    ]
    assert {finding.detail for finding in findings[1:]} == {"It has all that we use."}


def test_the_check_asks_for_every_name_that_is_written() -> None:
    order = make_order(make_line(1, "ESP-1", 1))
    settings = replace(Office().sap._api.settings, price_condition="PMP0", freight_condition="YBHD", cost_center="1")
    row = Order("1", "1", Many([]), Metadata())
    change = StockChange(
        sku="A", product_external_id=None, location="1/2", on_hand_delta=-1, on_hand=0, at=order.placed_at, reason=None
    )
    used = used_names()
    for service, name, body in (
        (mapping.SALES_ORDER, "A_SalesOrder", bodies.sales_order(order, "1", settings)),
        (mapping.SALES_ORDER, "A_SalesOrderItem", bodies.order_item(order.lines[0], settings)),
        (mapping.DELIVERY, "A_OutbDeliveryHeader", bodies.delivery(make_shipment(order), row, settings)),
        (mapping.CUSTOMER_RETURN, "A_CustomerReturn", bodies.customer_return(make_return(order), row, settings)),
        (mapping.MATERIAL_DOCUMENT, "A_MaterialDocumentHeader", bodies.material_document("k", change, "PC", settings)),
    ):
        assert body.keys() - used[service][name] == set()


async def test_what_a_system_lacks_is_named() -> None:
    async def respond(request: httpx2.Request) -> httpx2.Response:
        service = request.url.path.split("/")[5]
        if service.startswith("API_BILLING"):
            return httpx2.Response(403, json={"error": {"code": "/IWFND/MED/170", "message": {"value": "none"}}})
        return httpx2.Response(200, text=metadata(service).replace('"AssignmentReference"', '"Assignment"'))

    config = make_config("sap", "http://sap.test", auth="basic")
    found = Registry([config], http=httpx2.MockTransport(respond), clock=FakeClock().as_clock())["sap"]
    assert isinstance(found, SapConnector)
    failed = {finding.what: finding.detail for finding in await found.check(deadline=2_000) if not finding.is_ok}
    assert failed == {
        "service API_BILLING_DOCUMENT_SRV": "sap refused the request (HTTP 403 /IWFND/MED/170): "
        "add its scenario to the communication arrangement, or activate it.",
        "service API_CUSTOMER_RETURN_SRV": "It lacks A_CustomerReturn.AssignmentReference: "
        "its release is older than we need.",
    }


async def test_wrong_credentials_are_a_finding() -> None:
    office = Office(auth="basic", client_secret="wrong")
    assert await office.sap.check(deadline=office.deadline()) == (
        Finding(
            "credentials",
            is_ok=False,
            detail="sap does not accept our credentials: look at user and password.",
        ),
    )


# ── the token for writes


@pytest.mark.parametrize(
    ("cookies", "sent"),
    [
        (["SAP_SESSIONID_S4H_100=abc%3d; path=/; HttpOnly"], "SAP_SESSIONID_S4H_100=abc%3d"),
        (
            [
                "sap-usercontext=sap-client=100; path=/",
                "old=; expires=Tue, 01-Jan-1980 00:00:00 GMT; path=/",
                "x.Y_1=a b",
            ],
            "sap-usercontext=sap-client=100; old=; x.Y_1=a b",
        ),
        ([], None),
    ],
)
def test_all_cookies_go_back_with_the_token(cookies: list[str], sent: str | None) -> None:
    headers = httpx2.Headers([("x-csrf-token", "t"), *(("set-cookie", cookie) for cookie in cookies)])
    told = session_headers(Answer("sap", 200, headers, b""))
    assert (told["X-CSRF-Token"], told.get("Cookie")) == ("t", sent)


@pytest.mark.parametrize("headers", [{}, {"x-csrf-token": "t", "set-cookie": f"a={'b' * 8_001}"}])
def test_a_token_that_cannot_be_used_is_garbled(headers: dict[str, str]) -> None:
    with pytest.raises(SourceGarbled, match=r"^sap gave no usable token for writes$"):
        session_headers(Answer("sap", 200, httpx2.Headers(headers), b""))
