from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from app.stores.engine import create_engine


@pytest.fixture
async def engine(migrated_database: str) -> AsyncIterator[AsyncEngine]:
    """On a migrated, empty store."""
    engine = create_engine(migrated_database)
    yield engine
    await engine.dispose()
