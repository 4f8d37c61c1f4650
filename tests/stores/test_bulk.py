from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.models import Base
from app.stores.bulk import UnevenRows, copy_rows
from app.stores.engine import create_engine

PRODUCTS = Base.metadata.tables["products"]


@pytest.fixture
async def engine(migrated_database: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(migrated_database)
    yield engine
    await engine.dispose()


async def test_rows_arrive_with_documents_nulls_and_defaults(engine: AsyncEngine) -> None:
    rows: list[dict[str, Any]] = [
        {"sku": "A", "title": "Ä'\t\n", "attributes": {"size": [1, "x"]}},
        {"sku": "B", "title": "B", "attributes": None},
    ]
    async with engine.begin() as connection:
        assert await copy_rows(connection, PRODUCTS, rows) == 2
    async with engine.connect() as connection:
        found = await connection.execute(text("SELECT sku, title, attributes, active FROM products ORDER BY sku"))
        assert [tuple(row) for row in found] == [
            ("A", "Ä'\t\n", {"size": [1, "x"]}, True),
            ("B", "B", None, True),
        ]


async def test_copied_rows_go_with_the_transaction(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await copy_rows(connection, PRODUCTS, [{"sku": "A", "title": "A"}])
        await connection.rollback()
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM products")) == 0


async def test_uneven_rows_are_refused(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        with pytest.raises(UnevenRows, match="products"):
            await copy_rows(connection, PRODUCTS, [{"sku": "A", "title": "A"}, {"sku": "B"}])
        assert await copy_rows(connection, PRODUCTS, []) == 0
        assert await connection.scalar(text("SELECT count(*) FROM products")) == 0
