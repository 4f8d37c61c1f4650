"""The library's tables, filled: three authors; books that share shelves, in an order that ids do not follow."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy import delete, insert
from sqlalchemy.ext.asyncio import AsyncEngine

from app.database.open import Database
from app.stores.engine import create_connections, create_engine
from tests.conftest import own_database
from tests.execution.bookshop import AuthorRow, Base, BookRow, Library, Loan


def author_id(n: int) -> UUID:
    return UUID(int=0xA0 + n)


def book_id(n: int) -> UUID:
    return UUID(int=0xB000 + n * 7919 % 1009)


@pytest.fixture(scope="session")
def library_url(postgres: Database) -> Iterator[str]:
    with own_database(postgres) as url:
        yield url


@pytest.fixture(scope="session")
async def library(library_url: str) -> AsyncIterator[Library]:
    """Read by every test, written by none."""
    async with _opened(library_url) as library:
        await _fill(library.engine)
        yield library


@pytest.fixture(scope="session")
def lending_library_url(postgres: Database) -> Iterator[str]:
    with own_database(postgres) as url:
        yield url


@pytest.fixture(scope="session")
async def lending_library(lending_library_url: str) -> AsyncIterator[Library]:
    """For tests that write: each begins with `refill`."""
    async with _opened(lending_library_url) as library:
        yield library


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Library]:
    engine = create_engine(url)
    connections = create_connections(url, connections_max=5, statement_timeout_s=30)
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield Library(engine, connections, url)
    await connections.close()
    await engine.dispose()


async def refill(library: Library) -> None:
    async with library.engine.begin() as connection:
        for table in (Loan, BookRow, AuthorRow):
            await connection.execute(delete(table))
    await _fill(library.engine)


async def _fill(engine: AsyncEngine) -> None:
    authors = [
        {
            "id": author_id(n),
            "name": name,
            "born_at": datetime(1900 + n, 1, 1, tzinfo=UTC),
            "subject_type": "Book" if n == 1 else None,
            "subject_id": book_id(0) if n == 1 else None,
        }
        for n, name in ((1, "Ann"), (2, "Ben"), (15, "Cy"))
    ]
    books = [
        {
            "id": book_id(n),
            "author_id": author_id(1 if n < 7 else 2) if n < 10 else None,
            "title": f"Book {n:02}",
            "shelf": n // 3,
            "pages": 100,
            "pages_read": n,
            "price_minor": None if n == 1 else 100 * n,
        }
        for n in range(12)
    ]
    async with engine.begin() as connection:
        await connection.execute(insert(AuthorRow), authors)
        await connection.execute(insert(BookRow), books)
        await connection.execute(insert(Loan), [{"author_id": author_id(2), "book_id": book_id(n)} for n in (4, 2)])
