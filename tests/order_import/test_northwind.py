"""The whole set: lines, headers, customers, products and shippers in files of their own."""

from collections import Counter
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.workflows.import_orders import import_orders
from app.workflows.order_import.mapping import load_mapping
from tests.order_import.files import data_set, read_rows
from tests.order_import.store import broken_laws, counts, rows, staging_schemas, value

CENT = Decimal("0.01")


@pytest.fixture
def northwind() -> Path:
    return data_set("northwind")


async def test_the_whole_set_is_imported_and_adds_up(engine: AsyncEngine, northwind: Path) -> None:
    details = read_rows(northwind / "order_details.csv.gz")
    gross = sum((_stored(row["unit_price"]) * int(row["quantity"]) for row in details), Decimal(0))

    report = await import_orders(engine, northwind / "orders.csv.gz", load_mapping("northwind"))

    assert report.totals.lines == {
        "read": 2155,
        "imported": 2155,
        "merged": 0,
        "rejected": 0,
        "merged_by_reason": {},
        "rejected_by_reason": {},
    }
    assert {name: report.totals.amounts["USD"][name] for name in ("read", "imported", "merged", "rejected")} == {
        "read": str(gross),
        "imported": str(gross),
        "merged": "0",
        "rejected": "0",
    }
    assert gross == Decimal("1354458.59")
    assert await value(engine, "SELECT sum(unit_price_minor * ordered) FROM order_lines") == gross * 100
    assert await counts(engine) == {
        "orders": 830,
        "order_lines": 2155,
        "order_references": 830,
        "order_changes": 830,
        "order_change_lines": 2155,
        "customers": 89,
        "customer_source_records": 89,
        "products": 77,
        "returns": 0,
        "return_lines": 0,
        "return_dispositions": 0,
        "events": 830,
        "import_documents": 830,
        "payments": 0,
        "shipments": 0,
    }
    assert await broken_laws(engine) == []
    assert await staging_schemas(engine) == []


async def test_totals_have_discount_and_freight_to_the_cent(engine: AsyncEngine, northwind: Path) -> None:
    orders = {row["order_id"]: row for row in read_rows(northwind / "orders.csv.gz")}
    expected: Counter[str] = Counter()
    for row in read_rows(northwind / "order_details.csv.gz"):
        gross = _stored(row["unit_price"]) * int(row["quantity"])
        expected[row["order_id"]] += int((gross - _rounded(gross * _stored(row["discount"]))) * 100)
    for number, order in orders.items():
        expected[number] += int(_stored(order["freight"]) * 100)

    await import_orders(engine, northwind / "orders.csv.gz", load_mapping("northwind"))

    query = "SELECT external_id, total_minor FROM orders JOIN order_references ON order_id = orders.id"
    stored = await rows(engine, query)
    assert dict(stored) == dict(expected)


async def test_an_order_reads_as_its_files_say(engine: AsyncEngine, northwind: Path) -> None:
    await import_orders(engine, northwind, load_mapping("northwind"))

    assert await rows(
        engine,
        """
        SELECT management, status, fulfillment_status, payment_status, channel, contact_name, orders.shipping_method,
               shipping_address, placed_at::date::text, completed_at::date::text, estimated_delivery_at::date::text,
               subtotal_minor, discount_minor, shipping_minor, total_minor, paid_minor, customers.display_name
          FROM orders JOIN customers ON customers.id = orders.customer_id WHERE orders.number = 'NW-10250'
        """,
    ) == [
        (
            "UNMANAGED", "COMPLETED", "DELIVERED", "PAID", "northwind", "Hanari Carnes", "United Package",
            {"name": "Hanari Carnes", "line1": "Rua do Paço, 67", "city": "Rio de Janeiro", "region": "RJ",
             "postalCode": "05454-876", "country": "BR"},
            "1996-07-08", "1996-07-12", "1996-08-05", 181300, 26040, 6583, 161843, 161843, "Hanari Carnes",
        )
    ]  # fmt: skip


async def test_orders_without_a_ship_date_are_open(engine: AsyncEngine, northwind: Path) -> None:
    unshipped = {row["order_id"] for row in read_rows(northwind / "orders.csv.gz") if not row["shipped_date"]}

    await import_orders(engine, northwind / "orders.csv.gz", load_mapping("northwind"))

    found = await rows(
        engine,
        """
        SELECT external_id, status, fulfillment_status, payment_status, paid_minor
          FROM orders JOIN order_references ON order_id = orders.id WHERE completed_at IS NULL
        """,
    )
    assert {row[0] for row in found} == unshipped
    assert {row[1:] for row in found} == {("CONFIRMED", "UNFULFILLED", "NOT_PAID", 0)}


async def test_a_customer_has_its_source_record(engine: AsyncEngine, northwind: Path) -> None:
    await import_orders(engine, northwind / "orders.csv.gz", load_mapping("northwind"))

    assert await rows(
        engine,
        """
        SELECT customers.kind, display_name, customers.company, phone, profile, linked_by, confidence
          FROM customer_source_records AS record JOIN customers ON customers.id = customer_id
         WHERE record.source_key = 'northwind' AND external_id = 'ALFKI'
        """,
    ) == [
        (
            "ORGANIZATION", "Alfreds Futterkiste", "Alfreds Futterkiste", "+49300074321",
            {
                "kind": "ORGANIZATION", "company": "Alfreds Futterkiste", "givenName": "Maria", "familyName": "Anders",
                "phones": ["+49300074321"],
                "addresses": [{"name": "Maria Anders", "company": "Alfreds Futterkiste", "line1": "Obere Str. 57",
                               "city": "Berlin", "postalCode": "12209", "country": "DE", "phone": "+49300074321"}],
            },
            "import", 1.0,
        )
    ]  # fmt: skip


def _stored(single_precision: str) -> Decimal:
    """The price that was stored as a four-byte float: its digits go no further than a cent."""
    return Decimal(single_precision).quantize(CENT)


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
