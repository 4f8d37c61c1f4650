"""A sample of Online Retail, and what its lines are by the documented rules, computed without the importer."""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path

from tests.order_import.files import read_rows

Row = dict[str, str]

FIRST_LINES_MAX = 20_000
CUSTOMERS = ("12346", "16446", "17850")
"""12346 and 16446 each take back a whole order of many thousand units; 17850 takes back parts of many orders."""


def sample(folder: Path, *, first_lines: int) -> list[Row]:
    """The first lines, and all those of a few customers, in the order of the file."""
    return [row for place, row in _largest_sample(folder) if place < first_lines or row["CustomerID"] in CUSTOMERS]


@cache
def _largest_sample(folder: Path) -> list[tuple[int, Row]]:
    """With their places in the file. To read all of it takes longer than to import a sample."""
    rows = enumerate(read_rows(folder / "online_retail.csv.gz"))
    return [(place, row) for place, row in rows if place < FIRST_LINES_MAX or row["CustomerID"] in CUSTOMERS]


def amount(rows: Iterable[Row]) -> Decimal:
    return sum((int(row["Quantity"]) * Decimal(row["UnitPrice"]) for row in rows), Decimal(0))


def distinct(rows: Sequence[Row]) -> list[Row]:
    """Each row once."""
    return [dict(row) for row in dict.fromkeys(tuple(row.items()) for row in rows)]


def is_cancellation(row: Row) -> bool:
    return row["InvoiceNo"].startswith("C")


def unusable(row: Row) -> str | None:
    """Why a line cannot be imported, as far as the line itself tells."""
    price = Decimal(row["UnitPrice"])
    if row["InvoiceNo"].startswith("A"):
        return "bad_debt_adjustment"
    if price != price.quantize(Decimal("0.01")):
        return "price_finer_than_currency"
    if int(row["Quantity"]) < 0 and not is_cancellation(row):
        return "negative_quantity"
    if price == 0 and not row["CustomerID"]:
        return "zero_price"
    return None


def by_reason(rows: Iterable[Row]) -> Counter[str]:
    return Counter(reason for row in rows if (reason := unusable(row)) is not None)
