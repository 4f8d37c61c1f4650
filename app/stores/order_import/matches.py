"""What the matching of cancellations reads and writes, group by group, so that no more than a group is in memory."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.stores.order_import.runs import Run


class Candidate(NamedTuple):
    """A sale or a cancellation; groups of one customer and article come together, each in order of time."""

    group: tuple[str, str]
    is_sale: bool
    line_no: int
    at: datetime
    quantity: int
    unit_price_minor: int
    is_open: bool


_CREATE = text("""
CREATE TABLE matches (
    line_no bigint NOT NULL, sale_line_no bigint NOT NULL, quantity integer NOT NULL, unit_price_minor bigint NOT NULL
)
""")

DISCOUNT_MINOR = (
    "CASE WHEN discount_rate IS NOT NULL THEN round(abs(quantity) * unit_price * minor_factor * discount_rate)"
    " ELSE coalesce(discount * minor_factor, 0) END"
)

_CANDIDATES = {
    match_on: f"""
        WITH usable AS (
            SELECT {match_on} AS party, sku, line_no, kind, placed_at, abs(quantity) AS quantity, order_number,
                unit_price * minor_factor AS unit_minor, {DISCOUNT_MINOR} AS discount_minor
            FROM lines
            WHERE {match_on} IS NOT NULL AND NOT EXISTS (SELECT FROM outcomes WHERE outcomes.line_no = lines.line_no)
        ), wanted AS (
            SELECT DISTINCT party, sku FROM usable WHERE kind = 'cancellation'
        )
        SELECT party, sku, usable.kind = 'sale' AS is_sale, line_no, usable.placed_at, quantity,
            floor((quantity * unit_minor - discount_minor) / quantity)::bigint AS unit_price_minor, is_open
        FROM usable
        JOIN wanted USING (party, sku)
        JOIN documents ON documents.number = usable.order_number AND documents.kind = usable.kind
        WHERE NOT (is_open AND discount_minor > 0)
        ORDER BY party, sku, usable.placed_at, line_no
    """  # noqa: S608 - made of these two column names
    for match_on in ("customer_id", "region")
}


async def create_matches(connection: AsyncConnection) -> None:
    await connection.execute(_CREATE)


async def candidate_groups(connection: AsyncConnection, match_on: str) -> AsyncIterator[list[Candidate]]:
    """Only groups that have a cancellation. An open order's discounted lines are left out: see docs."""
    group: list[Candidate] = []
    async with connection.stream(text(_CANDIDATES[match_on])) as rows:
        async for partition in rows.partitions(10_000):
            found = (Candidate((row[0], row[1]), *row[2:]) for row in partition)
            for key, candidates in groupby(found, key=lambda candidate: candidate.group):
                if group and group[0].group != key:
                    yield group
                    group = []
                group.extend(candidates)
    if group:
        yield group


async def add_matches(connection: AsyncConnection, run: Run, matches: Iterable[tuple[int, int, int, int]]) -> None:
    """Each: line of the cancellation, line of the sale, units, price of each."""
    driver = (await connection.get_raw_connection()).driver_connection
    if driver is None:
        raise RuntimeError("the connection is closed")
    await driver.copy_records_to_table("matches", records=matches, schema_name=run.schema)


async def index_matches(connection: AsyncConnection) -> None:
    await connection.execute(text("CREATE INDEX ON matches (line_no)"))
    await connection.execute(text("ANALYZE matches"))
