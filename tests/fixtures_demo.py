"""The demo, whole: the seeded store, the vendors on the loopback, and a client that needs no socket.

One for all tests. Those that switch a source off or write something ask for a demo of their own, `fresh_demo`.
"""

from collections.abc import AsyncIterator

import asyncpg
import httpx2
import pytest
from sqlalchemy.engine import make_url

from app.database.open import Database
from app.settings import Settings
from app.wiring import Demo, running_demo


@pytest.fixture(scope="session")
async def demo(postgres: Database) -> AsyncIterator[Demo]:
    connection = await asyncpg.connect(postgres.url)
    await connection.execute("CREATE DATABASE demo")
    await connection.close()
    url = make_url(postgres.url).set(database="demo").render_as_string(hide_password=False)
    async with running_demo(Settings(), url) as running:
        yield running


@pytest.fixture
async def demo_client(demo: Demo) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(demo) as client:
        yield client


@pytest.fixture
async def fresh_demo(fresh_database: str) -> AsyncIterator[Demo]:
    async with running_demo(Settings(), fresh_database) as running:
        yield running


def client_of(demo: Demo) -> httpx2.AsyncClient:
    """Statements that its requests run are seen by `app.stores.engine.recorded_statements`."""
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(demo.application.http), base_url="http://junction")
