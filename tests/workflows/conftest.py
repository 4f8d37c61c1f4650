from collections.abc import AsyncIterator

import asyncpg
import pytest

from app.connectors.registry import Registry
from app.stores.doctor import Verdict, examine
from app.stores.engine import create_engine, open_writers
from app.workflows.policy import Policy
from app.workflows.routing.configuration import configured_routing
from app.workflows.work import Work
from tests.workflows.shop import Shop


@pytest.fixture
async def shop(migrated_database: str) -> AsyncIterator[Shop]:
    """Empty at first. At the end of the test, every law of the store must hold."""
    connection = await asyncpg.connect(migrated_database)
    yield Shop(connection)
    await connection.close()
    engine = create_engine(migrated_database, connections_max=1)
    findings = await examine(engine)
    await engine.dispose()
    assert [finding for finding in findings if finding.verdict is not Verdict.OK] == []


@pytest.fixture
async def work(migrated_database: str) -> AsyncIterator[Work]:
    writers = await open_writers(migrated_database, connections_max=4)
    yield Work(writers, Registry(()), Policy(), configured_routing())
    await writers.close()
