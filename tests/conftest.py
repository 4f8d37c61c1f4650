"""What every test may ask for: asyncio, a Postgres for the session, an empty database for the test."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy.engine import make_url

from app.database.open import Database, open_database

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
    asyncio.run(_execute(postgres.url, f"CREATE DATABASE {name}"))
    yield make_url(postgres.url).set(database=name).render_as_string(hide_password=False)
    asyncio.run(_execute(postgres.url, f"DROP DATABASE {name} WITH (FORCE)"))


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()
