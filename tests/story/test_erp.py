"""The ERP tells the same story as the store: who buys, what was sold, sent, billed and given back, what lies where."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from app.sandbox.data import SapSystem
from app.sandbox.sap.entity_sets import ENTITY_SETS
from app.sandbox.story import Story
from app.sandbox.story.erp import GUESTS, LOCATIONS
from app.sandbox.story.erp_documents import ERP
from tests.story.ledger import Row, by, ids
from tests.story.test_vendors import linked

SETS = {
    "business_partners": "A_BusinessPartner",
    "customers": "A_Customer",
    "stock": "A_MatlStkInAcctMod",
    "sales_orders": "A_SalesOrder",
    "deliveries": "A_OutbDeliveryHeader",
    "billing_documents": "A_BillingDocument",
    "customer_returns": "A_CustomerReturn",
}


@pytest.fixture
def erp(story: Story) -> SapSystem:
    return story.sandbox.sap[ERP]


def minor(amount: str) -> int:
    return int(Decimal(amount) * 100)


def orders_by_number(story: Story) -> Mapping[str, Row]:
    return {row["number"]: row for row in story.tables["orders"]}


@pytest.mark.parametrize("name", SETS)
def test_rows_have_the_fields_of_their_sets(erp: SapSystem, name: str) -> None:
    def check(entity_set: str, rows: Any) -> None:
        known = ENTITY_SETS[entity_set]
        for row in rows:
            assert row.keys() <= known.properties.keys() | known.links.keys()
            for link, below in ((each, row[each]) for each in row.keys() & known.links.keys()):
                check(known.links[link].target, below)

    check(SETS[name], getattr(erp, name))


def test_partners_are_the_customers_whom_the_store_knows_it_knows(story: Story, erp: SapSystem) -> None:
    numbers = {row["BusinessPartner"] for row in erp.business_partners}
    assert numbers == linked(story, ERP).keys() | {GUESTS}
    assert numbers == {row["Customer"] for row in erp.customers}
    blocked = {row["Customer"] for row in erp.customers if row["OrderIsBlockedForCustomer"]}
    ada = next(number for number, row in linked(story, ERP).items() if row["number"] == "C100001")
    assert len(blocked) == 5
    assert ada not in blocked


def test_a_sales_order_is_an_order_that_is_driven_here(story: Story, erp: SapSystem) -> None:
    orders, lines = orders_by_number(story), by(story.tables["order_lines"], "order_id")
    references = {row["order_id"]: row for row in story.tables["order_references"] if row["source_key"] == ERP}
    partners = {row["id"]: number for number, row in linked(story, ERP).items()}
    assert len(references) == len(erp.sales_orders) == 805
    for told in erp.sales_orders:
        order = orders[told["PurchaseOrderByCustomer"]]
        assert (order["management"], references[order["id"]]["external_id"]) == ("MANAGED", told["SalesOrder"])
        assert told["SoldToParty"] == partners.get(order["customer_id"], GUESTS)
        assert minor(told["TotalNetAmount"]) == order["total_minor"] - order["tax_minor"]
        items = {item["SalesOrderItem"]: item for item in told["to_Item"]}
        assert {item["Material"] for item in items.values()} <= {line["sku"] for line in lines[order["id"]]}
        for line in lines[order["id"]]:
            item = items[str(line["position"] * 10)]
            left = line["ordered"] - line["canceled"]
            assert (item["Material"], item["RequestedQuantity"]) == (line["sku"], str(left or line["ordered"]))
            assert bool(item["SalesDocumentRjcnReason"]) == (left == 0)
    called_off = {row["PurchaseOrderByCustomer"] for row in erp.sales_orders if row["OverallSDProcessStatus"] == "C"}
    assert {number for number in called_off if orders[number]["status"] == "CANCELED"}


def test_a_delivery_has_the_units_of_its_parcel(story: Story, erp: SapSystem) -> None:
    lines = ids(story.tables["order_lines"])
    contents = by(story.tables["shipment_lines"], "shipment_id")
    parcels = {row["number"]: row for row in story.tables["shipments"]}
    keys = {row["id"]: row["key"] for row in story.tables["locations"]}
    items_of = {
        (order["SalesOrder"], item["SalesOrderItem"]): item for order in erp.sales_orders for item in order["to_Item"]
    }
    for told in erp.deliveries:
        parcel = parcels[told["DeliveryDocumentBySupplier"]]
        assert told["BillOfLading"] == parcel["tracking_number"]
        sent = Counter({lines[each["order_line_id"]]["sku"]: each["quantity"] for each in contents[parcel["id"]]})
        assert sent == Counter(
            {item["Material"]: int(item["ActualDeliveryQuantity"]) for item in told["to_DeliveryDocumentItem"]}
        )
        for item in told["to_DeliveryDocumentItem"]:
            reference = items_of[item["ReferenceSDDocument"], item["ReferenceSDDocumentItem"]]
            assert reference["Material"] == item["Material"]
            place = LOCATIONS.get(f"{item['Plant']}/{item['StorageLocation']}")
            assert place in (keys[parcel["location_id"]], None)
    left = [row for row in story.tables["shipments"] if row["shipped_at"] and row["fulfillment_order_id"]]
    assert len(erp.deliveries) == len(left) == 787


def test_an_invoice_is_what_was_captured(story: Story, erp: SapSystem) -> None:
    orders = orders_by_number(story)
    assert len(erp.billing_documents) > 700
    for told in erp.billing_documents:
        order = orders[told["PurchaseOrderByCustomer"]]
        net, tax, gross = (minor(told[name]) for name in ("TotalNetAmount", "TaxAmount", "TotalGrossAmount"))
        assert net + tax == gross
        assert gross <= order["paid_minor"]
        assert told["BillingDocumentIsCancelled"] == (order["status"] == "CANCELED")
        assert {item["SalesDocument"] for item in told["to_Item"]} == {str(10_000 + int(order["number"]))}


def test_closed_returns_have_come_back_there(story: Story, erp: SapSystem) -> None:
    closed = {row["number"]: row for row in story.tables["returns"] if row["status"] == "CLOSED"}
    told = {row["AssignmentReference"]: row for row in erp.customer_returns}
    assert told.keys() == closed.keys()
    units = by(story.tables["return_lines"], "return_id")
    for number, row in told.items():
        quantities = [int(item["RequestedQuantity"]) for item in row["to_Item"]]
        assert sum(quantities) == sum(line["quantity"] for line in units[closed[number]["id"]])


def test_five_positions_are_miscounted(story: Story, erp: SapSystem) -> None:
    skus = {row["id"]: row["sku"] for row in story.tables["products"]}
    keys = {row["id"]: row["key"] for row in story.tables["locations"]}
    ours = {
        (skus[row["product_id"]], keys[row["location_id"]]): row["on_hand"]
        for row in story.tables["inventory_positions"]
        if keys[row["location_id"]] in LOCATIONS.values()
    }
    theirs = {
        (row["Material"], LOCATIONS[f"{row['Plant']}/{row['StorageLocation']}"]): int(
            row["MatlWrhsStkQtyInMatlBaseUnit"]
        )
        for row in erp.stock
    }
    assert theirs.keys() == ours.keys()
    assert sorted(theirs[place] - ours[place] for place in ours if theirs[place] != ours[place]) == [-4, -2, -1, 1, 3]
