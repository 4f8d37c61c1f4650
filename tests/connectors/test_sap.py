"""SAP's own: URLs and dates, pages, credentials, the check of a set-up, the token for writes."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from app.connectors.contract import SourceGarbled, SourceRefused
from app.connectors.ports.checking import Finding
from app.connectors.ports.inventory import StockLevel
from app.connectors.ports.sinks import StockChange
from app.connectors.registry import Registry
from app.connectors.request import Answer
from app.connectors.sap import bodies, mapping, odata
from app.connectors.sap.check import used_names
from app.connectors.sap.client import SapConnector
from app.connectors.sap.documents import Order
from app.connectors.sap.mapping import AccountRow, StockRow
from app.connectors.sap.odata import Many, Metadata
from app.connectors.sap.session import session_headers
from app.connectors.source_config import InvalidSourceConfig
from app.sandbox.data import SapSystem
from app.sandbox.sap.metadata import metadata
from tests.connectors.fake_clock import FakeClock
from tests.connectors.sap_office import STOCKED, Office, make_line, make_order, make_return, make_shipment
from tests.connectors.vendor_rows import make_config, make_stock

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
    used, units = used_names(), {"ESP-1": "PC", "A": "PC"}
    for service, name, body in (
        (mapping.SALES_ORDER, "A_SalesOrder", bodies.sales_order(order, "1", units, settings)),
        (mapping.SALES_ORDER, "A_SalesOrderItem", bodies.order_item(order.lines[0], units, settings)),
        (mapping.DELIVERY, "A_OutbDeliveryHeader", bodies.delivery(make_shipment(order), row, settings)),
        (mapping.CUSTOMER_RETURN, "A_CustomerReturn", bodies.customer_return(make_return(order), row, settings)),
        (mapping.MATERIAL_DOCUMENT, "A_MaterialDocumentHeader", bodies.material_document("k", change, units, settings)),
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
