"""What a test asks the store after an import."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.stores.doctor import Verdict, examine

COUNTED = (
    "orders", "order_lines", "order_references", "order_changes", "order_change_lines", "customers",
    "customer_source_records", "products", "returns", "return_lines", "return_dispositions", "events",
    "import_documents", "payments", "shipments",
)  # fmt: skip


async def rows(engine: AsyncEngine, query: str, **values: Any) -> list[tuple[Any, ...]]:
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query), values)]


async def value(engine: AsyncEngine, query: str, **values: Any) -> Any:
    ((only,),) = await rows(engine, query, **values)
    return only


async def counts(engine: AsyncEngine) -> dict[str, int]:
    return {table: await value(engine, f"SELECT count(*) FROM {table}") for table in COUNTED}


async def broken_laws(engine: AsyncEngine) -> list[str]:
    return [finding.check for finding in await examine(engine) if finding.verdict is not Verdict.OK]


async def staging_schemas(engine: AsyncEngine) -> list[str]:
    return [name for (name,) in await rows(engine, "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'import%'")]
