"""A store of its own, durable and new at every run: tables, stock, customers, and not one order."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import asyncpg
from sqlalchemy.engine import make_url

from app.database.open import open_database
from app.stores.doctor import Verdict, examine
from app.stores.engine import create_engine
from app.stores.migrations import migrate

ROWS = Path(__file__).with_name("rows.sql")
NAME = "writes"


@contextmanager
def new_database(folder: Path) -> Iterator[str]:
    """Its URL, while an embedded Postgres runs on `folder`. Call it before the event loop starts."""
    with open_database(None, folder) as database:
        url = make_url(database.url).set(database=NAME).render_as_string(hide_password=False)
        asyncio.run(_create(database.url, url))
        yield url


async def _create(server_url: str, url: str) -> None:
    server = await asyncpg.connect(server_url)
    await server.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    await server.execute(f"CREATE DATABASE {NAME}")
    await server.close()
    engine = create_engine(url, connections_max=1)
    await migrate(engine)
    await engine.dispose()
    connection = await asyncpg.connect(url)
    await fill(connection)
    await connection.execute("VACUUM ANALYZE")
    await connection.execute("CHECKPOINT")
    await connection.close()


async def fill(connection: asyncpg.Connection) -> None:
    await connection.execute(ROWS.read_text())


async def run(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    for each in statements:
        await connection.execute(each)
    await connection.close()


async def value(url: str, sql: str) -> int:
    connection = await asyncpg.connect(url)
    found: int = await connection.fetchval(sql)
    await connection.close()
    return found


async def disagreements(url: str) -> list[str]:
    """What `junction doctor` would find in the store: sums that do not add up."""
    engine = create_engine(url, connections_max=1)
    found = await examine(engine)
    await engine.dispose()
    return [f"{each.check}: {each.summary}" for each in found if each.verdict is not Verdict.OK]
