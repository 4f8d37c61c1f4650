"""Two spellings of a date, prices finer than a cent, and returns that name no order."""

from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncEngine

from app.workflows.import_orders import import_orders
from app.workflows.order_import.mapping import load_mapping
from tests.order_import.files import data_set, read_rows
from tests.order_import.store import broken_laws, rows, value


async def test_the_set_adds_up_and_says_what_cannot_be_held(engine: AsyncEngine) -> None:
    folder = data_set("adventureworks")
    sales = read_rows(folder / "sales.csv.gz")
    products = {row["ProductKey"]: row for row in read_rows(folder / "products.csv.gz")}
    prices = {key: Decimal(row["ProductPrice"]) for key, row in products.items()}
    coarse = [row for row in sales if prices[row["ProductKey"]] % Decimal("0.01") == 0]
    returned = read_rows(folder / "returns.csv.gz")

    report = await import_orders(engine, folder / "sales.csv.gz", load_mapping("adventureworks"))

    assert report.totals.lines["read"] == len(sales) == 56_046
    assert report.totals.lines["imported"] == len(coarse) == 40_107
    assert report.totals.lines["rejected_by_reason"] == {"price_finer_than_currency": 15_939}
    money = report.totals.amounts["USD"]
    assert Decimal(money["read"]) == sum(int(row["OrderQuantity"]) * prices[row["ProductKey"]] for row in sales)
    assert Decimal(money["imported"]) == sum(int(row["OrderQuantity"]) * prices[row["ProductKey"]] for row in coarse)
    side = report.side_files["returns"]
    assert side.lines["read"] == len(returned) == 1_809
    assert Decimal(side.amounts["USD"]["read"]) == -sum(
        int(row["ReturnQuantity"]) * prices[row["ProductKey"]] for row in returned
    )
    assert side.lines["imported"] + side.lines["rejected"] == 1_809
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
