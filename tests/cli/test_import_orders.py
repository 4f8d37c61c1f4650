"""`junction import orders` on three lines: what is told, what is written, and the exit code."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Here
from tests.cli.processes import junction
from tests.database.processes import fetch

FILE = """\
Order,Article,Quantity,Price,Date,Buyer
7,LAMP,2,9.50,2026-01-02T10:00:00,ada
7,SHADE,1,4.00,2026-01-02T10:00:00,ada
8,LAMP,0,9.50,2026-01-03T10:00:00,bob
"""
MAPPING = """\
[source]
key = "old_shop"
name = "Old Shop"
kind = "STOREFRONT"

[columns]
order_number = "Order"
sku = "Article"
quantity = "Quantity"
unit_price = "Price"
placed_at = "Date"
customer_id = "Buyer"

[constants]
currency = "EUR"
"""


@pytest.fixture
def line(tmp_path: Path) -> tuple[str, ...]:
    file, mapping = tmp_path / "orders.csv", tmp_path / "old_shop.toml"
    file.write_text(FILE)
    mapping.write_text(MAPPING)
    return ("import", "orders", str(file), "--mapping", str(mapping), "--report", str(tmp_path / "report.json"))


def test_assessed_then_imported_then_nothing_left_to_do(
    migrated_database: str, line: tuple[str, ...], tmp_path: Path
) -> None:
    assessed = junction(*line, "--dry-run", DATABASE_URL=migrated_database)
    assert (assessed.returncode, assessed.stdout.count("Would add orders 1, ")) == (0, 1)
    assert assessed.stdout.endswith("/report.json; rejected lines: report.rejects.csv\n")
    assert fetch(migrated_database, "SELECT count(*) FROM orders") == [0]

    imported = junction(*line, DATABASE_URL=migrated_database)
    assert (imported.returncode, imported.stdout.count("Added orders 1, ")) == (0, 1)
    assert fetch(migrated_database, "SELECT total_minor FROM orders") == [2300]
    lines = json.loads((tmp_path / "report.json").read_text())["lines"]
    assert (lines["read"], lines["imported"], lines["merged"], lines["rejected"]) == (3, 2, 0, 1)
    assert lines["rejected_by_reason"] == {"zero_quantity": 1}

    unreported = line[: line.index("--report")]
    again = junction(*unreported, DATABASE_URL=migrated_database, DATABASE_CONNECTIONS_MAX=2)
    assert (again.returncode, again.stdout.count("Added nothing in ")) == (0, 1)
    assert again.stdout.endswith(
        "\nRejected lines: 1, the first 100,000 are in the table import_rejects; "
        "--report FILE.json writes them all to FILE.rejects.csv.\n"
    )
    assert fetch(migrated_database, "SELECT count(*) FROM orders") == [1]


def test_a_report_that_cannot_be_written_is_told_before_the_import(
    here: Here, line: tuple[str, ...], tmp_path: Path
) -> None:
    refused = here(*line[:-1], str(tmp_path / "nowhere" / "report.json"), DATA_DIR=tmp_path / "data")
    sentence = f"The report cannot be written: {tmp_path}/nowhere is not a folder one can write to."
    assert refused == (1, "", f"junction: {sentence}\n")
    assert not (tmp_path / "data").exists()


def test_one_connection_is_too_few_for_an_import(here: Here, line: tuple[str, ...], tmp_path: Path) -> None:
    refused = here(*line, DATA_DIR=tmp_path / "data", DATABASE_CONNECTIONS_MAX=1)
    sentence = "DATABASE_CONNECTIONS_MAX is 1, and an import takes 2: one holds the source for this import alone."
    assert refused == (1, "", f"junction: {sentence}\n")
    assert not (tmp_path / "data").exists()


def test_an_unknown_mapping_is_told_before_anything_starts(here: Here, line: tuple[str, ...], tmp_path: Path) -> None:
    code, out, err = here(*line[:4], "nope", DATA_DIR=tmp_path / "data")
    assert (code, out) == (1, "")
    assert err.startswith("junction: There is no mapping nope: ")
    assert not (tmp_path / "data").exists()
