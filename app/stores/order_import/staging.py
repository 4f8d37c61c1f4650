"""The staging table `lines`: every row of the file, typed, in the file's order."""

from collections.abc import AsyncIterator, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.stores.order_import.runs import Run

_TEXT = 'text COLLATE "C"'
CONTENT_COLUMNS = {
    "order_number": _TEXT, "sku": _TEXT, "quantity": "integer", "unit_price": "numeric", "placed_at": "timestamptz",
    "customer_id": _TEXT, "title": _TEXT, "discount_rate": "numeric", "discount": "numeric",
    "currency": _TEXT, "region": _TEXT, "country": _TEXT,
    "shipped_at": "timestamptz", "due_at": "timestamptz", "shipping_fee": "numeric", "shipping_method": _TEXT,
    "customer_name": _TEXT, "customer_given_name": _TEXT, "customer_family_name": _TEXT, "customer_company": _TEXT,
    "customer_email": _TEXT, "customer_phone": _TEXT, "customer_line1": _TEXT, "customer_city": _TEXT,
    "customer_region": _TEXT, "customer_postal_code": _TEXT, "customer_country": _TEXT,
    "ship_name": _TEXT, "ship_line1": _TEXT, "ship_city": _TEXT, "ship_region": _TEXT, "ship_postal_code": _TEXT,
    "ship_country": _TEXT,
    "rest": _TEXT,
    "raw": _TEXT,
}  # fmt: skip
"""What two rows must share to be copies of each other. `rest` holds the columns that the mapping does not use, `raw`
a row that could not be read."""

_COLUMNS = {
    "line_no": "bigint NOT NULL",
    "origin": "text NOT NULL",
    "kind": "text NOT NULL",
    "problem": "text",
    "minor_factor": "integer",
    **CONTENT_COLUMNS,
}


async def create_staging(connection: AsyncConnection, run: Run) -> None:
    """Anew: what an interrupted attempt has left behind goes first."""
    columns = ", ".join(f"{name} {kind}" for name, kind in _COLUMNS.items())
    await connection.exec_driver_sql(f'DROP SCHEMA IF EXISTS "{run.schema}" CASCADE')
    await connection.exec_driver_sql(f'CREATE SCHEMA "{run.schema}"')
    await connection.exec_driver_sql(f'CREATE TABLE "{run.schema}".lines ({columns})')


async def copy_lines(connection: AsyncConnection, run: Run, csv: AsyncIterator[bytes], columns: Sequence[str]) -> None:
    """`csv` is rows of `columns` without a header; an empty field is null."""
    driver = (await connection.get_raw_connection()).driver_connection
    if driver is None:
        raise RuntimeError("the connection is closed")
    await driver.copy_to_table("lines", source=csv, columns=list(columns), schema_name=run.schema, format="csv")


async def index_lines(connection: AsyncConnection) -> None:
    await connection.execute(text("CREATE UNIQUE INDEX ON lines (line_no)"))
    await connection.execute(text("ANALYZE lines"))
