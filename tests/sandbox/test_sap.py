"""The sandboxed SAP system's OData: what a filter, a selection, an expansion and a page mean."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from app.sandbox.data import CLIENT_ID, CLIENT_SECRET, SapSystem
from app.sandbox.sap.wire import SapApp

ROOT = "/sap/opu/odata/sap"
SYSTEM = SapSystem(
    business_partners=[
        {
            "BusinessPartner": "0001000201",
            "Customer": "0001000201",
            "CreationDate": "/Date(1763856000000)/",
            "to_BusinessPartnerAddress": [
                {"AddressID": "22", "to_EmailAddress": [{"EmailAddress": "ada@example.com"}]}
            ],
        },
        {"BusinessPartner": "7", "LastChangeDate": "/Date(1763942400000)/", "LastChangeTime": "PT09H30M00S"},
    ],
    stock=[{"Material": f"SKU{n}", "Plant": "1010", "MatlWrhsStkQtyInMatlBaseUnit": f"{n}.000"} for n in range(5)],
    sales_orders=[{"SalesOrder": "1", "PurchaseOrderByCustomer": "O'Hara 1", "DistributionChannel": "00"}],
    deliveries=[
        {
            "DeliveryDocument": "0080000001",
            "OverallGoodsMovementStatus": "C",
            "to_DeliveryDocumentItem": [{"DeliveryDocumentItem": "10", "ReferenceSDDocument": "1"}],
        }
    ],
)


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(SapApp(SYSTEM, rows_per_page=2).asgi)
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://sap.test", auth=(CLIENT_ID, CLIENT_SECRET)
    ) as each:
        yield each


async def rows(client: httpx2.AsyncClient, path: str, **options: str) -> list[dict[str, Any]]:
    answer = await client.get(f"{ROOT}/{path}", params={f"${name}": value for name, value in options.items()})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.json()["d"]["results"]
    return results


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("BusinessPartner eq '1000201'", ["1000201"]),
        ("BusinessPartner eq '0000000007' or BusinessPartner eq '1000201'", ["7", "1000201"]),
        ("LastChangeDate ge datetime'2025-11-24T00:00:00'", ["7"]),
        ("LastChangeDate gt datetime'2025-11-24T00:00:00'", []),
        ("LastChangeTime le time'PT09H30M00S' and Customer ne ''", ["1000201"]),
        ("(Customer eq '' or CreationDate lt datetime'2025-11-23T00:00:00') and Customer ne '1'", ["7"]),
        ("BusinessPartner gt '1'", ["7", "1000201"]),
    ],
)  # fmt: skip
async def test_a_filter_finds_rows(client: httpx2.AsyncClient, condition: str, found: list[str]) -> None:
    partners = await rows(client, "API_BUSINESS_PARTNER/A_BusinessPartner", filter=condition)
    assert [partner["BusinessPartner"] for partner in partners] == found


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("Materil eq 'X'", "Property Materil not found in type"),
        ("Material eq 5", "Invalid parametertype used at function 'eq' (position: 1)"),
        ("Material like 'X'", "Invalid operator like in the filter expression"),
        ("(Material eq 'X'", "Missing closing parenthesis in the filter expression"),
        ("Material eq", "The filter expression ends too early"),
        ("Material eq 'X' Plant", "Invalid token at position 3 of the filter expression"),
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused(
    client: httpx2.AsyncClient, condition: str, message: str
) -> None:
    answer = await client.get(f"{ROOT}/API_MATERIAL_STOCK_SRV/A_MatlStkInAcctMod", params={"$filter": condition})
    error = answer.json()["error"]
    assert (answer.status_code, error["message"]["value"]) == (400, message)
    assert error["innererror"]["errordetails"][0]["message"] == message


@pytest.mark.parametrize("condition", ["LastChangeTime le time'noon'", "CreationDate gt datetime'tomorrow'"])
async def test_a_time_that_is_none_is_refused(client: httpx2.AsyncClient, condition: str) -> None:
    answer = await client.get(f"{ROOT}/API_BUSINESS_PARTNER/A_BusinessPartner", params={"$filter": condition})
    message = f"Invalid value for property {condition.partition(' ')[0]} in the filter expression"
    assert (answer.status_code, answer.json()["error"]["message"]["value"]) == (400, message)


async def test_a_row_shows_what_was_selected_and_expanded(client: httpx2.AsyncClient) -> None:
    (partner,) = await rows(
        client,
        "API_BUSINESS_PARTNER/A_BusinessPartner",
        filter="Customer eq '1000201'",
        select="BusinessPartner,to_BusinessPartnerAddress/AddressID,to_BusinessPartnerAddress/to_EmailAddress/EmailAddress",
        expand="to_BusinessPartnerAddress/to_EmailAddress",
    )
    del partner["__metadata"]
    (address,) = partner.pop("to_BusinessPartnerAddress")["results"]
    assert partner == {"BusinessPartner": "1000201"}
    assert address["AddressID"] == "22"
    assert [each["EmailAddress"] for each in address["to_EmailAddress"]["results"]] == ["ada@example.com"]


async def test_pages_follow_each_other(client: httpx2.AsyncClient) -> None:
    seen, path, sizes = (
        [],
        f"{ROOT}/API_MATERIAL_STOCK_SRV/A_MatlStkInAcctMod?$select=Material&$inlinecount=allpages",
        [],
    )
    while path:
        page = (await client.get(path)).json()["d"]
        seen += [row["Material"] for row in page["results"]]
        sizes.append((len(page["results"]), page["__count"]))
        path = page.get("__next")
    assert seen == ["SKU0", "SKU1", "SKU2", "SKU3", "SKU4"]
    assert sizes == [(2, "5"), (2, "5"), (1, "5")]


async def test_a_sales_order_knows_what_followed(client: httpx2.AsyncClient) -> None:
    (order,) = await rows(
        client,
        "API_SALES_ORDER_SRV/A_SalesOrder",
        filter="PurchaseOrderByCustomer eq 'O''Hara 1'",
        expand="to_SubsequentProcFlowDoc",
    )
    flow = order["to_SubsequentProcFlowDoc"]["results"]
    assert [(each["SubsequentDocumentCategory"], each["SubsequentDocument"]) for each in flow] == [
        ("J", "80000001"),
        ("R", "4980000001"),
    ]
    assert order["DistributionChannel"] == "00"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("API_SALES_ORDER_SRV/A_SalesOrder('2')", 404),
        ("API_SALES_ORDER_SRV/A_BusinessPartner", 404),
        ("API_SALES_ORDER_SRV/A_SalesOrder?$expand=to_Nothing", 400),
        ("API_SALES_ORDER_SRV/A_SalesOrder?$select=to_Item/Material", 400),
        ("API_SALES_ORDER_SRV/A_SalesOrder?$limit=5", 400),
        ("API_NOTHING_SRV/A_SalesOrder", 403),
    ],
)
async def test_what_is_not_there_is_refused(client: httpx2.AsyncClient, path: str, status: int) -> None:
    answer = await client.get(f"{ROOT}/{path}")
    assert (answer.status_code, list(answer.json())) == (status, ["error"])


async def test_strangers_see_nothing(client: httpx2.AsyncClient) -> None:
    answer = await client.get(f"{ROOT}/API_SALES_ORDER_SRV/A_SalesOrder", auth=("somebody", "else"))
    assert answer.status_code == 401
    assert "SalesOrder" not in answer.text
