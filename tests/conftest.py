"""What every test may ask for: asyncio, a Postgres for the session, an empty database for the test."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest

from app.database.open import Database, open_database
from tests.databases import create_database, drop_database

pytest_plugins = ("tests.fixtures_demo",)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    with open_database(None, tmp_path_factory.mktemp("data"), durable=False) as database:
        yield database


@pytest.fixture
def fresh_database(postgres: Database) -> Iterator[str]:
    """The URL of an empty database of the test's own, dropped afterwards."""
    with empty_database(postgres) as url:
        yield url


@contextmanager
def empty_database(postgres: Database) -> Iterator[str]:
    """For fixtures that live longer than a test, where the tests only read."""
    name = f"test_{uuid4().hex}"
    yield asyncio.run(create_database(postgres, name))
    asyncio.run(drop_database(postgres, name))
