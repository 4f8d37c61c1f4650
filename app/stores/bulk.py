"""Many rows at once, through COPY: about ten times the speed of INSERT for a set of rows already at hand."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection


class UnevenRows(ValueError):
    """Rows of one COPY must name the same columns."""


async def copy_rows(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> int:
    """Inside the connection's transaction, in the order given. Columns that the rows leave out take their defaults."""
    if not rows:
        return 0
    names = list(rows[0])
    if any(row.keys() != rows[0].keys() for row in rows):
        raise UnevenRows(f"rows for {table.name} do not all have the columns {', '.join(names)}")
    documents = [isinstance(table.columns[name].type, JSONB) for name in names]
    records = [
        tuple(
            json.dumps(value) if document and value is not None else value
            for value, document in zip(row.values(), documents, strict=True)
        )
        for row in rows
    ]
    # The driver's connection joins a transaction only once SQLAlchemy has begun it, which its first statement does.
    await connection.exec_driver_sql("SELECT 1")
    driver = (await connection.get_raw_connection()).driver_connection
    if driver is None:
        raise RuntimeError("the connection is closed")
    await driver.copy_records_to_table(table.name, records=records, columns=names)
    return len(records)
