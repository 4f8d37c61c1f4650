"""What every test may ask for: asyncio, a Postgres for the session, an empty database or store for the test."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import pytest

from app.database.open import Database, open_database
from app.stores.engine import create_engine
from app.stores.migrations import migrate
from tests.databases import create_database, drop_database

MIGRATED = "migrated"
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own in it
MEMORY_BYTES_MIN = 4_000_000_000

pytest_plugins = ("tests.fixtures_demo", "tests.fixtures_recorder", "tests.fixtures_shop")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Database]:
    """In memory where there is enough of it: to make a database, as most tests do, is to write six hundred files."""
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES_MIN
    with (
        TemporaryDirectory(
            prefix="junction-tests-", dir=MEMORY if has_room else None, ignore_cleanup_errors=True
        ) as folder,
        open_database(None, Path(folder), durable=False) as database,
    ):
        yield database


@pytest.fixture
def fresh_database(postgres: Database) -> Iterator[str]:
    """The URL of an empty database of the test's own, dropped afterwards."""
    with own_database(postgres) as url:
        yield url


@pytest.fixture(scope="session")
def migrated(postgres: Database) -> str:
    """The name of a database with the store's tables, empty: to copy it takes a tenth of migrating."""

    async def create() -> None:
        engine = create_engine(await create_database(postgres, MIGRATED))
        await migrate(engine)
        await engine.dispose()

    asyncio.run(create())
    return MIGRATED


@pytest.fixture
def migrated_database(postgres: Database, migrated: str) -> Iterator[str]:
    """The URL of an empty store of the test's own, dropped afterwards."""
    with own_database(postgres, template=migrated) as url:
        yield url


@contextmanager
def own_database(postgres: Database, *, template: str = "template1") -> Iterator[str]:
    """For fixtures that live longer than a test, where the tests only read."""
    name = f"test_{uuid4().hex}"
    yield asyncio.run(create_database(postgres, name, template=template))
    asyncio.run(drop_database(postgres, name))
