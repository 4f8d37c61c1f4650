from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.stores.engine import create_engine
from app.stores.migrations import migrate


@pytest.fixture
async def engine(fresh_database: str) -> AsyncIterator[AsyncEngine]:
    """On a migrated, empty store."""
    engine = create_engine(fresh_database)
    await migrate(engine)
    yield engine
    await engine.dispose()
