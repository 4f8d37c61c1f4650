"""A file that cannot be imported is refused in one sentence, before anything is written."""

import gzip
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.stores.order_import.runs import source_lock
from app.workflows.import_orders import Pace, import_orders
from app.workflows.order_import.errors import ImportInProgress, MissingColumn, UnreadableFile
from app.workflows.order_import.mapping import load_mapping
from tests.order_import.files import write_rows
from tests.order_import.store import value

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
LINE = "1,A,Lamp,1,2011-01-01 10:00:00,2.50,7,France"


def write_text(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("orders.csv", "", "orders.csv cannot be read: Empty CSV file."),
        ("orders.xlsx", "PK", "orders.xlsx is none of .csv, .csv.gz, .parquet."),
        ("orders.csv.gz", gzip.compress(f"{HEADER}\n{LINE}\n".encode() * 99)[:-20], "orders.csv.gz cannot be read: "),
        ("orders.parquet", "no parquet", "orders.parquet cannot be read: "),
        (
            "orders.csv",
            f"{HEADER}\n{LINE}\n".replace("Lamp", "L\xe4mp").encode("latin-1"),
            "orders.csv cannot be read: ",
        ),
        ("orders.csv", f"{HEADER},Country\n", "orders.csv has several columns named Country."),
    ],
)
async def test_an_unreadable_file(engine: AsyncEngine, tmp_path: Path, name: str, content: str, message: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        await import_orders(engine, write_text(tmp_path / name, content), load_mapping("online_retail"))
    assert str(refused.value).startswith(message)
    assert "\n" not in str(refused.value)
    assert await value(engine, "SELECT count(*) FROM orders") == 0


async def test_a_file_that_is_not_there(engine: AsyncEngine, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as refused:
        await import_orders(engine, tmp_path / "orders.csv", load_mapping("online_retail"))
    assert str(refused.value) == f"There is no file {tmp_path / 'orders.csv'}."


async def test_a_missing_column_is_named_with_those_there_are(engine: AsyncEngine, tmp_path: Path) -> None:
    file = write_text(tmp_path / "orders.csv", "InvoiceNo,StockCode\n1,A\n")
    with pytest.raises(MissingColumn) as refused:
        await import_orders(engine, file, load_mapping("online_retail"))
    assert str(refused.value) == "orders.csv has no column Country; it has InvoiceNo, StockCode."
    assert await value(engine, "SELECT count(*) FROM sources") == 0


async def test_a_missing_side_file_is_named(engine: AsyncEngine, tmp_path: Path) -> None:
    file = write_text(tmp_path / "order_details.csv", "order_id,product_id,unit_price,quantity,discount\n")
    with pytest.raises(UnreadableFile) as refused:
        await import_orders(engine, file, load_mapping("northwind"))
    assert str(refused.value) == "There is no orders (.csv, .csv.gz, .parquet) beside order_details.csv."


async def test_a_side_file_leads_to_one_row(engine: AsyncEngine, tmp_path: Path) -> None:
    mapping = tmp_path / "shop.toml"
    mapping.write_text(
        """
        source = { key = "shop", name = "Shop", kind = "ERP" }
        joins = { goods = { file = "goods", column = "id", on = "good" } }
        constants = { currency = "EUR" }
        [columns]
        order_number = "order"
        sku = "goods.sku"
        quantity = "units"
        unit_price = "price"
        placed_at = "at"
        """
    )
    line = {"order": "1", "good": "a", "units": "1", "price": "2", "at": "2024-01-01"}
    file = write_rows(tmp_path / "lines.csv", [line, line | {"good": "c"}])
    write_rows(tmp_path / "goods.csv", [{"id": "a", "sku": "A"}, {"id": "b", "sku": "B"}, {"id": "a", "sku": "C"}])
    with pytest.raises(UnreadableFile) as refused:
        await import_orders(engine, file, load_mapping(str(mapping)))
    assert str(refused.value) == "goods.csv has several rows whose id is a."

    write_rows(tmp_path / "goods.csv", [{"id": "a", "sku": "A"}])
    report = await import_orders(engine, file, load_mapping(str(mapping)))
    assert report.totals.lines["imported"] == 1
    assert report.totals.lines["rejected_by_reason"] == {"missing_sku": 1}


async def test_an_empty_file_imports_nothing(engine: AsyncEngine, tmp_path: Path) -> None:
    report = await import_orders(engine, write_text(tmp_path / "a.csv", HEADER + "\n"), load_mapping("online_retail"))
    assert report.totals.lines == {
        "read": 0, "imported": 0, "merged": 0, "rejected": 0, "merged_by_reason": {}, "rejected_by_reason": {},
    }  # fmt: skip
    assert report.totals.amounts == {}


async def test_one_import_of_a_source_at_a_time(engine: AsyncEngine, tmp_path: Path) -> None:
    file = write_text(tmp_path / "a.csv", f"{HEADER}\n{LINE}\n")
    async with source_lock(engine, "online_retail", 1):
        with pytest.raises(ImportInProgress) as refused:
            await import_orders(engine, file, load_mapping("online_retail"), pace=Pace(lock_wait_s=0.05))
        assert await value(engine, "SELECT count(*) FROM orders") == 0
    assert str(refused.value) == (
        "Another import from Online Retail is running; start this one again when it has ended."
    )
    report = await import_orders(engine, file, load_mapping("online_retail"), pace=Pace(lock_wait_s=5))
    assert report.totals.lines["imported"] == 1
