"""A lookup finds its row by the index of what it is named by, not by walking the index of its sort."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncEngine

from app.execution import statements
from app.execution.conditions import Contain
from app.execution.sources import Lookup
from app.models import Customer
from app.schema import stored_types
from app.schema.query import Query
from app.stores.engine import create_engine
from app.stores.migrations import migrate

MANY = """
INSERT INTO customers (number, kind, display_name, email, emails)
SELECT 'N' || n, 'PERSON', 'Customer ' || n, n || '@example.com', ARRAY[n || '@example.com']
  FROM generate_series(1, 20000) n
"""


@pytest.fixture
async def engine(fresh_database: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(fresh_database)
    await migrate(engine)
    async with engine.begin() as connection:
        await connection.execute(text(MANY))
        await connection.execute(text("ANALYZE customers"))
    yield engine
    await engine.dispose()


async def test_an_email_is_looked_up_by_its_own_index(engine: AsyncEngine) -> None:
    source: Any = next(each.source for each in Query.__strawberry_definition__.fields if each.python_name == "customer")  # type: ignore[attr-defined]
    assert isinstance(source, Lookup)
    stored = stored_types.by_table[source.table]
    statement = statements.first(stored, source.order, [Contain(Customer.emails)("9@example.com")])
    compiled = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})  # type: ignore[no-untyped-call]
    async with engine.connect() as connection:
        plan = "\n".join((await connection.exec_driver_sql(f"EXPLAIN {compiled}")).scalars())
    assert "ix_customers_emails" in plan, plan
