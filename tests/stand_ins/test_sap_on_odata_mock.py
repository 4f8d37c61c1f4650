"""SAP's own mock server speaks OData V2 from the EDMX files: what we ask it understands, what it answers we read.

It does not refuse names that it does not know, none of its actions work, and it stumbles over a doubled quote, which
the standard asks for: `tests/specifications/sap.py` looks at names, and writes and quotes are for our own sandbox.
"""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.connectors.ports.erp import ErpAccountRecord, ErpDocumentRecord
from app.connectors.ports.inventory import StockLevel
from app.connectors.registry import Registry
from app.connectors.sap.client import SapConnector
from app.domain.money import Money
from scripts.node import Node
from tests.connectors.vendor_rows import day, make_config
from tests.specifications import sap
from tests.stand_ins.program import free_port, running

pytestmark = pytest.mark.skipif(not sap.FOLDER.is_dir(), reason="needs ../shared/specs/sap, which is not here")
HERE = Path(__file__).parent

OTHER_KEYS = (
    "Supplier",
    "Customer",
    "WBSElementInternalID",
    "SDDocument",
    "SDDocumentItem",
    "InventorySpecialStockType",
)
"""Where a key is left out, it makes one up."""

ROWS: dict[str, dict[str, list[dict[str, Any]]]] = {
    "API_BUSINESS_PARTNER": {
        "A_BusinessPartner": [
            {
                "BusinessPartner": "1",
                "Customer": "1",
                "BusinessPartnerFullName": "Ada O'Hara",
                "LastChangeDate": day("2026-10-05"),
                "LastChangeTime": "PT09H00M00S",
            },
            {"BusinessPartner": "2", "BusinessPartnerFullName": "A supplier", "BusinessPartnerIsBlocked": True},
        ],
        "A_Customer": [{"Customer": "1"}],
        "A_CustomerCompany": [{"Customer": "1", "CompanyCode": "1010", "PaymentTerms": "NT10"}],
        "A_CustomerSalesArea": [
            {
                "Customer": "1",
                "SalesOrganization": "1010",
                "DistributionChannel": "10",
                "Division": "00",
                "CustomerPaymentTerms": "NT30",
            }
        ],
        "A_BusinessPartnerAddress": [
            {
                "BusinessPartner": "1",
                "AddressID": "22",
                "StreetName": "Main St",
                "HouseNumber": "12",
                "CityName": "Reno",
                "Country": "US",
            }
        ],
        "A_AddressEmailAddress": [
            {"AddressID": "22", "Person": "", "OrdinalNumber": "1", "EmailAddress": "ada@example.com"}
        ],
    },
    "API_SALES_ORDER_SRV": {
        "A_SalesOrder": [
            {
                "SalesOrder": "17",
                "SalesOrganization": "1010",
                "PurchaseOrderByCustomer": "J-1",
                "CreationDate": day("2026-10-02"),
                "TotalNetAmount": "120.50",
                "TransactionCurrency": "USD",
                "OverallSDProcessStatus": "C",
            }
        ],
        "A_SalesOrderSubsqntProcFlow": [
            {
                "SalesOrder": "17",
                "DocRelationshipUUID": "0b6b398f-4f48-5e94-bc11-482236b9028f",
                "SubsequentDocument": "80000001",
                "SubsequentDocumentCategory": "J",
                "OverallSDProcessStatus": "C",
                "CreationDate": day("2026-10-03"),
                "CreationTime": "PT10H00M00S",
            }
        ],
    },
    "API_BILLING_DOCUMENT_SRV": {
        "A_BillingDocument": [
            {
                "BillingDocument": "90000001",
                "SalesOrganization": "1010",
                "PurchaseOrderByCustomer": "J-1",
                "SDDocumentCategory": "M",
                "TotalGrossAmount": "131.35",
                "TransactionCurrency": "USD",
                "InvoiceClearingStatus": "C",
                "CreationDate": day("2026-10-04"),
                "CreationTime": "PT11H00M00S",
            }
        ]
    },
    "API_CUSTOMER_RETURN_SRV": {"A_CustomerReturn": []},
    "API_MATERIAL_STOCK_SRV": {
        "A_MatlStkInAcctMod": [
            {
                "Material": material,
                "Plant": "1010",
                "StorageLocation": "101A",
                "Batch": batch,
                **dict.fromkeys(OTHER_KEYS, ""),
                "InventoryStockType": "01",
                "MatlWrhsStkQtyInMatlBaseUnit": quantity,
            }
            for material, batch, quantity in (("ESP-1", "", "12"), ("ESP-1", "B1", "3"), ("MUG-2", "", "40"))
        ]
    },
    "API_OUTBOUND_DELIVERY_SRV;v=0002": {},
    "API_MATERIAL_DOCUMENT_SRV": {},
}


@pytest.fixture(scope="module")
def address(node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("odata_mock")
    services = []
    for service, sets in ROWS.items():
        data = folder / sap.FILES[service]
        data.mkdir()
        for name, rows in sets.items():
            (data / f"{name}.json").write_text(json.dumps(rows))
        described = str(sap.FOLDER / f"{sap.FILES[service]}.edmx")
        services.append(
            {"urlPath": f"/sap/opu/odata/sap/{service}", "metadataPath": described, "mockdataPath": str(data)}
        )
    config, port = folder / "services.json", free_port()
    config.write_text(json.dumps(services))
    with running([node.program, str(HERE / "odata_mock.js"), str(port), str(config)], port, folder / "log") as there:
        yield there


@pytest.fixture
async def connector(address: str) -> AsyncIterator[SapConnector]:
    registry = Registry([make_config("sap", address, auth="basic")])
    found = registry["sap"]
    assert isinstance(found, SapConnector)
    yield found
    await registry.close()


NEVER = float("inf")


async def test_accounts_are_read(connector: SapConnector) -> None:
    accounts = await connector.accounts(["1", "2", "3"], deadline=NEVER)
    known = {"credit_limit": None, "balance": None}
    assert accounts == {
        "1": ErpAccountRecord(external_id="1", name="Ada O'Hara", payment_terms="NT30", blocked=False, **known),
        "2": ErpAccountRecord(external_id="2", name="A supplier", payment_terms=None, blocked=True, **known),
        "3": None,
    }


async def test_documents_are_read(connector: SapConnector) -> None:
    documents = await connector.documents(["J-1", "J-2"], deadline=NEVER)
    assert documents == {
        "J-1": (
            ErpDocumentRecord("17", "sales order", "completed", Money(12050, "USD"), datetime(2026, 10, 2, tzinfo=UTC)),
            ErpDocumentRecord("80000001", "delivery", "completed", None, datetime(2026, 10, 3, 10, tzinfo=UTC)),
            ErpDocumentRecord(
                "90000001", "invoice", "paid", Money(13135, "USD"), datetime(2026, 10, 4, 11, tzinfo=UTC)
            ),
        ),
        "J-2": (),
    }


async def test_stock_is_read(connector: SapConnector) -> None:
    levels = (StockLevel("1010/101A", 15),)
    assert await connector.stock(["ESP-1", "TEA-9"], deadline=NEVER) == {"ESP-1": levels, "TEA-9": ()}
    page = await connector.changed_stock("ESP-1", deadline=NEVER)
    assert [(record.sku, record.levels) for record in page.items] == [("MUG-2", (StockLevel("1010/101A", 40),))]


async def test_customers_are_copied(connector: SapConnector) -> None:
    page = await connector.changed_customers(None, deadline=NEVER)
    (record,) = page.items
    assert (record.external_id, record.emails) == ("0000000001", ("ada@example.com",))
    assert record.addresses == ({"line1": "12 Main St", "city": "Reno", "country": "US"},)
    assert record.updated_at == datetime(2026, 10, 5, 9, tzinfo=UTC)
    day_before, day_after = ("2026-10-04T00:00:00+00:00||", "2026-10-06T00:00:00+00:00||")
    assert len((await connector.changed_customers(day_before, deadline=NEVER)).items) == 1
    assert (await connector.changed_customers(day_after, deadline=NEVER)).items == ()


async def test_its_services_have_what_we_use(connector: SapConnector) -> None:
    findings = await connector.check(deadline=NEVER)
    assert [finding for finding in findings if not finding.is_ok] == []
    assert len(findings) == 1 + len(ROWS)
