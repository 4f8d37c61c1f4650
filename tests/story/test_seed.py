from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from app.sandbox.story import FIRST_CUSTOMER_NUMBER, Story, end_of, tell
from app.stores.engine import create_engine
from app.workflows.seed import StoreNotEmpty, first_customer_created_at, seed


@pytest.fixture
async def engine(migrated_database: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(migrated_database)
    yield engine
    await engine.dispose()


async def count(engine: AsyncEngine, table: str) -> int:
    async with engine.connect() as connection:
        return int(await connection.scalar(text(f"SELECT count(*) FROM {table}")) or 0)


async def test_every_row_is_written_and_scored(engine: AsyncEngine, story: Story) -> None:
    result = await seed(engine, story.tables, story.now)
    assert not result.skipped
    assert result.rows_by_table == {name: len(rows) for name, rows in story.tables.items() if rows}
    assert {name: await count(engine, name) for name in result.rows_by_table} == result.rows_by_table
    buyers = {
        order["customer_id"]
        for order in story.tables["orders"]
        if order["customer_id"] and order["status"] not in ("DRAFT", "EXPIRED", "CANCELED")
    }
    assert await count(engine, "customer_scores") == len(buyers)
    async with engine.connect() as connection:
        numbers = await connection.execute(text("SELECT nextval('customer_numbers'), nextval('order_numbers')"))
        assert tuple(numbers.one()) == (100_322, 1_876)
        ada = await connection.execute(
            text("SELECT display_name, email, search_text FROM customers WHERE number = 'C100001'")
        )
        assert tuple(ada.one()) == (
            "Ada Lovelace",
            "ada.lovelace@example.com",
            "c100001 ada lovelace  ada.lovelace@example.com +14155550101",
        )
        positions = await connection.execute(text("SELECT at FROM events ORDER BY position"))
        times = [row.at for row in positions]
        assert times == sorted(times)


async def test_the_same_story_again_is_skipped(engine: AsyncEngine, story: Story) -> None:
    await seed(engine, story.tables, story.now)
    first_at = await first_customer_created_at(engine, FIRST_CUSTOMER_NUMBER)
    assert first_at is not None
    again = await seed(engine, tell(end_of(first_at)).tables, story.now)
    assert (again.skipped, again.rows_by_table) == (True, {})
    assert await count(engine, "customers") == 321


async def test_a_store_with_other_customers_is_left_as_it_is(engine: AsyncEngine, story: Story) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("INSERT INTO customers (kind, display_name) VALUES ('PERSON', 'Somebody')"))
    with pytest.raises(StoreNotEmpty, match="did not write"):
        await seed(engine, story.tables, story.now)
    assert await count(engine, "customers") == 1
    assert await count(engine, "orders") == 0
    assert await count(engine, "sources") == 0


async def test_sources_already_configured_stay_as_they_are(engine: AsyncEngine, story: Story) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("INSERT INTO sources (key, name, kind) VALUES ('salesforce', 'Our CRM', 'CRM')"))
    await seed(engine, story.tables, story.now)
    async with engine.connect() as connection:
        found = await connection.execute(text("SELECT name, kind FROM sources WHERE key = 'salesforce'"))
        assert tuple(found.one()) == ("Our CRM", "CRM")
    assert await count(engine, "sources") == 9


async def test_an_empty_store_has_no_first_customer(engine: AsyncEngine) -> None:
    assert await first_customer_created_at(engine, FIRST_CUSTOMER_NUMBER) is None
