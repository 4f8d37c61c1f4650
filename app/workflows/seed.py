"""Writes a prepared set of rows into an empty store, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Table, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from app import models
from app.stores.bulk import copy_rows
from app.stores.customer_scores import refresh_customer_scores

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows by table name."""

_CUSTOMERS: Table = models.Base.metadata.tables["customers"]
_SOURCES: Table = models.Base.metadata.tables["sources"]

_NUMBERS_PAST = (
    text(
        "SELECT setval('customer_numbers', max(substring(number from 2)::bigint))"
        " FROM customers WHERE number ~ '^C[0-9]+$'"
    ),
    text("SELECT setval('order_numbers', max(number::bigint)) FROM orders WHERE number ~ '^[0-9]+$'"),
)


class StoreNotEmpty(RuntimeError):
    """The store holds customers of another origin; seeding would mix invented people among them."""


@dataclass(frozen=True, slots=True)
class SeedResult:
    rows_by_table: Mapping[str, int]
    """Rows written; empty when skipped."""
    skipped: bool
    """The store held these rows already."""


async def seed(engine: AsyncEngine, rows: Rows, at: datetime) -> SeedResult:
    """`at` is when the scores are computed. Raises StoreNotEmpty; then, and when skipped, nothing is written."""
    async with engine.begin() as connection:
        # Two seeders that start together: the second waits here and then finds the rows of the first.
        await connection.execute(text("LOCK TABLE customers IN SHARE ROW EXCLUSIVE MODE"))
        if await _holds(connection, rows):
            return SeedResult({}, skipped=True)
        written = {"sources": await _upsert_sources(connection, rows["sources"])}
        for table in models.Base.metadata.sorted_tables:
            if table is not _SOURCES and rows.get(table.name):
                written[table.name] = await copy_rows(connection, table, rows[table.name])
        for statement in _NUMBERS_PAST:
            await connection.execute(statement)
        await refresh_customer_scores(connection, at)
        await connection.execute(text("ANALYZE"))
    return SeedResult(written, skipped=False)


async def first_customer_created_at(engine: AsyncEngine, number: str) -> datetime | None:
    """When the customer of this number came to be, None when there is none: tells a seeded store from an empty one."""
    async with engine.connect() as connection:
        return await connection.scalar(select(_CUSTOMERS.c.created_at).where(_CUSTOMERS.c.number == number))


async def rows_of(engine: AsyncEngine, *names: str) -> Rows:
    """All rows of the tables, as they now are."""
    tables = models.Base.metadata.tables
    async with engine.connect() as connection:
        return {name: [*(await connection.execute(select(tables[name]))).mappings()] for name in names}


async def _holds(connection: AsyncConnection, rows: Rows) -> bool:
    """Whether the store is seeded with these rows. False when it has no customer at all."""
    if await connection.scalar(select(_CUSTOMERS.c.id).limit(1)) is None:
        return False
    first_id = rows["customers"][0]["id"]
    if await connection.scalar(select(_CUSTOMERS.c.id).where(_CUSTOMERS.c.id == first_id)) is None:
        raise StoreNotEmpty(
            "the store already holds customers that this seed did not write; seed an empty database instead"
        )
    return True


async def _upsert_sources(connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Sources may be there before: the configured connectors write theirs at start, and what they say stays."""
    statement = upsert(_SOURCES).values([dict(row) for row in rows]).on_conflict_do_nothing()
    await connection.execute(statement)
    return len(rows)
