"""The demo, whole: the seeded store, the vendors on the loopback, and a client that needs no socket.

One for all tests. Those that switch a source off or write something ask for a demo of their own, `fresh_demo`.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx2
import pytest

from app.cli.demo import running_demo, seed_demo
from app.database.open import Database
from app.settings import Settings
from app.wiring import Demo
from tests.databases import create_database, drop_database

SEEDED = "seeded"


@pytest.fixture(scope="session")
async def seeded(postgres: Database) -> Database:
    """A server with a database of the demo's data, which every demo gets a copy of: that takes a tenth of seeding."""
    await seed_demo(Settings(), await create_database(postgres, SEEDED))
    return postgres


@pytest.fixture(scope="session")
async def demo(seeded: Database) -> AsyncIterator[Demo]:
    async with _running_copy(seeded) as running:
        yield running


@pytest.fixture
async def fresh_demo(seeded: Database) -> AsyncIterator[Demo]:
    async with _running_copy(seeded) as running:
        yield running


@pytest.fixture
async def impatient_demo(seeded: Database) -> AsyncIterator[Demo]:
    """A request takes less time than its sources may."""
    async with _running_copy(seeded, Settings(request_timeout_s=2.0, source_timeout_s=20.0)) as running:
        yield running


@pytest.fixture
async def fresh_demo_with_url(seeded: Database) -> AsyncIterator[tuple[Demo, str]]:
    """With the URL of its database, for what takes connections of its own."""
    async with _copied(seeded) as url, running_demo(Settings(), url) as running:
        yield running, url


@pytest.fixture(scope="module")
async def own_demo_with_url(seeded: Database) -> AsyncIterator[tuple[Demo, str]]:
    """The same for all tests of a file, which leave its vendors as they found them."""
    async with _copied(seeded) as url, running_demo(Settings(), url) as running:
        yield running, url


@pytest.fixture
async def demo_client(demo: Demo) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(demo) as client:
        yield client


def client_of(demo: Demo) -> httpx2.AsyncClient:
    """Statements that its requests run are seen by `app.stores.engine.recorded_statements`."""
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(demo.application.http), base_url="http://junction")


@asynccontextmanager
async def _running_copy(seeded: Database, settings: Settings | None = None) -> AsyncIterator[Demo]:
    async with _copied(seeded) as url, running_demo(settings or Settings(), url) as running:
        yield running


@asynccontextmanager
async def _copied(seeded: Database) -> AsyncIterator[str]:
    name = f"demo_{uuid4().hex}"
    yield await create_database(seeded, name, template=SEEDED)
    await drop_database(seeded, name)
