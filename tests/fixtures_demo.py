"""The demo, whole: the seeded store, the vendors on the loopback, and a client that needs no socket.

One for all tests. Those that switch a source off or write something ask for a demo of their own, `fresh_demo`.
"""

import pickle
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import httpx2
import pytest

from app.cli.demo import running_seeded_demo, seed_demo
from app.database.open import Database
from app.settings import Settings
from app.wiring import Demo
from tests.databases import create_database, drop_database

SEEDED = "seeded"
PATIENT = Settings(source_timeout_s=20.0)
"""Vendors that are well must be in time on a busy machine, too."""


@dataclass(frozen=True)
class Seeded:
    """What every demo gets a copy of: that takes a tenth of telling the story and of writing it."""

    server: Database
    """With a database of the demo's data."""
    vendors: bytes
    """What the vendors hold, pickled, since they change it."""


@pytest.fixture(scope="session")
async def seeded(postgres: Database) -> Seeded:
    story, _ = await seed_demo(Settings(), await create_database(postgres, SEEDED))
    return Seeded(postgres, pickle.dumps(story.sandbox))


@pytest.fixture(scope="session")
async def demo(seeded: Seeded) -> AsyncIterator[Demo]:
    async with running_copy(seeded) as (running, _):
        yield running


@pytest.fixture
async def fresh_demo(seeded: Seeded) -> AsyncIterator[Demo]:
    async with running_copy(seeded) as (running, _):
        yield running


@pytest.fixture
async def impatient_demo(seeded: Seeded) -> AsyncIterator[Demo]:
    """A request takes less time than its sources may."""
    async with running_copy(seeded, Settings(request_timeout_s=2.0, source_timeout_s=20.0)) as (running, _):
        yield running


@pytest.fixture
async def fresh_demo_with_url(seeded: Seeded) -> AsyncIterator[tuple[Demo, str]]:
    """With the URL of its database, for what takes connections of its own."""
    async with running_copy(seeded) as running_with_url:
        yield running_with_url


@pytest.fixture(scope="module")
async def own_demo_with_url(seeded: Seeded) -> AsyncIterator[tuple[Demo, str]]:
    """The same for all tests of a file, which leave its vendors as they found them."""
    async with running_copy(seeded) as running_with_url:
        yield running_with_url


@pytest.fixture
async def demo_client(demo: Demo) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(demo) as client:
        yield client


def client_of(demo: Demo) -> httpx2.AsyncClient:
    """Statements that its requests run are seen by `app.stores.engine.recorded_statements`."""
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(demo.application.http), base_url="http://junction")


@asynccontextmanager
async def running_copy(seeded: Seeded, settings: Settings = PATIENT) -> AsyncIterator[tuple[Demo, str]]:
    """And the URL of its database."""
    vendors = pickle.loads(seeded.vendors)  # noqa: S301 - our own
    async with copied(seeded) as url, running_seeded_demo(vendors, settings, url) as running:
        yield running, url


@asynccontextmanager
async def copied(seeded: Seeded) -> AsyncIterator[str]:
    name = f"demo_{uuid4().hex}"
    yield await create_database(seeded.server, name, template=SEEDED)
    await drop_database(seeded.server, name)
