"""Each rule on a file of a few lines: what is imported, what is not and why."""

import gzip
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.workflows.import_orders import import_orders
from app.workflows.order_import.mapping import Mapping, load_mapping
from app.workflows.order_import.report import ImportReport
from tests.order_import.files import write_rows
from tests.order_import.store import broken_laws, rows, value

MAPPING = """
[source]
key = "shop"
name = "Shop"
kind = "STOREFRONT"

[columns]
order_number = "order"
sku = "sku"
title = "title"
quantity = "units"
unit_price = "price"
placed_at = "at"
customer_id = "customer"
customer_email = "email"
customer_given_name = "given"
customer_family_name = "family"
currency = "currency"

[formats]
time = ["%Y-%m-%d %H:%M", "%d.%m.%y"]
timezone = "Europe/Berlin"

[rules]
cancellation_prefix = "C"
cancel_within_hours = 24
disposition = "SCRAP"
charges = ["POST", "gift_*"]
"""

LINE = {
    "order": "1", "sku": "A", "title": "Lamp", "units": "2", "price": "10.00", "at": "2024-07-01 12:00",
    "customer": "7", "email": "Ada@Example.com", "given": "Ada", "family": "Lovelace", "currency": "EUR", "note": "",
}  # fmt: skip


@pytest.fixture
def mapping(tmp_path: Path) -> Mapping:
    path = tmp_path / "shop.toml"
    path.write_text(MAPPING)
    return load_mapping(str(path))


def write(folder: Path, *changes: dict[str, Any], name: str = "lines.csv") -> Path:
    return write_rows(folder / name, [LINE | change for change in changes])


@pytest.mark.parametrize(
    ("change", "reason", "amount"),
    [
        ({"order": ""}, "missing_order_number", "20.00"),
        ({"sku": " "}, "missing_sku", "20.00"),
        ({"units": "two"}, "unreadable_quantity", "0"),
        ({"units": "1.5"}, "unreadable_quantity", "0"),
        ({"price": "1e3"}, "unreadable_unit_price", "0"),
        ({"price": "1,000.00"}, "unreadable_unit_price", "0"),
        ({"at": "2024-02-30 12:00"}, "unreadable_placed_at", "20.00"),
        ({"currency": "EURO"}, "unknown_currency", "20.00"),
        ({"price": "-1"}, "negative_price", "-2"),
        ({"price": "0.005"}, "price_finer_than_currency", "0.010"),
        ({"price": "1000000000000", "units": "100"}, "unreadable_unit_price", "0"),
        ({"price": "100000000000", "units": "100"}, "amount_too_large", "10000000000000"),
        ({"units": "0"}, "zero_quantity", "0.00"),
        ({"units": "-2"}, "negative_quantity", "-20.00"),
        ({"order": "C1"}, "positive_cancellation", "20.00"),
    ],
)
async def test_a_line_that_cannot_be_imported_says_why(
    engine: AsyncEngine, mapping: Mapping, tmp_path: Path, change: dict[str, str], reason: str, amount: str
) -> None:
    report = await import_orders(engine, write(tmp_path, {"order": "9"}, change), mapping)

    assert report.totals.lines["rejected_by_reason"] == {reason: 1}
    assert report.totals.lines["imported"] == 1
    rejected = [tally["rejected"] for tally in report.totals.amounts.values()]
    assert sum(map(Decimal, rejected)) == Decimal(amount)
    assert await rows(engine, "SELECT number FROM orders") == [("9",)]
    assert await rows(engine, "SELECT row_number, reason FROM import_rejects") == [(2, reason)]


async def test_amounts_are_kept_apart_by_currency(engine: AsyncEngine, mapping: Mapping, tmp_path: Path) -> None:
    file = write(
        tmp_path,
        {"order": "1", "currency": "JPY", "price": "1200", "units": "3"},
        {"order": "2", "currency": "KWD", "price": "1.125", "units": "1"},
        {"order": "3", "currency": "JPY", "price": "0.5", "units": "1"},
    )
    report = await import_orders(engine, file, mapping)

    parts = ("read", "imported", "merged", "rejected")
    assert {code: [tally[part] for part in parts] for code, tally in report.totals.amounts.items()} == {
        "JPY": ["3600.5", "3600", "0", "0.5"],
        "KWD": ["1.125", "1.125", "0", "0"],
    }
    assert await rows(engine, "SELECT number, currency, total_minor FROM orders ORDER BY number") == [
        ("1", "JPY", 3600), ("2", "KWD", 1125),
    ]  # fmt: skip


async def test_times_are_read_in_the_files_own_zone(engine: AsyncEngine, mapping: Mapping, tmp_path: Path) -> None:
    file = write(tmp_path, {"order": "1", "at": "2024-07-01 00:30"}, {"order": "2", "at": "31.12.24"})
    await import_orders(engine, file, mapping)
    assert await rows(engine, "SELECT number, placed_at::text FROM orders ORDER BY number") == [
        ("1", "2024-06-30 22:30:00+00"), ("2", "2024-12-30 23:00:00+00"),
    ]  # fmt: skip


async def test_only_whole_rows_are_copies(engine: AsyncEngine, mapping: Mapping, tmp_path: Path) -> None:
    """A column that the mapping does not use tells two lines apart as well."""
    file = write(tmp_path, {"note": "first"}, {"note": "first"}, {"note": "second"})
    report = await import_orders(engine, file, mapping)
    assert report.totals.lines["merged_by_reason"] == {"exact_duplicate": 1}
    assert await rows(engine, "SELECT position, sku, ordered FROM order_lines ORDER BY position") == [
        (1, "A", 2), (2, "A", 2),
    ]  # fmt: skip


async def test_an_order_belongs_to_one_customer(engine: AsyncEngine, mapping: Mapping, tmp_path: Path) -> None:
    file = write(tmp_path, {"sku": "A"}, {"sku": "B", "customer": "8"}, {"order": "2"})
    report = await import_orders(engine, file, mapping)
    assert report.totals.lines["rejected_by_reason"] == {"order_of_several_customers": 2}
    assert await rows(engine, "SELECT number FROM orders") == [("2",)]


async def test_a_number_in_use_elsewhere_is_not_taken_over(
    engine: AsyncEngine, mapping: Mapping, tmp_path: Path
) -> None:
    await import_orders(engine, write(tmp_path, {}), mapping)
    async with engine.begin() as connection:
        await connection.execute(text("DELETE FROM import_documents"))
        await connection.execute(text("DELETE FROM order_references"))
    report = await import_orders(engine, write(tmp_path, {"price": "11.00"}, name="other.csv"), mapping)
    assert report.totals.lines["rejected_by_reason"] == {"number_taken": 1}
    assert await rows(engine, "SELECT number, total_minor FROM orders") == [("1", 2000)]


async def test_an_order_that_reads_otherwise_now_is_rejected(
    engine: AsyncEngine, mapping: Mapping, tmp_path: Path
) -> None:
    await import_orders(engine, write(tmp_path, {"order": "1"}, {"order": "2"}), mapping)
    later = write(
        tmp_path,
        {"order": "1"},
        {"order": "2", "units": "5"},
        {"order": "3"},
        {"order": "C1", "units": "-1", "at": "2024-07-02 13:00"},
        name="later.csv",
    )
    report = await import_orders(engine, later, mapping)
    assert report.totals.lines["merged_by_reason"] == {"already_imported": 1}
    assert report.totals.lines["rejected_by_reason"] == {"changed_since_import": 1}
    assert report.totals.lines["imported"] == 2
    assert await rows(engine, "SELECT number, total_minor, refunded_minor FROM orders ORDER BY number") == [
        ("1", 2000, 0), ("2", 2000, 0), ("3", 2000, 1000),
    ]  # fmt: skip


async def test_a_cancellation_of_an_order_imported_before_is_rejected(
    engine: AsyncEngine, mapping: Mapping, tmp_path: Path
) -> None:
    await import_orders(engine, write(tmp_path, {}), mapping)
    later = write(tmp_path, {}, {"order": "C1", "units": "-1", "at": "2024-07-09 12:00"}, name="later.csv")
    report = await import_orders(engine, later, mapping)
    assert report.totals.lines["rejected_by_reason"] == {"sale_already_imported": 1}
    assert await value(engine, "SELECT count(*) FROM returns") == 0


async def test_within_a_day_units_are_canceled_later_returned(
    engine: AsyncEngine, mapping: Mapping, tmp_path: Path
) -> None:
    file = write(
        tmp_path,
        {"units": "10"},
        {"order": "C2", "units": "-3", "at": "2024-07-02 11:59"},
        {"order": "C3", "units": "-2", "at": "2024-07-02 12:00"},
        {"order": "C4", "units": "-1", "price": "4.00", "at": "2024-07-01 13:00"},
    )
    report = await import_orders(engine, file, mapping)

    assert report.totals.lines["imported"] == 4
    assert await rows(
        engine,
        """
        SELECT status, return_status, payment_status, orders.total_minor, paid_minor, refunded_minor,
               ordered, canceled, shipped, delivered, returned, restocked
          FROM orders JOIN order_lines ON order_id = orders.id
        """,
    ) == [("COMPLETED", "PARTIALLY_RETURNED", "PARTIALLY_REFUNDED", 7000, 7000, 2400, 10, 3, 7, 7, 3, 0)]
    assert await rows(
        engine,
        """
        SELECT kind, reason, amount_minor, quantity_delta, amount_delta_minor
          FROM order_changes JOIN order_change_lines ON change_id = order_changes.id ORDER BY at
        """,
    ) == [
        ("PLACE", None, 10000, 10, 10000),
        ("RETURN", "C4", 0, -1, 0),
        ("CANCEL", "C2", -3000, -3, -3000),
        ("RETURN", "C3", 0, -2, 0),
    ]
    assert await rows(engine, "SELECT number, status, refund_minor FROM returns ORDER BY number") == [
        ("C3", "CLOSED", 2000), ("C4", "CLOSED", 400),
    ]  # fmt: skip
    assert await rows(engine, "SELECT DISTINCT disposition FROM return_dispositions") == [("SCRAP",)]
    assert await broken_laws(engine) == []


async def test_an_order_is_canceled_when_all_its_units_are(
    engine: AsyncEngine, mapping: Mapping, tmp_path: Path
) -> None:
    file = write(
        tmp_path,
        {"sku": "A"},
        {"sku": "B"},
        {"order": "C2", "sku": "A", "units": "-2", "at": "2024-07-01 13:00"},
        {"order": "C2", "sku": "B", "units": "-2", "at": "2024-07-01 13:30"},
    )
    await import_orders(engine, file, mapping)
    assert await rows(
        engine,
        """
        SELECT status, fulfillment_status, payment_status, return_status, total_minor, paid_minor, completed_at,
               canceled_at::text FROM orders
        """,
    ) == [("CANCELED", "UNFULFILLED", "VOIDED", "NONE", 0, 0, None, "2024-07-01 11:00:00+00")]


async def test_a_known_address_links_the_customer(engine: AsyncEngine, mapping: Mapping, tmp_path: Path) -> None:
    async with engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO customers (number, kind, display_name, email, emails)"
                " VALUES ('C1', 'PERSON', 'ada@example.com', 'ada@example.com', '{ada@example.com}')"
            )
        )
    file = write(tmp_path, {"order": "1"}, {"order": "2", "customer": "8", "email": "bob@example.com", "given": "Bob"})
    await import_orders(engine, file, mapping)

    assert await rows(
        engine,
        """
        SELECT orders.number, customers.number = 'C1', display_name, linked_by, external_id
          FROM orders JOIN customers ON customers.id = orders.customer_id
          JOIN customer_source_records AS record ON record.customer_id = customers.id ORDER BY 1
        """,
    ) == [("1", True, "Ada Lovelace", "email", "7"), ("2", False, "Bob Lovelace", "import", "8")]


async def test_codes_that_are_no_article_get_no_product(engine: AsyncEngine, mapping: Mapping, tmp_path: Path) -> None:
    file = write(tmp_path, *({"sku": sku} for sku in ("A", "POST", "gift_50", "giftwrap")))
    await import_orders(engine, file, mapping)
    assert await rows(
        engine,
        """
        SELECT line.sku, products.sku FROM order_lines AS line LEFT JOIN products ON products.id = product_id
         ORDER BY position
        """,
    ) == [("A", "A"), ("POST", None), ("gift_50", None), ("giftwrap", "giftwrap")]


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", ".parquet"])
async def test_the_three_formats_say_the_same(
    engine: AsyncEngine, mapping: Mapping, tmp_path: Path, suffix: str
) -> None:
    source = write(tmp_path, {"sku": "007", "title": 'A "tall", slim\nlamp'}, {"sku": "é", "title": ""}, name="in.csv")
    file = tmp_path / f"lines{suffix}"
    if suffix == ".parquet":
        types = {"units": pa.int64(), "price": pa.float64(), "at": pa.string(), "sku": pa.string()}
        table = pa_csv.read_csv(
            source,
            parse_options=pa_csv.ParseOptions(newlines_in_values=True),
            convert_options=pa_csv.ConvertOptions(column_types=types),
        )
        pa_parquet.write_table(table, file)
    else:
        opened = gzip.open if suffix == ".csv.gz" else open
        with opened(file, "wb") as target:
            target.write(source.read_bytes())

    report = await import_orders(engine, file, mapping)

    assert report.totals.lines["imported"] == 2
    assert Decimal(report.totals.amounts["EUR"]["imported"]) == 40
    assert await rows(engine, "SELECT sku, title, ordered, unit_price_minor FROM order_lines ORDER BY position") == [
        ("007", 'A "tall", slim\nlamp', 2, 1000), ("é", "é", 2, 1000),
    ]  # fmt: skip


async def test_rows_of_a_wrong_width_are_counted(engine: AsyncEngine, mapping: Mapping, tmp_path: Path) -> None:
    file = write(tmp_path, {"order": "1"}, {"order": "2"})
    with file.open("a") as more:
        more.write("3,A\r\n")
        more.write(",".join(["4"] * 13) + "\r\n")
    report: ImportReport = await import_orders(engine, file, mapping)
    assert report.totals.lines["read"] == 4
    assert report.totals.lines["imported"] == 2
    assert report.totals.lines["rejected_by_reason"] == {"malformed_row": 2}
    assert await rows(engine, "SELECT row_number, row FROM import_rejects ORDER BY 1 LIMIT 1") == [
        (3, {"raw": {"row": "3,A"}})
    ]
