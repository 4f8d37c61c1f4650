"""Two spellings of a date, prices finer than a cent, and returns that name no order."""

import re
import shutil
from decimal import Decimal
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine

from app.workflows.import_orders import import_orders
from app.workflows.order_import.mapping import load_mapping
from tests.order_import.files import data_set, read_rows, write_rows
from tests.order_import.store import broken_laws, rows, value


def until_september_2022(folder: Path, copy: Path) -> Path:
    """The set without what was sold and returned later: a quarter of it, with all that was returned of that quarter."""
    shutil.copytree(folder, copy)
    for name, column in (("sales", "OrderDate"), ("returns", "ReturnDate")):
        everything = read_rows(copy / f"{name}.csv.gz")
        (copy / f"{name}.csv.gz").unlink()
        write_rows(copy / f"{name}.csv", (row for row in everything if _year_and_month(row[column]) <= (22, 9)))
    return copy


def _year_and_month(date: str) -> tuple[int, int]:
    """Of 01/13/2021 and of 01-12-21."""
    month, _, year = re.split("[/-]", date)
    return int(year) % 100, int(month)


async def test_the_set_adds_up_and_says_what_cannot_be_held(engine: AsyncEngine, tmp_path: Path) -> None:
    folder = until_september_2022(data_set("adventureworks"), tmp_path / "set")
    sales = read_rows(folder / "sales.csv")
    products = {row["ProductKey"]: row for row in read_rows(folder / "products.csv.gz")}
    prices = {key: Decimal(row["ProductPrice"]) for key, row in products.items()}
    coarse = [row for row in sales if prices[row["ProductKey"]] % Decimal("0.01") == 0]
    returned = read_rows(folder / "returns.csv")

    report = await import_orders(engine, folder / "sales.csv", load_mapping("adventureworks"))

    assert report.totals.lines["read"] == len(sales) == 13_259
    assert report.totals.lines["imported"] == len(coarse) == 8_060
    assert report.totals.lines["rejected_by_reason"] == {"price_finer_than_currency": 5_199}
    money = report.totals.amounts["USD"]
    assert Decimal(money["read"]) == sum(int(row["OrderQuantity"]) * prices[row["ProductKey"]] for row in sales)
    assert Decimal(money["imported"]) == sum(int(row["OrderQuantity"]) * prices[row["ProductKey"]] for row in coarse)
    side = report.side_files["returns"]
    assert side.lines["read"] == len(returned) == 415
    assert Decimal(side.amounts["USD"]["read"]) == -sum(
        int(row["ReturnQuantity"]) * prices[row["ProductKey"]] for row in returned
    )
    assert side.lines["imported"] + side.lines["rejected"] == 415
    units = sum(int(row["ReturnQuantity"]) for row in returned if prices[row["ProductKey"]] % Decimal("0.01") == 0)
    assert await value(engine, "SELECT sum(quantity) FROM return_lines") == units
    assert await value(engine, "SELECT sum(subtotal_minor) FROM orders") == Decimal(money["imported"]) * 100
    assert await value(engine, "SELECT count(*) FROM orders") == len({row["OrderNumber"] for row in coarse})
    assert await rows(
        engine,
        """
        SELECT display_name, email, profile, customers.kind FROM customers
          JOIN customer_source_records AS record ON customer_id = customers.id WHERE external_id = '11000'
        """,
    ) == [
        (
            "JON YANG", "jon24@adventure-works.com",
            {"kind": "PERSON", "givenName": "JON", "familyName": "YANG", "emails": ["jon24@adventure-works.com"]},
            "PERSON",
        )
    ]  # fmt: skip
    assert await broken_laws(engine) == []
