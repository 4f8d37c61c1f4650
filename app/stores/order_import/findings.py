"""What a run has to say of its file: sums by bucket and reason, findings with sample rows, and the rejected rows."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.stores.order_import.effects import like_pattern

SAMPLES = 5
REJECTS_STORED_MAX = 100_000

_SUMS = text("""
SELECT origin, currency, coalesce(bucket, 'imported') AS bucket, reason, count(*) AS line_count,
    coalesce(sum(quantity * unit_price), 0) AS amount
FROM lines LEFT JOIN outcomes USING (line_no)
GROUP BY origin, currency, bucket, reason
ORDER BY origin, currency, bucket, reason
""")

_ROW = """
jsonb_strip_nulls(jsonb_build_object(
    'line', line_no, 'order', order_number, 'customer', customer_id, 'sku', sku, 'title', title,
    'quantity', quantity, 'unitPrice', unit_price::text, 'placedAt', placed_at, 'raw', raw::jsonb))
"""

_REASON_SAMPLES = text(f"""
SELECT {_ROW} AS row FROM lines JOIN (
    SELECT line_no FROM outcomes WHERE reason = :reason ORDER BY line_no LIMIT {SAMPLES}
) AS sample USING (line_no) ORDER BY line_no
""")  # noqa: S608 - made of constants

REASONS = {
    "exact_duplicate": "Lines that repeat an earlier line in every column; merged with it",
    "already_imported": "Lines of orders that an earlier import has brought in unchanged; merged with them",
    "changed_since_import": "Lines of orders that an earlier import has brought in and that read otherwise now",
    "sale_already_imported": "Cancellations of orders that an earlier import has brought in without them",
    "malformed_row": "Rows with too few or too many columns",
    "unknown_currency": "Lines in a currency that ISO 4217 does not know",
    "negative_price": "Lines with a price below zero",
    "price_finer_than_currency": "Lines whose price is finer than the smallest unit of its currency",
    "amount_too_large": "Lines over 10^15 minor units",
    "zero_quantity": "Lines of no units",
    "negative_quantity": "Lines of less than no units that are no cancellation: stock written off",
    "positive_cancellation": "Cancellations of more than no units",
    "zero_price": "Lines with the price 0 that the mapping takes for bookkeeping",
    "invalid_discount": "Lines whose discount is below zero or above the line's amount",
    "discount_finer_than_currency": "Lines whose discount is finer than the smallest unit of its currency",
    "negative_shipping_fee": "Lines whose shipping fee is below zero",
    "shipping_fee_finer_than_currency": "Lines whose shipping fee is finer than the smallest unit of its currency",
    "order_of_several_customers": "Lines of orders that name more than one customer, or only on some of their lines",
    "order_in_several_currencies": "Lines of orders in more than one currency",
    "number_taken": "Lines of orders whose number is in the store already, from elsewhere",
    "cancellation_without_sale": "Cancellations for which no earlier sale to the same customer has units left",
}
"""The other reasons are missing_<field>, unreadable_<field> and the mapping's own."""

_OBSERVATIONS = {
    "guest_lines": (
        "Lines without a customer; their orders are guest orders",
        "bucket IS NULL AND kind = 'sale' AND customer_id IS NULL",
    ),
    "cancellation_matched": (
        "Cancellations that take back units of an earlier sale",
        "bucket IS NULL AND kind = 'cancellation'",
    ),
    "missing_title": (
        "Lines without a description; the SKU stands in",
        "bucket IS NULL AND kind = 'sale' AND title IS NULL",
    ),
    "free_lines": ("Lines with the price 0 that are imported as gifts", "bucket IS NULL AND unit_price = 0"),
    "charges": (
        "Lines of postage, fees and the like; imported without a product",
        "bucket IS NULL AND kind = 'sale' AND sku LIKE ANY (CAST(:charges AS text[]))",
    ),
    "discount_rounded": (
        "Lines whose discount is no whole number of minor units; rounded half up",
        "bucket IS NULL AND discount_rate * unit_price * quantity * minor_factor % 1 <> 0",
    ),
    "country_without_code": (
        "Lines with an address whose country the mapping gives no code for; the address is left out",
        "bucket IS NULL AND ship_line1 IS NOT NULL AND ship_country IS NULL",
    ),
    "order_at_several_times": (
        "Lines of orders whose lines differ in time; the order is placed at the first",
        """bucket IS NULL AND (order_number, kind) IN (SELECT number, kind FROM documents WHERE several_times)""",
    ),
    "open_orders": (
        "Lines of orders without a ship date; they are imported as confirmed, not paid and not shipped",
        "bucket IS NULL AND (order_number, kind) IN (SELECT number, kind FROM documents WHERE is_open)",
    ),
    "skus_differ_in_case": (
        "Lines whose SKU differs from another only in upper and lower case; they stay apart",
        """bucket IS NULL AND lower(sku) IN (
            SELECT lower(sku) FROM articles GROUP BY lower(sku) HAVING count(*) > 1)""",
    ),
}
_JUDGED = "FROM lines LEFT JOIN outcomes USING (line_no)"

_COUNT = text(
    "SELECT "
    + ", ".join(f"count(*) FILTER (WHERE {predicate}) AS {code}" for code, (_, predicate) in _OBSERVATIONS.items())
    + f" {_JUDGED}"
)
# IS TRUE keeps the planner from turning an IN into a join, which under LIMIT it would walk row by row for minutes.
_SAMPLES = {
    code: text(f"SELECT {_ROW} AS row {_JUDGED} WHERE ({predicate}) IS TRUE ORDER BY line_no LIMIT {SAMPLES}")
    for code, (_, predicate) in _OBSERVATIONS.items()
}

_PLANNED = text("""
SELECT (SELECT count(DISTINCT ordinal) FROM sale_lines) AS orders,
    (SELECT count(*) FROM sale_lines) AS order_lines,
    (SELECT count(*) FROM parties WHERE NOT EXISTS (
        SELECT FROM customer_source_records AS record
        WHERE record.source_key = :source_key AND record.external_id = parties.external_id)) AS customers,
    (SELECT count(*) FROM articles WHERE NOT is_charge AND NOT EXISTS (
        SELECT FROM products WHERE products.sku = articles.sku)) AS products,
    (SELECT count(*) FROM changes WHERE kind = 'RETURN') AS returns,
    (SELECT count(*) FROM changes WHERE kind = 'CANCEL') AS cancellations
""")

_REJECTED = f"""
FROM (
    SELECT CASE origin WHEN 'returns' THEN :returns_name ELSE :file_name END AS file_name,
        line_no - CASE origin WHEN 'returns' THEN CAST(:file_rows AS bigint) ELSE 0 END AS row_number,
        reason, {_ROW} - 'line' AS row
    FROM lines JOIN outcomes USING (line_no) WHERE bucket = 'rejected'
) AS rejected
"""  # noqa: S608 - made of a constant
_STORE_REJECTS = text(f"""
INSERT INTO import_rejects (run_id, file_name, row_number, reason, row)
SELECT :run_id, file_name, row_number, reason, row {_REJECTED}
ORDER BY file_name, row_number LIMIT {REJECTS_STORED_MAX}
""")
_REJECTS = text(f"SELECT file_name, row_number, reason, row {_REJECTED} ORDER BY file_name, row_number")


class Sum(NamedTuple):
    origin: str
    currency: str | None
    bucket: str
    reason: str | None
    line_count: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Finding:
    code: str
    description: str
    lines: int
    samples: list[dict[str, Any]]


class Reject(NamedTuple):
    file_name: str
    row_number: int
    reason: str
    row: dict[str, Any]


async def sums(connection: AsyncConnection) -> list[Sum]:
    return [Sum(*row) for row in await connection.execute(_SUMS)]


async def findings(
    connection: AsyncConnection, reason_counts: dict[str, int], charges: tuple[str, ...]
) -> list[Finding]:
    """Reasons by how many lines they hold back, then what was noticed about lines that go in."""
    found: list[Finding] = []
    for reason, count in sorted(reason_counts.items(), key=lambda item: (-item[1], item[0])):
        rows = (await connection.execute(_REASON_SAMPLES, {"reason": reason})).scalars().all()
        found.append(Finding(reason, REASONS.get(reason, _spelled(reason)), count, list(rows)))
    patterns = {"charges": [like_pattern(charge) for charge in charges]}
    counts = (await connection.execute(_COUNT, patterns)).one()._mapping  # noqa: SLF001 - public in spite of its name
    for code, (description, _) in _OBSERVATIONS.items():
        if counts[code]:
            values = patterns if code == "charges" else {}
            rows = (await connection.execute(_SAMPLES[code], values)).scalars().all()
            found.append(Finding(code, description, counts[code], list(rows)))
    return found


async def planned(connection: AsyncConnection, source_key: str) -> dict[str, int]:
    """Counts of what the load will write; of customers and products only those that are new."""
    return dict((await connection.execute(_PLANNED, {"source_key": source_key})).one()._mapping)  # noqa: SLF001


async def store_rejects(connection: AsyncConnection, run_id: UUID, names: dict[str, Any]) -> None:
    await connection.execute(_STORE_REJECTS, {"run_id": run_id, **names})


async def rejects(connection: AsyncConnection, names: dict[str, Any]) -> AsyncIterator[Reject]:
    """All of them, in the order of the files. `names`: file_name, returns_name and file_rows, the rows of the first."""
    async with connection.stream(_REJECTS, names) as rows:
        async for row in rows:
            yield Reject(*row)


def _spelled(reason: str) -> str:
    kind, _, field = reason.partition("_")
    if kind in ("missing", "unreadable"):
        return f"Lines whose {field} is {'missing' if kind == 'missing' else 'missing or cannot be read'}"
    return f"Lines that the mapping rejects as {reason.replace('_', ' ')}"
