"""What SAP says of stock, accounts and documents, in plain words."""

from typing import Any

import pytest

from app.connectors.ports.inventory import StockLevel
from app.sandbox.data import SapSystem
from tests.connectors.sap_office import Office
from tests.connectors.vendor_rows import make_partner, make_sales_order, make_stock


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
