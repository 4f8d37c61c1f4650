"""A sample of a real retailer's invoices: the sums against the file, and what became of its cancellations."""

import asyncio
import csv
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.open import Database
from app.stores.engine import create_engine
from app.workflows.import_orders import import_orders
from app.workflows.order_import.mapping import load_mapping
from app.workflows.order_import.report import ImportReport
from tests.conftest import own_database
from tests.order_import.files import data_set, write_rows
from tests.order_import.online_retail import (
    FIRST_LINES_MAX,
    Row,
    amount,
    by_reason,
    distinct,
    is_cancellation,
    sample,
    unusable,
)
from tests.order_import.store import broken_laws, rows, value


@pytest.fixture(scope="module")
def lines() -> list[Row]:
    return sample(data_set("online_retail"), first_lines=FIRST_LINES_MAX)


@dataclass(frozen=True)
class Imported:
    url: str
    report: ImportReport
    report_file: Path


@pytest.fixture(scope="module")
def imported(
    lines: list[Row], postgres: Database, migrated: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Imported]:
    """The tests here only read, so that one import serves them all."""
    folder = tmp_path_factory.mktemp("retail")
    file = write_rows(folder / "online_retail.csv", lines)
    with own_database(postgres, template=migrated) as url:
        report = asyncio.run(import_into(url, file, folder / "report.json"))
        yield Imported(url, report, folder / "report.json")


async def import_into(url: str, file: Path, report: Path) -> ImportReport:
    engine = create_engine(url)
    done = await import_orders(engine, file, load_mapping("online_retail"), report=report)
    await engine.dispose()
    return done


@pytest.fixture
async def engine(imported: Imported) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(imported.url)
    yield engine
    await engine.dispose()


def test_the_sums_are_those_of_the_file(imported: Imported, lines: list[Row]) -> None:
    tally, money = imported.report.totals.lines, imported.report.totals.amounts["GBP"]
    once = distinct(lines)
    assert tally["read"] == len(lines)
    assert Decimal(money["read"]) == amount(lines)
    assert tally["merged_by_reason"] == {"exact_duplicate": len(lines) - len(once)}
    assert Decimal(money["merged"]) == amount(lines) - amount(once)
    unmatched = tally["rejected_by_reason"]["cancellation_without_sale"]
    assert tally["rejected_by_reason"] == {**by_reason(once), "cancellation_without_sale": unmatched}
    assert 0 < unmatched < sum(is_cancellation(row) for row in once)
    usable = [row for row in once if unusable(row) is None]
    assert tally["imported"] == len(usable) - unmatched
    assert tally["read"] == tally["imported"] + tally["merged"] + tally["rejected"]
    assert Decimal(money["read"]) == sum(Decimal(money[part]) for part in ("imported", "merged", "rejected"))
    for bucket in ("merged", "rejected"):
        assert sum(Decimal(part) for part in money[f"{bucket}_by_reason"].values()) == Decimal(money[bucket])


async def test_the_store_holds_what_the_report_says(engine: AsyncEngine, imported: Imported, lines: list[Row]) -> None:
    sales = [row for row in distinct(lines) if unusable(row) is None and not is_cancellation(row)]
    assert await value(engine, "SELECT count(*) FROM order_lines") == len(sales)
    assert await value(engine, "SELECT sum(unit_price_minor * ordered) FROM order_lines") == amount(sales) * 100
    assert await value(engine, "SELECT count(*) FROM orders") == len({row["InvoiceNo"] for row in sales})
    net = await value(engine, "SELECT sum(total_minor - refunded_minor) FROM orders")
    assert net == Decimal(imported.report.totals.amounts["GBP"]["imported"]) * 100
    assert await value(engine, "SELECT count(DISTINCT sku) FROM order_lines") == len(
        {row["StockCode"] for row in sales}
    )
    guests = {row["InvoiceNo"] for row in sales if not row["CustomerID"]}
    assert await value(engine, "SELECT count(*) FROM orders WHERE customer_id IS NULL") == len(guests)
    customers = {row["CustomerID"] for row in sales if row["CustomerID"]}
    assert await value(engine, "SELECT count(*) FROM customer_source_records") == len(customers)
    assert await broken_laws(engine) == []


async def test_an_order_taken_back_within_minutes_is_canceled(engine: AsyncEngine) -> None:
    assert await rows(
        engine,
        """
        SELECT orders.number, status, fulfillment_status, payment_status, orders.total_minor,
               paid_minor, canceled_at::text, ordered, canceled, shipped
          FROM orders JOIN order_lines ON order_lines.order_id = orders.id
         WHERE orders.number IN ('OR-541431', 'OR-581483') ORDER BY 1
        """,
    ) == [
        ("OR-541431", "CANCELED", "UNFULFILLED", "VOIDED", 0, 0, "2011-01-18 10:17:00+00", 74215, 74215, 0),
        ("OR-581483", "CANCELED", "UNFULFILLED", "VOIDED", 0, 0, "2011-12-09 09:27:00+00", 80995, 80995, 0),
    ]
    assert await rows(
        engine,
        """
        SELECT kind, reason, amount_minor, quantity_delta FROM order_changes AS change
          JOIN order_change_lines ON change_id = change.id
          JOIN orders ON orders.id = change.order_id WHERE orders.number = 'OR-541431' ORDER BY at
        """,
    ) == [("PLACE", None, 7718360, 74215), ("CANCEL", "C541433", -7718360, -74215)]


async def test_goods_taken_back_later_are_returned(engine: AsyncEngine) -> None:
    """Invoice C543611 gives back, among others, 2 and 12 frames that customer 17850 bought in three orders."""
    assert await rows(
        engine,
        """
        SELECT returns.number, orders.number, returns.status, requested_at::text, return_lines.quantity, received,
               disposition, ordered, returned, restocked, return_status, payment_status, returns.customer_id IS NULL
          FROM returns
          JOIN orders ON orders.id = returns.order_id
          JOIN return_lines ON return_lines.return_id = returns.id
          JOIN return_dispositions ON return_line_id = return_lines.id
          JOIN order_lines ON order_lines.id = order_line_id
         WHERE returns.number LIKE 'OR-C543611%' AND sku = '82494L' ORDER BY returns.number
        """,
    ) == [
        (number, order, "CLOSED", "2011-02-10 14:38:00+00", units, units, "RESTOCK", 6, units, units,
         "PARTIALLY_RETURNED", "PARTIALLY_REFUNDED", False)
        for number, order, units in (
            ("OR-C543611", "OR-536752", 2), ("OR-C543611-2", "OR-536787", 6), ("OR-C543611-3", "OR-536790", 6),
        )
    ]  # fmt: skip


async def test_an_order_leaves_an_event_and_a_reference(engine: AsyncEngine) -> None:
    assert await rows(
        engine,
        """
        SELECT orders.number, orders.metadata, type, sequence, data, actor_name, source_key, external_id
          FROM orders JOIN events ON subject_id = orders.id JOIN order_references ON order_id = orders.id
         WHERE orders.number = 'OR-536365'
        """,
    ) == [
        (
            "OR-536365", {"country": "United Kingdom"}, "order.imported", 1,
            {"number": "OR-536365", "source": "online_retail", "externalId": "536365"}, "Online Retail",
            "online_retail", "536365",
        )
    ]  # fmt: skip


async def test_skus_that_differ_in_case_stay_apart(engine: AsyncEngine) -> None:
    assert await rows(engine, "SELECT sku FROM products WHERE lower(sku) = '85123a' ORDER BY sku") == [
        ("85123A",), ("85123a",),
    ]  # fmt: skip


async def test_charges_have_no_product(engine: AsyncEngine) -> None:
    assert await rows(engine, "SELECT DISTINCT sku FROM order_lines WHERE product_id IS NULL ORDER BY sku") == [
        ("AMAZONFEE",), ("BANK CHARGES",), ("C2",), ("DOT",), ("M",), ("POST",),
    ]  # fmt: skip
    assert await value(engine, "SELECT count(*) FROM products WHERE sku IN ('DOT', 'M', 'POST')") == 0


async def test_a_customer_without_a_name_has_one_to_show(engine: AsyncEngine) -> None:
    assert await rows(
        engine,
        """
        SELECT display_name, emails, profile, linked_by FROM customers
          JOIN customer_source_records AS record ON customer_id = customers.id
         WHERE record.source_key = 'online_retail' AND external_id = '17850'
        """,
    ) == [("Online Retail customer 17850", [], {"kind": "PERSON"}, "import")]


async def test_rejected_lines_stand_beside_the_report_and_in_the_store(engine: AsyncEngine, imported: Imported) -> None:
    written = json.loads(imported.report_file.read_text())
    assert written["lines"] == imported.report.totals.lines
    assert written["amounts"] == imported.report.totals.amounts
    assert written["rejects_file"] == "report.rejects.csv"
    with imported.report_file.with_name("report.rejects.csv").open(newline="") as rejects:
        rejected = list(csv.DictReader(rejects))
    assert len(rejected) == imported.report.totals.lines["rejected"]
    assert await value(engine, "SELECT count(*) FROM import_rejects") == len(rejected)
    first = next(reject for reject in rejected if reject["reason"] == "cancellation_without_sale")
    assert first == {
        "file": "online_retail.csv", "row": "142", "reason": "cancellation_without_sale", "order": "C536379",
        "customer": "14527", "sku": "D", "title": "Discount", "quantity": "-1", "unitPrice": "27.5",
        "placedAt": "2010-12-01T09:41:00+00:00", "raw": "",
    }  # fmt: skip


def test_findings_name_the_quirks_with_sample_rows(imported: Imported, lines: list[Row]) -> None:
    findings = {finding.code: finding for finding in imported.report.findings}
    usable = [row for row in distinct(lines) if unusable(row) is None]
    assert findings["guest_lines"].lines == sum(not row["CustomerID"] for row in usable if not is_cancellation(row))
    assert findings["exact_duplicate"].lines == len(lines) - len(distinct(lines))
    assert len(findings["exact_duplicate"].samples) == 5
    assert findings["exact_duplicate"].samples[0]["order"] == "536409"
